#!/bin/sh
# Contract: `svafuzz report DIR` makes a page, JSON, SARIF and JUnit XML of what a campaign left, also of
# a killed one; names and skips what is no finding; writes nothing where it cannot write.
# With jsonschema (python3-jsonschema) and xmllint (libxml2-utils) the files are judged by those as well;
# SVAFUZZ_SARIF_SCHEMA names the file of OASIS's schema, when it is there.
# Run: sh harness/cli/tests/test_report.sh build/svafuzz
set -u
svafuzz=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")/../../.." || exit 1
[ -x "$(dirname "$svafuzz")/svafuzz-faults" ] || exit 77
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0
problem() {
	echo "FAILED: $*" >&2
	failed=1
}
fault=iomm-atc-before-tlbi

# campaign NAME: a folder as `svafuzz fuzz` leaves it, with one finding.
campaign() {
	mkdir -p "$dir/$1/findings" "$dir/$1/corpus"
	cat >"$dir/$1/summary.json" <<END
{"campaign": "$1", "driver": "iomm", "smmu": "emulated", "policy": "io_mm", "cache": "worst",
 "engine": "libfuzzer", "fault": "$fault", "jobs": 1, "seed": 7, "interrupted": false, "seconds": 10,
 "traces": 5000, "coverage": 20, "corpus": 3, "findings": [],
 "known": [{"trace": "corpus/known/x.trace", "hits": 3}],
 "versions": {"svafuzz": "0.1.0", "compiler": "cc", "driver": ""}}
END
	cp corpus/faults/$fault.trace "$dir/$1/findings/"
	printf 'seconds,traces,coverage,corpus,findings\n0.0,0,0,0,0\n5.0,2500,20,3,1\n' \
		>"$dir/$1/progress.csv"
	"$svafuzz" asm corpus/seeds/A-19-bind-twice.trace -o "$dir/$1/corpus/input" 2>/dev/null ||
		cp "$(find corpus/seeds -name 'A-19*.trace' | head -n 1)" "$dir/$1/corpus/input"
}

# run EXPECTED ARGUMENTS...: exit code, output in $dir/out and $dir/err.
run() {
	expected=$1
	shift
	"$svafuzz" report "$@" >"$dir/out" 2>"$dir/err"
	code=$?
	[ $code -eq "$expected" ] || problem "report $*: exit $code: $(cat "$dir/out" "$dir/err")"
}

# has FILE TEXT...
has() {
	file=$1
	shift
	for text; do
		grep -qF -- "$text" "$file" || problem "$file has no $text"
	done
}

judge() {
	if command -v xmllint >/dev/null 2>&1; then
		xmllint --noout "$1/report.junit.xml" || problem "$1: XML is not well-formed"
	fi
	if python3 -W ignore -c 'import jsonschema' 2>/dev/null; then
		python3 -W ignore -m jsonschema -i "$1/report.json" docs/report.schema.json \
			>"$dir/judged" 2>&1 || problem "$1/report.json: $(cat "$dir/judged")"
		if [ -f "${SVAFUZZ_SARIF_SCHEMA:-}" ]; then
			python3 -W ignore -m jsonschema -i "$1/report.sarif" \
				"$SVAFUZZ_SARIF_SCHEMA" >"$dir/judged" 2>&1 ||
				problem "$1/report.sarif: $(cat "$dir/judged")"
		fi
	fi
}

# A finding: its steps, on all four forms.
campaign whole
run 0 "$dir/whole"
has "$dir/out" '1 finding; rules counted over 1 inputs' "report: $dir/whole/report/report.html"
has "$dir/whole/report/report.json" '"schema":"svafuzz-report-1"' \
	'"signature":"iomm/emulated/stale-atc/fork/D-2","known":null,"op":2' \
	'"words":"process p0 forks p1"' '"commands":["ATC_INV sid=0x8 ssid=1 0x10000","SYNC",' \
	'"text":"ATC for (d0, pasid 1): 0x10000 rw"' '"trace_file":"findings/' \
	'"id":"D-2","name":"tlb-before-atc"' '{"rule":"A-19","counts":[' '"hits":3' \
	'{"seconds":5,"traces":2500,"coverage":20,"corpus":3,"findings":1}'
