#!/bin/sh
# Contract: kill -9 at any moment loses nothing that a campaign has announced and leaves nothing
# half-written that it cannot go on from. 100 kills at moments that a seed gives.
# Run: sh harness/cli/tests/test_kill.sh build/svafuzz
set -u
svafuzz=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")/../../.." || exit 1
[ -x "$(dirname "$svafuzz")/fuzz_bind_faults" ] || exit 77
# One that breaks rules in many ops: findings of several signatures.
fault=iomm-atc-before-tlbi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
problem() {
	echo "FAILED: $*" >&2
	failed=1
}
number() { # key, file
	sed -n "s/.*\"$1\":[[:space:]]*\([0-9]*\).*/\1/p" "$2"
}

# What was announced is there, with its explanation, and is a trace.
check_findings() { # output
	sed -n 's/^finding [0-9]*: //p' "$1" >>"$dir/announced"
	sed -n 's/^finding [0-9]*: //p' "$1" >"$dir/news"
	check_traces "$dir/news"
}

check_traces() { # list of paths
	while read -r trace; do
		[ -s "${trace%.trace}.txt" ] || problem "$trace has no explanation"
		"$svafuzz" asm "$trace" -o "$dir/bytes" 2>"$dir/err" ||
			problem "announced: $trace: $(cat "$dir/err")"
	done <"$1"
}

# Every file of the campaign is whole; the last line of progress.csv may be cut by the kill.
check_files() { # campaign
	for trace in "$1"/findings/*.trace; do
		[ -e "$trace" ] || continue
		"$svafuzz" asm "$trace" -o "$dir/bytes" 2>"$dir/err" ||
			problem "$trace: $(cat "$dir/err")"
	done
	for json in "$1"/campaign.json "$1"/state.json "$1"/summary.json; do
		[ ! -e "$json" ] || [ "$(tail -c 1 "$json" | tr '\n' '}')" = '}' ] ||
			problem "$json is cut"
	done
	[ ! -e "$1/progress.csv" ] || [ "$(sed '$d' "$1/progress.csv" | awk -F, \
		'NR == 1 ? $0 != "seconds,traces,coverage,corpus,findings" : NF != 5' | wc -l)" -eq 0 ] ||
		problem "$1/progress.csv: $(cat "$1/progress.csv")"
}

awk 'BEGIN { srand(20261123); for (i = 1; i <= 100; i++) printf "%.3f\n", rand() * 0.5 }' >"$dir/delays"
campaign=
kills=0
resumes=0
: >"$dir/announced"
while read -r delay; do
	kills=$((kills + 1))
	[ $((kills % 20)) -ne 1 ] || campaign=
	if [ -n "$campaign" ]; then
		resumes=$((resumes + 1))
		"$svafuzz" campaign --resume "$campaign" --time 60 >"$dir/out" 2>"$dir/err.run" &
	elif [ $((kills % 40)) -eq 1 ]; then
		"$svafuzz" fuzz --time 60 --seed $kills --fault "$fault" --out "$dir/reports" \
			>"$dir/out" 2>"$dir/err.run" &
	else
		"$svafuzz" fuzz --time 60 --seed $kills --fault "$fault" --no-seeds \
			--out "$dir/reports" >"$dir/out" 2>"$dir/err.run" &
	fi
	pid=$!
	sleep "$delay"
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	if [ -n "$campaign" ] && [ -s "$dir/err.run" ]; then
		problem "resume: $(cat "$dir/err.run")"
	fi
	# A campaign that has said where it is can be resumed.
	into=$(sed -n 's/^fuzzing .*, into //p' "$dir/out")
	[ -z "$into" ] || campaign=$into
	check_findings "$dir/out"
	[ -z "$campaign" ] || [ $((kills % 5)) -ne 0 ] || check_files "$campaign"
done <"$dir/delays"
[ $resumes -ge 50 ] || problem "only $resumes of $kills runs were resumed"
check_traces "$dir/announced"
[ -s "$dir/announced" ] || problem "nothing was announced in $kills runs"
[ -n "$campaign" ] || problem "no campaign came to its first line"

# A last one to its end: everything counts.
before=$(number traces "$campaign/state.json")
found=$(grep -c "^$campaign/" "$dir/announced")
printf '12.0,34' >>"$campaign/progress.csv"
touch "$campaign/findings/x.trace.1.tmp"
"$svafuzz" campaign --resume "$campaign" --time 2 >"$dir/out" 2>&1
code=$?
[ $code -eq 1 ] || problem "the last run: exit $code: $(tail -n 5 "$dir/out")"
after=$(number traces "$campaign/summary.json")
[ "$after" -gt "$before" ] || problem "traces went from $before to $after"
listed=$(grep -c '"signature"' "$campaign/summary.json")
[ "$listed" -ge "$found" ] || problem "$found announced, $listed in summary.json"
awk -F, 'NR > 1 && (NF != 5 || $1 !~ /^[0-9.]+$/ || $5 !~ /^[0-9]+$/)' "$campaign/progress.csv" |
	grep . && problem "lines of progress.csv"
find "$campaign" -name '*.tmp' -o -name 'stats-*' | grep . && problem "files of killed writers"
for process in /proc/[0-9]*; do
	if tr '\0' ' ' 2>/dev/null <"$process/cmdline" | grep -q "$dir/reports"; then
		problem "still running: $(tr '\0' ' ' <"$process/cmdline")"
	fi
done
echo "$kills kills, $resumes resumed, $(wc -l <"$dir/announced") findings announced"
exit "$failed"
