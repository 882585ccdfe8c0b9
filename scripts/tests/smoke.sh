#!/bin/sh
# Contract: the fuzz targets run from their seeds under ASan and UBSan without a finding, and
# the same binary replays single files. Run: sh scripts/tests/smoke.sh build
set -eu
build=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
[ -x "$build/fuzz_bind" ] || exit 77
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/seeds" "$dir/new"
number=0
for trace in $(find corpus/seeds corpus/regressions -name '*.trace' | sort); do
	number=$((number + 1))
	"$build/svafuzz" asm "$trace" -o "$dir/seeds/$number.bin"
done
"$build/fuzz_bind" "$dir"/seeds/1.bin >"$dir/log" 2>&1 || {
	cat "$dir/log" >&2
	exit 1
}
"$build/fuzz_bind" -runs=20000 -seed=1 -max_len=3424 -artifact_prefix="$dir/" "$dir/new" \
	"$dir/seeds" >"$dir/log" 2>&1 || {
	grep -v '^#' "$dir/log" | tail -n 60 >&2
	exit 1
}
tail -n 1 "$dir/log"

# The same for the SMMU alone.
mkdir "$dir/smmu-seeds" "$dir/smmu-new"
for trace in corpus/smmu/*.smmu; do
	"$build/svafuzz" smmu asm "$trace" -o "$dir/smmu-seeds/$(basename "$trace" .smmu).bin"
done
"$build/fuzz_smmu" -runs=20000 -seed=1 -artifact_prefix="$dir/" "$dir/smmu-new" \
	"$dir/smmu-seeds" >"$dir/log" 2>&1 || {
	grep -v '^#' "$dir/log" | tail -n 60 >&2
	exit 1
}
tail -n 1 "$dir/log"
