#!/bin/sh
# Contract: a campaign ends with a summary whatever ends it, loses nothing found when killed, and
# its exit code says whether anything was. Run: sh harness/cli/tests/test_campaign.sh build/svafuzz
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
# key NAME FILE: a number in summary.json
key() {
	sed -n "s/.*\"$1\":[[:space:]]*\([0-9.]*\),*$/\1/p" "$2"
}

# Nothing planted: nothing found, and the numbers are there.
"$svafuzz" fuzz --time 4 --seed 1 --out "$dir/clean" >"$dir/out" 2>&1
code=$?
[ $code -eq 0 ] || problem "a clean campaign: exit $code: $(tail -n 30 "$dir/out")"
summary=$(find "$dir/clean" -name summary.json)
[ -n "$summary" ] || problem "no summary.json"
[ "$(key traces "$summary")" -gt 1000 ] || problem "too few traces: $(cat "$summary")"
grep -q '"findings":[[:space:]]*\[\]' "$summary" || problem "findings in a clean campaign"
grep -q '^  findings  0$' "$dir/out" || problem "the summary does not say so"

# A planted fault is found; the finding replays by the command that is printed.
fault=$("$svafuzz" faults --list | awk '$3 == "semantic" { print $1; exit }')
if [ -n "$fault" ]; then
	"$svafuzz" fuzz --time 20 --seed 1 --fault "$fault" --out "$dir/fault" >"$dir/out" 2>&1
	code=$?
	[ $code -eq 1 ] || problem "fault $fault: exit $code: $(tail -n 30 "$dir/out")"
	command=$(sed -n 's/^  replay: //p' "$dir/out" | head -n 1)
	sh -c "$command" >"$dir/replay" 2>&1
	code=$?
	[ $code -eq 1 ] || problem "'$command': exit $code: $(cat "$dir/replay")"
	grep -q '^0 passed, 1 failed$' "$dir/replay" || problem "$(cat "$dir/replay")"

	# `faults` says what caught it and how long fuzzing took.
	"$svafuzz" faults --budget 20 --seed 1 "$fault" >"$dir/out" 2>&1
	code=$?
	[ $code -eq 0 ] || problem "faults $fault: exit $code: $(cat "$dir/out")"
	grep -Eq "^$fault .*witness:caught\(.*fuzz:found in [0-9.]+ s \(" "$dir/out" ||
		problem "faults $fault: $(cat "$dir/out")"
	grep -q '^faults: 1 planted, 1 caught by witness, 1 found by fuzzing within 20 s$' \
		"$dir/out" || problem "faults $fault: $(tail -n 1 "$dir/out")"

	# Killed: the findings are on the disk, whole.
	"$svafuzz" fuzz --time 60 --seed 1 --fault "$fault" --out "$dir/killed" >"$dir/out" 2>&1 &
	pid=$!
	for _ in $(seq 100); do
		trace=$(find "$dir/killed" -path '*/findings/*.trace' 2>/dev/null | head -n 1)
		[ -n "$trace" ] && break
		sleep 0.2
	done
	# svafuzz has become svafuzz-faults under the same process id.
	kill -KILL $pid
	wait $pid 2>/dev/null
	if [ -n "$trace" ]; then
		"$svafuzz" replay --fault "$fault" "$trace" >"$dir/replay" 2>&1
		code=$?
		[ $code -eq 1 ] || problem "killed: $trace: exit $code: $(cat "$dir/replay")"
	else
		problem "killed: nothing was written"
	fi
fi

# Two campaigns of one seed and number of traces: the same findings, the same corpus.
for n in 1 2; do
	"$svafuzz" fuzz --runs 6000 --seed 5 ${fault:+--fault "$fault"} --out "$dir/runs$n" \
		>"$dir/runs$n.out" 2>&1
	grep '^  digest ' "$dir/runs$n.out" >"$dir/digest$n" || problem "no digest: $(cat "$dir/runs$n.out")"
done
cmp "$dir/digest1" "$dir/digest2" || problem "--runs: other corpora"
diff -r "$dir"/runs1/*/findings "$dir"/runs2/*/findings >"$dir/diff" ||
	problem "--runs: other findings: $(head -n 5 "$dir/diff")"
[ "$(key traces "$dir"/runs1/*/summary.json)" -eq 6000 ] || problem "--runs 6000 ran others"

# Killed and resumed: time, traces and rules go on; the options are those of the start.
"$svafuzz" fuzz --time 30 --seed 2 --cache exact --out "$dir/resumed" >"$dir/out" 2>&1 &
pid=$!
sleep 5
kill -KILL $pid
wait $pid 2>/dev/null
campaign=$(echo "$dir"/resumed/*)
before=$(key traces "$campaign/state.json")
"$svafuzz" campaign --resume "$campaign" --time 2 >"$dir/out" 2>&1
code=$?
[ $code -eq 0 ] || problem "resumed: exit $code: $(tail -n 5 "$dir/out")"
[ "$(key traces "$campaign/summary.json")" -gt "$before" ] || problem "resumed: traces start again"
grep -q '"cache":[[:space:]]*"exact"' "$campaign/summary.json" || problem "resumed with other caches"
grep -Eq '^resumed at [1-9][0-9]* s, [1-9][0-9]* traces, 0 findings$' "$dir/out" ||
	problem "resumed: $(head -n 3 "$dir/out")"
grep -Eq '\| rules [1-9][0-9]* \| findings 0$' "$dir/out" || problem "no rules: $(cat "$dir/out")"
"$svafuzz" campaign --resume "$campaign" --cache worst >"$dir/out" 2>&1
[ $? -eq 2 ] || problem "resumed with another cache"
"$svafuzz" campaign --resume "$dir" >"$dir/out" 2>&1
[ $? -eq 2 ] || problem "resumed what is no campaign"
grep -q 'campaign.json: No such file' "$dir/out" || problem "$(cat "$dir/out")"
echo '{"format": "other"}' >"$campaign/campaign.json"
"$svafuzz" campaign --resume "$campaign" >"$dir/out" 2>&1
[ $? -eq 2 ] || problem "resumed another format"

# Interrupted: the summary is written and the engines are gone.
"$svafuzz" fuzz --time 60 --jobs 2 --out "$dir/stopped" >"$dir/out" 2>&1 &
pid=$!
sleep 3
start=$(date +%s)
kill -TERM $pid
wait $pid
[ $(($(date +%s) - start)) -le 15 ] || problem "interrupted: took too long"
summary=$(find "$dir/stopped" -name summary.json)
if [ -n "$summary" ]; then
	grep -q '"interrupted":[[:space:]]*true' "$summary" || problem "not marked as interrupted"
else
	problem "interrupted: no summary: $(cat "$dir/out")"
fi
for process in /proc/[0-9]*; do
	if tr '\0' ' ' 2>/dev/null <"$process/cmdline" | grep -q "$dir/stopped"; then
		problem "still running: $(tr '\0' ' ' <"$process/cmdline")"
	fi
done
exit "$failed"
