#!/bin/sh
# Contract: text -> bytes -> text is the identity on canonical text, for every corpus trace.
# Run: sh scripts/tests/canonical.sh build/svafuzz
set -eu
cd "$(dirname "$0")/../.."
svafuzz=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
count=0
find corpus -name '*.trace' | sort >"$dir/list"
while read -r trace; do
	"$svafuzz" asm "$trace" -o "$dir/1.bin"
	"$svafuzz" disasm "$dir/1.bin" -o "$dir/1.trace"
	"$svafuzz" asm "$dir/1.trace" -o "$dir/2.bin"
	"$svafuzz" disasm "$dir/2.bin" -o "$dir/2.trace"
	if ! cmp "$dir/1.bin" "$dir/2.bin" || ! cmp "$dir/1.trace" "$dir/2.trace"; then
		echo "canonical: $trace changes on its way" >&2
		exit 1
	fi
	count=$((count + 1))
done <"$dir/list"
[ "$count" -gt 0 ] || {
	echo "canonical: no traces" >&2
	exit 1
}
echo "canonical: $count traces"
