# shellcheck shell=sh
# Shared by the scripts: where the tree is, how one fails. Sourced with the working directory
# anywhere, which stays in $called_from; leaves it in the root of the tree.

set -eu

die() { # code, words
	code=$1
	shift
	echo "$(basename "$0"): $*" >&2
	exit "$code"
}

# shellcheck disable=SC2034 # for scripts that take paths
called_from=$PWD
cd "$(dirname "$0")/.."

cores() {
	nproc 2>/dev/null || echo 1
}

has_libfuzzer() {
	grep -q '^SVAFUZZ_HAVE_LIBFUZZER:.*=1$' build/CMakeCache.txt 2>/dev/null
}

# --fresh for a build folder that was configured before clang or libFuzzer came
stale() { # preset
	if [ "$1" = dev ] && [ -z "${CC:-}" ] && [ -f build/CMakeCache.txt ] && ! has_libfuzzer; then
		echo --fresh
	fi
}

configure() { # preset
	log=$(mktemp 2>/dev/null) || die 3 "no temporary file; set TMPDIR to a folder that can be written"
	# shellcheck disable=SC2046 # no word when nothing is stale
	if ! cmake --preset "$1" $(stale "$1") >"$log" 2>&1 &&
		# The tree was moved, or the compiler it knew is gone.
		! cmake --preset "$1" --fresh >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		die 3 "cmake --preset $1 failed; see above"
	fi
	grep -A3 -i warning "$log" >&2 || true
	rm -f "$log"
}

# build PRESET [target...]
build() {
	preset=$1
	shift
	if [ $# -gt 0 ]; then
		set -- --target "$@"
	fi
	if [ -t 2 ]; then
		cmake --build --preset "$preset" "$@" >&2 || die 2 "the build failed; see above"
		return
	fi
	# Nobody watches the progress: only what fails.
	echo "$(basename "$0"): building (preset $preset)" >&2
	if ! output=$(cmake --build --preset "$preset" "$@" -- --quiet 2>&1); then
		echo "$output" >&2
		die 2 "the build failed; see above"
	fi
}

# configure_and_build PRESET [target...]
configure_and_build() {
	configure "$1"
	build "$@"
}
