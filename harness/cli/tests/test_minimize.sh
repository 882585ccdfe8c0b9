#!/bin/sh
# Contract: `minimize` writes the smallest trace of a finding, with the same signature, and the same
# bytes each time; `triage` puts inputs of any engine into one group a signature, and names what it
# does not read. Exit codes as everywhere.
# Run: sh harness/cli/tests/test_minimize.sh build/svafuzz
set -u
svafuzz=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
faults=$(dirname "$svafuzz")/svafuzz-faults
cd "$(dirname "$0")/../../.." || exit 1
[ -x "$faults" ] || exit 77
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
failed=0
cases=0

problem() {
	echo "FAILED: $*" >&2
	failed=1
}

# expect CODE command...
expect() {
	code=$1
	shift
	cases=$((cases + 1))
	"$@" >"$dir/out" 2>"$dir/err"
	got=$?
	[ "$got" -eq "$code" ] || problem "exit $got, not $code: $* ($(cat "$dir/err"))"
}
# says REGEX, complains REGEX: the last command on standard output; in one line on stderr
says() {
	grep -Eq "$1" "$dir/out" || problem "no /$1/ in: $(tail -n 5 "$dir/out")"
}
complains() {
	if [ "$(wc -l <"$dir/err")" -ne 1 ] || ! grep -Eq "^svafuzz: .*$1" "$dir/err"; then
		problem "no /$1/ alone in: $(cat "$dir/err")"
	fi
}

# Harmless ops of processes that nobody else names, before and after each op; no pins, no comments.
cat >"$dir/noise.awk" <<'END'
BEGIN { srand(seed) }
function noise(  n, k) {
	for (n = int(rand() * most); n > 0; n--) {
		k = int(rand() * 6)
		if (k == 0) print "spawn p7"
		else if (k == 1) print "mmap p7 0x1fc000 pages=" 1 + int(rand() * 4) " rw"
		else if (k == 2) print "munmap p7 0x1fc000"
		else if (k == 3) print "fork p7 p6"
		else if (k == 4) print "exit p6"
		else print "write p7 0x1fc000"
	}
}
/^#/ || /^ *$/ { next }
/^(policy|smmu|device|domain|process|mdev|vm|misuse|two-guests-per-rid)/ { print; next }
{ sub(/ *=>.*/, ""); noise(); print; noise() }
END
# noisy FAULT SEED MOST: its witness among other ops
noisy() {
	echo "# planted fault: $1"
	awk -v seed="$2" -v most="$3" -f "$dir/noise.awk" "corpus/faults/$1.trace"
}

good=$(find corpus/seeds -name "*.trace" | sort | head -n 1)
fault=iomm-unbind-skips-atc
witness=corpus/faults/$fault.trace

# minimize: bad input.
expect 2 "$svafuzz" minimize
complains '0 files; name one'
expect 2 "$svafuzz" minimize "$good" "$good"
complains '2 files; name one'
expect 2 "$svafuzz" minimize "$dir/no-such.trace"
complains 'no-such.trace: .*No such file'
expect 2 "$svafuzz" minimize --driver vfio "$good"
complains "unknown driver 'vfio'"
expect 2 "$svafuzz" minimize --fault no-such "$good"
complains "unknown fault 'no-such'"
expect 0 "$svafuzz" minimize "$good" -o "$dir/nothing.trace"
says 'nothing is found'
[ ! -e "$dir/nothing.trace" ] || problem 'nothing was found, and written'
expect 2 "$svafuzz" minimize --fault $fault "$witness" -o "$dir/no/such/out.trace"

# minimize: long and short, text and bytes lead to the same trace, which replays.
expect 1 "$svafuzz" minimize --fault $fault "$witness" -o "$dir/a.trace"
says 'signature: iomm/emulated/stale-atc/unbind/D-4'
for seed in 1 2 3; do
	noisy $fault $seed 60 >"$dir/long.trace"
	[ "$(wc -l <"$dir/long.trace")" -gt 100 ] || problem 'no noise'
	expect 1 "$svafuzz" minimize --fault $fault "$dir/long.trace" -o "$dir/b.trace"
	cmp "$dir/a.trace" "$dir/b.trace" || problem "seed $seed: another minimum"
	expect 0 "$svafuzz" asm "$dir/long.trace" -o "$dir/long.bin"
	expect 1 "$svafuzz" minimize --fault $fault "$dir/long.bin" -o "$dir/b.trace"
	cmp "$dir/a.trace" "$dir/b.trace" || problem "seed $seed: another minimum of the bytes"
done
expect 1 "$svafuzz" minimize --fault $fault "$dir/a.trace" -o "$dir/b.trace"
cmp "$dir/a.trace" "$dir/b.trace" || problem 'minimizing twice changes bytes'
expect 1 "$svafuzz" minimize --fault $fault "$dir/long.trace"
sed -n '/^# iomm/,$p' "$dir/out" >"$dir/printed.trace"
cmp "$dir/a.trace" "$dir/printed.trace" || problem 'another trace on standard output'
expect 1 "$svafuzz" replay --fault $fault "$dir/a.trace"
says 'signature: iomm/emulated/stale-atc/unbind/D-4'

# minimize: a contradicted pin is kept, others go.
printf '%s\n' 'policy io_mm' 'smmu ssid-bits=4' 'device d0 rid=00:01.0 pasid-bits=4' 'domain A d0' \
	'process p0 p1' 'mmap p1 0x10000 rw => ok' 'bind d0 p1 => pasid 1' \
	'bind d0 p0 => -EBUSY' 'unbind d0 pasid=1 => ok' >"$dir/pin.trace"
