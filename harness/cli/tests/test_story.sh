#!/bin/sh
# Contract: the way of a finding. A planted fault is fuzzed; there are a page, SARIF, a minimized trace and a C
# test for it; with the trace among the regressions the gate is red with the fault and green without.
# Run: sh harness/cli/tests/test_story.sh build/svafuzz
set -u
svafuzz=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")/../../.." || exit 1
[ -x "$(dirname "$svafuzz")/fuzz_bind_faults" ] || exit 77
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fault=iomm-atc-before-tlbi
signature=iomm/emulated/stale-atc/fork/D-2
slug=iomm-emulated-stale-atc-fork-D-2
step() { # exit code, command...
	code=$1
	shift
	"$@" >"$dir/out" 2>&1
	got=$?
	[ $got -eq "$code" ] && return
	echo "FAILED: exit $got, not $code: $*" >&2
	tail -n 20 "$dir/out" >&2
	exit 1
}
has() { # file, text
	grep -qF "$2" "$1" && return
	echo "FAILED: no '$2' in $1" >&2
	exit 1
}

# A tree of its own: the corpus is looked for in the working directory first.
mkdir "$dir/tree" && cp -r corpus "$dir/tree/" && cd "$dir/tree" || exit 1
step 1 "$svafuzz" fuzz --fault $fault --time 5 --seed 1 --out "$dir/campaigns"
campaign=$(echo "$dir"/campaigns/*)
found=$campaign/findings/$slug.trace
[ -e "$found" ] || {
	echo "FAILED: no $slug among $(ls "$campaign/findings")" >&2
	exit 1
}
step 0 "$svafuzz" report "$campaign"
has "$campaign/report/report.html" "$signature"
has "$campaign/report/report.sarif" "$signature"
has "$campaign/report/report.junit.xml" "$signature"
step 1 "$svafuzz" minimize --fault $fault -o small.trace "$found"
has small.trace "$signature"
step 0 "$svafuzz" export --fault $fault --format c -o small.c small.trace
has small.c 'assert_no_divergence'
cp small.trace corpus/regressions/$slug.trace
step 1 "$svafuzz" gate --fault $fault --time 1 --seed 1 --out red
has "$dir/out" "$signature"
step 0 "$svafuzz" gate --time 1 --seed 1 --out green
