# shellcheck shell=sh
# Shared by the scripts: where the tree is, how one fails. Sourced with the working directory
# anywhere; leaves it in the root of the tree.

set -eu

die() { # code, words
	code=$1
	shift
	echo "$(basename "$0"): $*" >&2
	exit "$code"
}

cd "$(dirname "$0")/.."

cores() {
	nproc 2>/dev/null || echo 1
}

# configure_and_build PRESET [target...]
configure_and_build() {
	preset=$1
	shift
	log=$(mktemp)
	if ! cmake --preset "$preset" >"$log" 2>&1; then
		cat "$log" >&2
		rm -f "$log"
		die 3 "cmake --preset $preset failed; see above"
	fi
	grep -A3 -i warning "$log" >&2 || true
	rm -f "$log"
	if [ $# -gt 0 ]; then
		cmake --build --preset "$preset" --target "$@"
	else
		cmake --build --preset "$preset"
	fi
}
