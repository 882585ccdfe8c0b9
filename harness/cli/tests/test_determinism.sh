#!/bin/sh
# Contract: determinism is quiet about the corpus, and names the first difference when there is one:
# here between a run and a record of one that was changed.
# Run: sh harness/cli/tests/test_determinism.sh build/svafuzz
set -u
svafuzz=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")/../../.." || exit 1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
problem() {
	echo "FAILED: $*" >&2
	failed=1
}
# expect CODE REGEX argument...
expect() {
	code=$1 regex=$2
	shift 2
	"$svafuzz" determinism "$@" >"$dir/out" 2>&1
	got=$?
	[ $got -eq "$code" ] || problem "exit $got, not $code: $*: $(tail -n 3 "$dir/out")"
	grep -Eq "$regex" "$dir/out" || problem "no /$regex/: $*: $(tail -n 3 "$dir/out")"
}

expect 0 '^[1-9][0-9]* inputs, 0 differ$' corpus
fault=$("$svafuzz" faults --list | awk '$3 == "semantic" { print $1; exit }')
[ -z "$fault" ] || expect 0 '^[1-9][0-9]* inputs, 0 differ$' --fault "$fault" corpus/faults

"$svafuzz" determinism --observe 1 corpus/regressions >"$dir/record" || problem "--observe"
expect 0 ' inputs, 0 differ$' --against "$dir/record" corpus/regressions
awk '/^step/ && ++n == 3 { $4 = "fffffff4" } { print }' "$dir/record" >"$dir/other"
expect 1 'differs at op 3, [a-z-]+: error -12, first 0$' --against "$dir/other" corpus/regressions
expect 1 ' inputs, 1 differ$' --against "$dir/other" corpus/regressions
awk '/^step/ && ++n == 3 { next } { print }' "$dir/record" >"$dir/other"
expect 1 ' differs at op ' --against "$dir/other" corpus/regressions
sed '0,/^end .*/s//end 0 nothing/' "$dir/record" >"$dir/other"
expect 1 'ends in another way: 0 nothing, first ' --against "$dir/other" corpus/regressions

# Records that are no such thing, or of other inputs.
head -n 3 "$dir/record" >"$dir/other"
expect 2 'ended there' --against "$dir/other" corpus/regressions
expect 2 'ended there' --against README.md corpus/regressions
expect 2 'name the same inputs' --against "$dir/record" corpus/seeds
expect 2 'no-such: No such file' --against "$dir/no-such" corpus/seeds
expect 2 'no file' --driver iomm
echo frobnicate >"$dir/bad.trace"
expect 2 'bad.trace:1: ' "$dir/bad.trace" corpus/regressions
expect 2 ' inputs, 0 differ$' "$dir/bad.trace" corpus/regressions
exit "$failed"
