#!/bin/sh
# Contract: an exported test passes on what is sound and fails on what is not; an exported script gives
# what a replay gives; bad usage is one line and exit code 2.
# Run: sh harness/cli/tests/test_export.sh build/svafuzz build/export/export_sound build/export/export_faulty
set -u
svafuzz=$1 sound=$2 faulty=$3
cd "$(dirname "$0")/../../.." || exit 1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

problem() {
	echo "FAILED: $*" >&2
	failed=1
}

# expect CODE REGEX command...: its exit code, and a line that matches in what it prints
expect() {
	code=$1 regex=$2
	shift 2
	"$@" >"$dir/out" 2>&1
	got=$?
	[ "$got" -eq "$code" ] || problem "exit $got, not $code: $* ($(cat "$dir/out"))"
	[ -z "$regex" ] || grep -Eq "$regex" "$dir/out" || problem "no /$regex/: $* ($(cat "$dir/out"))"
}

witness=corpus/faults/iomm-atc-before-tlbi.trace
regression=corpus/regressions/swap-fork-write.trace

# C.
expect 0 'PASSED' "$sound"
expect 1 'D-2 ' "$faulty"
expect 0 'session_bind\(s, d\(0\), p\(0\)\), "pasid 1"\)' "$svafuzz" export "$regression"
# Not pinned: what the law says.
expect 0 'session_mmap\(s, p\(0\), 0x10000, 1, READ_WRITE\), "ok"\)' "$svafuzz" export "$regression"
# Under another policy than the pins' the law speaks alone.
sed 's/^policy .*/policy linux-6.12/; s/=> pasid 1/=> pasid 7/' "$witness" >"$dir/other.trace"
expect 0 'session_bind\(.*"pasid 1"\)' "$svafuzz" export "$dir/other.trace"
# A pin that the law contradicts is what the test demands, and it says that it fails.
sed 's/=> pasid 1/=> pasid 7/' "$witness" >"$dir/pin.trace"
expect 0 'session_bind\(.*"pasid 7"\)' "$svafuzz" export "$dir/pin.trace"
expect 0 '	iomm/emulated/pin/bind/pin' "$svafuzz" export "$dir/pin.trace"
expect 0 'only pins are stated' "$svafuzz" export "$dir/pin.trace"
# Bytes have no comments, and none is made up.
expect 0 '' "$svafuzz" asm "$regression" -o "$dir/bytes.bin"
expect 0 'bytes.bin as calls' "$svafuzz" export "$dir/bytes.bin"
# A comment cannot end the comment that it is put into.
{ echo '# a */ int x; /* b' && cat "$witness"; } >"$dir/comment.trace"
expect 0 'a \* / int x; / \* b' "$svafuzz" export "$dir/comment.trace"
if command -v clang-format >/dev/null; then
	for trace in corpus/seeds/mix-*.trace corpus/regressions/*.trace; do
		"$svafuzz" export "$trace" -o "$dir/export.c" 2>/dev/null || continue
		clang-format --style="file:$PWD/.clang-format" --dry-run -Werror "$dir/export.c" \
			>/dev/null 2>&1 || problem "not as clang-format writes it: $trace"
	done
fi

# Shell.
for trace in "$regression" "$dir/bytes.bin"; do
	expect 0 '' "$svafuzz" export --format sh "$trace" -o "$dir/replay.sh"
	expect 0 '1 passed' sh "$dir/replay.sh" "$svafuzz"
done
expect 0 '' "$svafuzz" export --format sh --fault iomm-atc-before-tlbi "$witness" -o "$dir/fault.sh"
expect 1 'D-2 ' sh "$dir/fault.sh" "$svafuzz"
expect 3 'no such program' sh "$dir/replay.sh" "$dir/none"
SVAFUZZ=$svafuzz expect 0 '' sh "$dir/replay.sh"

# Bad usage.
expect 2 "unknown format 'rust'; c or sh" "$svafuzz" export --format rust "$witness"
expect 2 '0 files; name one' "$svafuzz" export
expect 2 'No such file' "$svafuzz" export "$dir/none.trace"
expect 2 "unknown driver 'vfio'" "$svafuzz" export --driver vfio "$witness"
expect 2 "unknown fault 'no-such'" "$svafuzz" export --fault no-such "$witness"
sed '1i # driver: linux-6.12' "$witness" >"$dir/linux.trace"
expect 2 'is not for driver iomm' "$svafuzz" export "$dir/linux.trace"
expect 2 'is a folder' "$svafuzz" export "$witness" -o "$dir"
exit "$failed"
