#!/bin/sh
# Contract: libFuzzer's -minimize_crash makes a long input that aborts a short one, which shows the same
# finding. Run: sh scripts/tests/shrink.sh build
set -eu
build=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
[ -x "$build/fuzz_bind_faults" ] || exit 77
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fault=iomm-unbind-skips-atc
signature=iomm/emulated/stale-atc/unbind/D-4
witness=corpus/faults/$fault.trace

# Ops of another process before the witness's own.
sed '/^process/q' "$witness" >"$dir/long.trace"
for pages in 1 2 3 4 5 6 7 8; do
	printf 'spawn p7\nmmap p7 0x1fc000 pages=%d rw\nwrite p7 0x1fc000\nexit p7\n' $((pages % 4 + 1))
done >>"$dir/long.trace"
sed '1,/^process/d; s/ *=>.*//' "$witness" >>"$dir/long.trace"
"$build/svafuzz" asm "$dir/long.trace" -o "$dir/long.bin"

SVAFUZZ_FAULT=$fault SVAFUZZ_SIGNATURE=$signature "$build/fuzz_bind_faults" -minimize_crash=1 \
	-runs=1000 -seed=1 -exact_artifact_path="$dir/small.bin" "$dir/long.bin" >"$dir/log" 2>&1 || true
[ -s "$dir/small.bin" ] || {
	tail -n 20 "$dir/log" >&2
	exit 1
}
"$build/svafuzz" disasm "$dir/small.bin" -o "$dir/small.trace"
"$build/svafuzz-faults" replay --known none --fault $fault "$dir/small.trace" >"$dir/replay" || true
ops=$(sed '1,/^$/d' "$dir/small.trace" | wc -l)
echo "$(sed '1,/^process/d' "$dir/long.trace" | grep -c .) ops, then $ops"
if ! grep -q "signature: $signature" "$dir/replay" || [ "$ops" -ne 3 ]; then
	cat "$dir/small.trace" "$dir/replay" >&2
	exit 1
fi