expect 1 "$svafuzz" minimize "$dir/pin.trace" -o "$dir/pin-small.trace"
says 'signature: iomm/emulated/pin/bind/pin'
[ "$(grep -c '=>' "$dir/pin-small.trace")" -eq 1 ] || problem "pins: $(cat "$dir/pin-small.trace")"

# triage: bad input.
expect 2 "$svafuzz" triage
complains 'no file'
expect 2 "$svafuzz" triage "$dir/no-such"
complains 'no-such: No such file'
expect 2 "$svafuzz" triage --smmu v2 "$good"
complains "unknown smmu 'v2'"
expect 0 "$svafuzz" triage corpus/regressions
says '^[0-9]+ inputs, 0 groups: 0 known, 0 new, 0 flaky; [0-9]+ skipped; [0-9]+ show nothing$'
mkdir "$dir/empty"
expect 0 "$svafuzz" triage "$dir/empty"
says '^0 inputs, 0 groups: 0 known, 0 new, 0 flaky; 0 skipped$'

# triage: a thousand inputs of ten causes, and of those that crash where there are such.
mkdir "$dir/inputs" "$dir/inputs/crashes"
causes='iomm-unbind-skips-atc iomm-bind-twice-ok iomm-init-twice-ok iomm-pasid-per-device
	iomm-exit-leaves-entry iomm-atc-before-tlbi iomm-detach-skips-cfgi iomm-map-overwrites
	owner-user-bind-ok smmu-translated-refused'
crashing=$("$faults" faults --list | awk '$3 == "crash" { print $1 }' | head -n 1)
[ -z "$crashing" ] || causes="${causes% *} $crashing"
for cause in $causes; do
	for seed in 1 2 3 4 5 6 7 8 9 10; do
		noisy "$cause" "$seed" 8 >"$dir/noisy"
		for copy in 0 1 2 3 4 5 6 7 8 9; do
			{
				cat "$dir/noisy"
				awk -v n=$copy 'BEGIN { while (n-- > 0) print "spawn p5" }'
			} >"$dir/inputs/$cause-$seed-$copy.trace"
		done
	done
done
begin=$(date +%s)
expect 1 "$svafuzz" triage "$dir/inputs" -o "$dir/groups"
seconds=$(($(date +%s) - begin))
says '^1000 inputs, 10 groups: 0 known, 10 new, 0 flaky; 0 skipped$'
[ "$(grep -c '^ *100  new ' "$dir/out")" -eq 10 ] || problem "groups: $(cat "$dir/out")"
[ $seconds -le 10 ] || problem "$seconds s for 1000 inputs"
[ "$(find "$dir/groups" -type f | wc -l)" -eq 20 ] || problem "files: $(find "$dir/groups")"
for small in "$dir"/groups/*.trace; do
	cause=$(sed -n 's/^# planted fault: //p' "$small")
	expect 1 "$svafuzz" minimize --fault "$cause" "$small" -o "$dir/b.trace"
	cmp "$small" "$dir/b.trace" || problem "$small is not minimal"
	grep -q '^  inputs:    100 (new)' "${small%.trace}.txt" || problem "no inputs: $small"
done

# triage: other files are named, whatever an engine kept is read; JSON says the same.
mixed=$dir/mixed
mkdir "$mixed"
cp "$dir/long.bin" "$mixed/crash-0123"
dd if="$dir/long.bin" of="$mixed/id:000001,sig:06" bs=1 skip=4 2>/dev/null
printf 'XXXX' | cat - "$mixed/id:000001,sig:06" >"$dir/magic" && mv "$dir/magic" "$mixed/id:000001,sig:06"
cp "$dir/long.trace" "$mixed/long.trace"
printf 'SVT1 and more' >"$mixed/old.bin"
echo 'Read me.' >"$mixed/README"
cp "$(find corpus/smmu -name '*.smmu' | sort | head -n 1)" "$mixed/"
sed '1s/^/# driver: linux-6.12\n/' "$good" >"$mixed/other.trace"
cp "$good" "$mixed/clean.trace"
expect 1 "$svafuzz" triage --fault $fault "$mixed"
says 'skipped: .*old.bin: .*another format version'
says 'skipped: .*README: '
says 'skipped: .*\.smmu: a device-level trace'
says 'skipped: .*other.trace: for another driver'
says '^4 inputs, 1 groups: 0 known, 1 new, 0 flaky; 4 skipped; 1 show nothing$'
says '^ *3  new .*iomm/emulated/stale-atc/unbind/D-4'
expect 1 "$svafuzz" triage --fault $fault "$mixed" --json
says '"signature":.*"iomm/emulated/stale-atc/unbind/D-4"'
says '"clean":.*1'
[ "$(grep -c '"why"' "$dir/out")" -eq 4 ] || problem "JSON: $(cat "$dir/out")"
expect 2 "$svafuzz" triage --fault $fault "$mixed" -o /dev/null/groups

# triage: what is written up is known, and no reason to fail.
printf '# known: iomm | stale-atc | unbind | D-4 | nothing | ATC | stop\n' | cat - "$witness" \
	>"$dir/known.trace"
mkdir "$dir/known" && mv "$dir/known.trace" "$dir/known/"
expect 0 "$svafuzz" triage --fault $fault --known "$dir/known" "$dir/long.trace"
says '^1 inputs, 1 groups: 1 known, 0 new, 0 flaky; 0 skipped$'
expect 1 "$svafuzz" minimize --fault $fault --known "$dir/known" "$dir/long.trace"
says 'known'

echo "$cases cases"
exit $failed
