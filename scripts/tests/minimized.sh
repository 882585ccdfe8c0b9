#!/bin/sh
# Contract: each witness of a planted fault has a minimized form of at most 12 ops, half of them of at
# most 6; it shows the same finding, minimizing it changes no byte, and without any one op the finding
# is another one or none. Prints the number of ops of each.
# Run: sh scripts/tests/minimized.sh build/svafuzz [NAME...]
set -u
svafuzz=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
faults=$(dirname "$svafuzz")/svafuzz-faults
shift
cd "$(dirname "$0")/../.." || exit 1
[ -x "$faults" ] || exit 77
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
longer=0

problem() {
	echo "FAILED: $*" >&2
	failed=1
}

# Ops of a trace: the lines that are no comment and no part of the header.
header='^(#|$|misuse|two-guests-per-rid|(policy|smmu|device|domain|mdev|vm|process) )'
# signature FILE: what it shows now, "" for nothing. A crash ends `replay` itself: `triage` runs it apart.
signature() {
	case $want in
	*/crash/*)
		# shellcheck disable=SC2086 # words
		"$faults" triage --known none --fault "$name" $driver "$1" 2>/dev/null |
			grep -o "[^ ]*/crash/[^ ]*" | head -n 1
		return
		;;
	esac
	# shellcheck disable=SC2086 # words
	"$faults" replay --known none --fault "$name" $driver "$1" | sed -n 's/^  signature: //p'
}

check_fault() {
	witness=corpus/faults/$name.trace
	driver=$(sed -n 's/^# driver: *\([^ ,]*\).*/--driver \1/p' "$witness" | head -n 1)
	small=$dir/small.trace
	# shellcheck disable=SC2086 # words
	"$faults" minimize --fault "$name" $driver -o "$small" "$witness" >"$dir/log" 2>&1
	code=$?
	if [ $code -eq 3 ]; then
		echo "  -  $name ($driver is not here)"
		return
	fi
	[ $code -eq 1 ] || problem "$name: exit $code: $(cat "$dir/log")"
	[ $code -eq 1 ] || return
	want=$(sed -n '1s/^# //p' "$small")
	[ "$(signature "$small")" = "$want" ] || problem "$name: does not show $want any more"
	# shellcheck disable=SC2086 # words
	"$faults" minimize --fault "$name" $driver -o "$dir/again.trace" "$small" >/dev/null 2>&1
	cmp -s "$small" "$dir/again.trace" || problem "$name: another trace when minimized twice"
	ops=0
	grep -nEv "$header" "$small" | cut -d: -f1 >"$dir/lines"
	while read -r line; do
		ops=$((ops + 1))
		sed "${line}d" "$small" >"$dir/without.trace"
		[ "$(signature "$dir/without.trace")" != "$want" ] ||
			problem "$name: $want shows without line $line"
	done <"$dir/lines"
	was=$(grep -cEv "$header" "$witness")
	[ "$was" -le $ops ] || longer=$((longer + 1))
	[ $ops -le 12 ] || problem "$name: $ops ops"
	printf '%3d  %s (%s)\n' $ops "$name" "$want"
	echo $ops >>"$dir/counts"
}

: >"$dir/counts"
# shellcheck disable=SC2046 # names have no spaces
[ $# -gt 0 ] || set -- $(find corpus/faults -name '*.trace' -exec basename {} .trace \; | sort)
for name; do
	check_fault
done
count=$(wc -l <"$dir/counts")
median=$(sort -n "$dir/counts" | sed -n "$(((count + 1) / 2))p")
[ "$count" -gt 0 ] || problem 'no witness was minimized'
[ "${median:-0}" -le 6 ] || problem "median $median ops"
echo "$count witnesses: median ${median:-0} ops, at most $(sort -n "$dir/counts" | tail -n 1);" \
	"$longer are longer than they need to be"
exit $failed
