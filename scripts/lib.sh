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

has_libfuzzer() { # build folder
	grep -q '^SVAFUZZ_HAVE_LIBFUZZER:.*=1$' "$1/CMakeCache.txt" 2>/dev/null
}

# --fresh for a build folder that was configured before clang or libFuzzer came
stale() { # preset
	folder=${build_folder:-build}
	if [ "$1" = dev ] && [ -z "${CC:-}" ] && [ -f "$folder/CMakeCache.txt" ] &&
		! has_libfuzzer "$folder"; then
		echo --fresh
	fi
}

# Kernel sources to build drivers from, and where: set by use_linux, used by configure.
linux_6_12=
linux_6_1=
build_folder=

# The Debian package's source of these versions: installed and extracted when missing.
use_linux() { # version...
	for version; do
		tree=$(scripts/linux-source "$version") || exit $?
		use_tree "$version" "$tree"
	done
}

use_tree() { # version, folder
	case $1 in
	6.12) linux_6_12=$2 ;;
	6.1) linux_6_1=$2 ;;
	esac
}

run_cmake() { # preset, option...
	preset=$1
	shift
	# shellcheck disable=SC2046 # no word when nothing is stale
	cmake --preset "$preset" ${build_folder:+-B "$build_folder"} $(stale "$preset") "$@" \
		${linux_6_12:+"-DSVAFUZZ_LINUX_6_12=$linux_6_12"} \
		${linux_6_1:+"-DSVAFUZZ_LINUX_6_1=$linux_6_1"}
}

configure() { # preset
	log=$(mktemp 2>/dev/null) || die 3 "no temporary file; set TMPDIR to a folder that can be written"
	if ! run_cmake "$1" >"$log" 2>&1 &&
		# The tree was moved, or the compiler it knew is gone.
		! run_cmake "$1" --fresh >"$log" 2>&1; then
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
	if [ -n "$build_folder" ]; then
		set -- "$build_folder" "$@"
	else
		set -- --preset "$preset" "$@"
	fi
	if [ -t 2 ]; then
		cmake --build "$@" >&2 || die 2 "the build failed; see above"
		return
	fi
	# Nobody watches the progress: only what fails.
	echo "$(basename "$0"): building (preset $preset)" >&2
	if ! output=$(cmake --build "$@" -- --quiet 2>&1); then
		echo "$output" >&2
		die 2 "the build failed; see above"
	fi
}

# configure_and_build PRESET [target...]
configure_and_build() {
	configure "$1"
	build "$@"
}
