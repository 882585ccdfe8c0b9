#!/bin/sh
# Contract: a gcc build and a clang build observe the same, byte for byte. The build of this test has no
# kernel sources, and says so when it is asked for a driver that is made of them.
# Run: sh scripts/tests/compilers.sh build/svafuzz Clang
set -eu
cd "$(dirname "$0")/../.."
svafuzz=$1
case $2 in
*Clang*) other=gcc ;;
*) other=clang ;;
esac
command -v "$other" >/dev/null || exit 77
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

cmake -S . -B "$dir/build" -G Ninja -DCMAKE_C_COMPILER="$other" >"$dir/log" 2>&1 || {
	cat "$dir/log" >&2
	exit 1
}
cmake --build "$dir/build" --target svafuzz >"$dir/log" 2>&1 || {
	cat "$dir/log" >&2
	exit 1
}
"$svafuzz" replay --digest corpus | sed /replay:/d >"$dir/here"
"$dir/build/svafuzz" replay --digest corpus | sed /replay:/d >"$dir/there"
grep '^digest' "$dir/here" "$dir/there"
cmp "$dir/here" "$dir/there"
for trace in $(find corpus -name '*.trace' | sort | awk 'NR % 7 == 1'); do
	"$svafuzz" show "$trace" >"$dir/here" || true
	"$dir/build/svafuzz" show "$trace" >"$dir/there" || true
	cmp "$dir/here" "$dir/there"
done

for driver in linux-6.12 linux-6.1; do
	for command in replay show sweep; do
		code=0
		"$dir/build/svafuzz" $command --driver $driver "$trace" >"$dir/log" 2>&1 || code=$?
		if [ $code -ne 3 ] || [ "$(wc -l <"$dir/log")" -ne 1 ] ||
			! grep -q "^svafuzz: this build has no driver $driver: .*scripts/fuzz --driver $driver" \
				"$dir/log"; then
			echo "compilers: $command --driver $driver: exit $code: $(cat "$dir/log")" >&2
			exit 1
		fi
	done
done