has "$dir/whole/report/report.sarif" '"ruleId":"D-2","level":"error"' \
	'"svafuzzSignature/v1":"iomm/emulated/stale-atc/fork/D-2"' '"startLine":'
has "$dir/whole/report/report.junit.xml" 'tests="2" failures="1"' '<failure type="stale-atc"'
has "$dir/whole/report/report.html" '</html>' 'iomm/emulated/stale-atc/fork/D-2'
judge "$dir/whole/report"
# The line of the op that diverged.
line=$(sed 's/.*"startLine":\([0-9]*\).*/\1/' "$dir/whole/report/report.sarif")
case $(sed -n "${line}p" corpus/faults/$fault.trace) in
fork*) ;;
*) problem "line $line of the trace is not the fork" ;;
esac
# The same again, byte for byte, wherever it goes.
run 0 -o "$dir/other" "$dir/whole"
for file in report.html report.json report.sarif report.junit.xml; do
	cmp -s "$dir/whole/report/$file" "$dir/other/$file" || problem "$file is another the second time"
done
# The command that it names shows the finding.
command=$(sed 's/.*"replay":"\([^"]*\)".*/\1/' "$dir/whole/report/report.json")
sh -c "$command" >"$dir/replay" 2>&1
[ $? -eq 1 ] || problem "'$command': $(cat "$dir/replay")"

# A finding that does not repeat, files that are none, lines that are broken: each is named.
campaign mixed
cp corpus/faults/iomm-init-twice-ok.trace "$dir/mixed/findings/"
echo junk >"$dir/mixed/findings/broken.trace"
echo junk >"$dir/mixed/findings/foreign"
echo junk >>"$dir/mixed/progress.csv"
run 0 "$dir/mixed"
has "$dir/out" '2 findings, 2 files skipped'
has "$dir/err" 'broken.trace:1:' 'foreign: no finding; skipped' "'junk' is no line of progress"
has "$dir/mixed/report/report.json" '"kind":"not-repeated"'
judge "$dir/mixed/report"

# Killed: the options that it started with are there, and no summary; or one that is cut.
campaign killed
sed 's/"campaign".*"driver"/"format": "x", "started": "2026-01-02T03:04:05Z", "driver"/' \
	"$dir/killed/summary.json" >"$dir/killed/campaign.json"
rm "$dir/killed/summary.json"
run 0 "$dir/killed"
has "$dir/killed/report/report.json" '"started":"2026-01-02T03:04:05Z"' '"interrupted":true' \
	'"seconds":0,'
echo '{"driver": "io' >"$dir/killed/summary.json"
run 0 "$dir/killed"
has "$dir/err" 'summary.json: is no JSON object; skipped'
judge "$dir/killed/report"

# Nothing was found.
campaign clean
rm "$dir"/clean/findings/*
run 0 "$dir/clean"
has "$dir/clean/report/report.json" '"findings":[]'
has "$dir/clean/report/report.junit.xml" 'tests="1" failures="0"'
judge "$dir/clean/report"

# Much was found, with long traces: a page that can still be opened.
campaign long
number=0
while [ $number -lt 50 ]; do
	{
		sed '/^mmap/,$d; s/^process.*/process p0 p2/' corpus/faults/$fault.trace
		page=0
		while [ $page -lt 60 ]; do
			echo "mmap p2 0x1$((page % 8))000 rw"
			echo "munmap p2 0x1$((page % 8))000"
			page=$((page + 1))
		done
		sed -n '/^mmap/,$p' corpus/faults/$fault.trace
	} >"$dir/long/findings/f$number.trace"
	number=$((number + 1))
done
run 0 "$dir/long"
has "$dir/out" '51 findings;'
size=$(wc -c <"$dir/long/report/report.html")
[ "$size" -lt 2000000 ] || problem "a page of $size bytes"
judge "$dir/long/report"

# Input that is none: one line, exit 2.
one_line() {
	[ "$(wc -l <"$dir/err")" -eq 1 ] || problem "not one line: $(cat "$dir/err")"
}
run 2
one_line
run 2 "$dir/nowhere"
one_line
mkdir "$dir/empty"
run 2 "$dir/empty"
one_line
run 2 -o "$dir/whole/summary.json/x" "$dir/whole"
one_line
: >"$dir/file"
run 2 -o "$dir/file" "$dir/whole"
one_line
exit "$failed"
