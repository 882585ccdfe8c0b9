#!/bin/sh
# Contract: the gate is green on sound code, red for a signature that nobody has agreed to, green
# again with a baseline that lists it, and a baseline that does not parse is bad input with its place.
# Run: sh harness/cli/tests/test_gate.sh build/svafuzz
set -u
svafuzz=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")/../../.." || exit 1
[ -x "$(dirname "$svafuzz")/fuzz_bind" ] || exit 77
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
problem() {
	echo "FAILED: $*" >&2
	failed=1
}
# expect CODE REGEX argument...: the gate's exit code, and a line of its output
expect() {
	code=$1 regex=$2
	shift 2
	"$svafuzz" gate "$@" >"$dir/out" 2>&1
	got=$?
	[ $got -eq "$code" ] || problem "exit $got, not $code: $*: $(tail -n 5 "$dir/out")"
	grep -Eq "$regex" "$dir/out" || problem "no /$regex/: $*: $(tail -n 5 "$dir/out")"
}

expect 0 '^gate: green: 0 new, 0 in the baseline' --time 2 --seed 1 --out "$dir/green"
for file in campaign.json state.json progress.csv summary.json findings corpus; do
	[ -e "$dir/green/$file" ] || problem "no $file in the campaign's folder"
done
expect 2 'has a campaign already' --time 2 --out "$dir/green"
# A folder by its bare name, as build servers write it.
bare=svafuzz-gate-test-$$
expect 0 '^gate: green' --time 1 --seed 1 --out "$bare"
grep -q "\"campaign\":[[:space:]]*\"$bare\"" "$bare/summary.json" || problem "not the folder's name in summary.json"
rm -rf "$bare"

# Baselines that do not parse: the place is named.
for line in 'iomm' 'iomm/emulated/stale-atc/munmap' 'vfio/emulated/stale-atc/munmap/D-2' \
	'iomm/v2/stale-atc/munmap/D-2' 'iomm/emulated/stale/munmap/D-2' \
	'iomm/emulated/stale-atc/munmap/D-2 and more'; do
	printf '# agreed\n\n%s\n' "$line" >"$dir/bad"
	expect 2 "$dir/bad:3: " --time 1 --baseline "$dir/bad" --out "$dir/never"
done
head -c 200 /dev/urandom >"$dir/bad"
expect 2 "$dir/bad:[0-9]+: " --time 1 --baseline "$dir/bad" --out "$dir/never"
expect 2 'no-such: No such file' --time 1 --baseline "$dir/no-such" --out "$dir/never"
expect 2 'time must be at least 1' --time 0
expect 2 "unknown driver 'vfio'" --driver vfio
[ ! -e "$dir/never" ] || problem "a folder was made for a baseline that is bad"

fault=$("$svafuzz" faults --list | awk '$3 == "semantic" { print $1; exit }')
[ -n "$fault" ] || exit "$failed"
expect 1 '^gate: red: [1-9][0-9]* new, 0 in the baseline' --time 3 --seed 1 --fault "$fault" \
	--out "$dir/red"
grep '^new: ' "$dir/out" | while read -r _ signature trace; do
	"$svafuzz" replay --fault "$fault" "$trace" | grep -qF "signature: $signature" ||
		echo "$trace does not show $signature"
done >"$dir/err"
[ ! -s "$dir/err" ] || problem "$(cat "$dir/err")"
grep '^new: ' "$dir/out" | cut -d' ' -f2 | sort -u >"$dir/signatures"

# What is there is written; with it nothing is new, apart from what a longer look may find.
expect 0 'signatures written to' --time 3 --seed 1 --fault "$fault" --out "$dir/write" \
	--write-baseline "$dir/baseline"
grep -v '^#' "$dir/baseline" | grep -q . || problem "an empty baseline"
{
	echo "# agreed on"
	cat "$dir/signatures" "$dir/baseline"
	sed -n 's/^  signature: //p' "$dir/red/findings/"*.txt
} >"$dir/both"
expect 0 '^gate: green: 0 new, [1-9][0-9]* in the baseline' --time 1 --seed 1 --fault "$fault" \
	--out "$dir/again" --baseline "$dir/both"
# One that is missing there is red again, and alone.
first=$(head -n 1 "$dir/signatures")
grep -vxF "$first" "$dir/both" >"$dir/less"
expect 1 '^gate: red: 1 new' --time 1 --seed 1 --fault "$fault" --out "$dir/less.out" \
	--baseline "$dir/less"
grep -qF "new: $first " "$dir/out" || problem "$first is not named"
exit "$failed"
