#!/bin/sh
# Contract: bad input and missing things give one line on stderr that says what to do, and the exit
# codes 0 nothing found, 1 divergence, 2 bad input, 3 missing on the machine.
# Run: sh harness/cli/tests/test_cli.sh build/svafuzz
set -u
svafuzz=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")/../../.." || exit 1
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
failed=0
cases=0

problem() {
	echo "FAILED: $*" >&2
	failed=1
}

# expect CODE REGEX command...: the code; one stderr line that matches REGEX, or none when it is ''
expect() {
	code=$1 regex=$2
	shift 2
	cases=$((cases + 1))
	"$@" >"$dir/out" 2>"$dir/err"
	got=$?
	[ "$got" -eq "$code" ] || problem "exit $got, not $code: $* ($(cat "$dir/err"))"
	lines=$(wc -l <"$dir/err")
	if [ -z "$regex" ]; then
		[ "$lines" -eq 0 ] || problem "says: $(cat "$dir/err"): $*"
		return
	fi
	[ "$lines" -eq 1 ] || problem "$lines lines on stderr: $*: $(cat "$dir/err")"
	grep -Eq "$regex" "$dir/err" || problem "not /$regex/: $(cat "$dir/err"): $*"
	grep -q '^svafuzz: ' "$dir/err" || problem "not from svafuzz: $(cat "$dir/err")"
}
# says REGEX: the last command's standard output
says() {
	grep -Eq "$1" "$dir/out" || problem "no /$1/ in: $(head -n 5 "$dir/out")"
}

good=$(find "$PWD/corpus/seeds" -name '*.trace' | sort | head -n 1)

# Usage.
expect 2 'no subcommand.*help' "$svafuzz"
expect 2 "unknown subcommand 'frobnicate'.*help" "$svafuzz" frobnicate
expect 0 '' "$svafuzz" help
says 'exit codes: 0'
says 'iomm'
says 'emulated'
expect 0 '' "$svafuzz" --help
for command in fuzz replay show minimize triage export report campaign gate determinism asm disasm rules faults sweep ops; do
	expect 0 '' "$svafuzz" help $command
	says "usage: svafuzz $command"
	expect 0 '' "$svafuzz" $command --help
	expect 2 "unknown option '--wrong'.*--help" "$svafuzz" $command --wrong
done
expect 2 "unknown subcommand 'frobnicate'" "$svafuzz" help frobnicate
expect 2 "no value after '--driver'" "$svafuzz" replay --driver
expect 2 "cache wants none, exact or worst, not 'big'" "$svafuzz" replay --cache big "$good"
expect 2 "depth wants changes or all, not 'x'" "$svafuzz" replay --depth=x "$good"
expect 2 "time wants a number, not '-1'" "$svafuzz" fuzz --time -1
expect 2 "time wants a number, not '10s'" "$svafuzz" fuzz --time 10s
expect 2 'time must be at least 1' "$svafuzz" fuzz --time 0
expect 2 'jobs' "$svafuzz" fuzz --jobs 1000
expect 2 "unknown engine 'honggfuzz'" "$svafuzz" fuzz --engine honggfuzz
expect 2 "'x' is too much" "$svafuzz" fuzz x
expect 2 "unknown driver 'vfio'.*help" "$svafuzz" replay --driver vfio "$good"
expect 2 "unknown smmu 'v2'.*help" "$svafuzz" replay --smmu v2 "$good"
expect 2 "unknown driver 'vfio'" "$svafuzz" fuzz --driver vfio
expect 2 "unknown smmu 'v2'" "$svafuzz" show --smmu v2 "$good"
expect 2 "unknown fault 'no-such'.*faults" "$svafuzz" replay --fault no-such "$good"
expect 2 "unknown fault 'no-such'" "$svafuzz" faults no-such
expect 2 "unknown fault 'no-such'" "$svafuzz" fuzz --fault no-such --time 1
expect 2 'budget' "$svafuzz" faults --budget 0
expect 2 "'x' is too much" "$svafuzz" ops x

expect 2 "unknown driver 'vfio'" "$svafuzz" rules --driver vfio
expect 2 "unknown driver 'vfio'" "$svafuzz" sweep --driver vfio "$good"
expect 2 'no file' "$svafuzz" sweep
expect 2 'no-such: No such file' "$svafuzz" replay --known "$dir/no-such" "$good"

# Drivers that this build may not have.
for driver in linux-6.12 linux-6.1; do
	"$svafuzz" help | grep -q "^  $driver .*this build has no driver" || continue
	for command in "replay $good" "show $good" "sweep $good" 'fuzz --time 1'; do
		# shellcheck disable=SC2086 # words
		expect 3 "this build has no driver $driver: .*scripts/fuzz --driver $driver" \
			"$svafuzz" ${command%% *} --driver $driver ${command#* }
	done
	expect 0 '' "$svafuzz" rules --driver $driver
done

# Files that are not there or not readable as traces.
expect 2 'no file' "$svafuzz" replay
expect 2 'repeat 0' "$svafuzz" replay --repeat 0 "$good"
expect 2 'no-such.trace: .*No such file' "$svafuzz" replay "$dir/no-such.trace"
expect 2 'no-such.trace: .*No such file' "$svafuzz" show "$dir/no-such.trace"
expect 2 'no-such: No such file' "$svafuzz" rules "$dir/no-such"
expect 2 '0 files; name one' "$svafuzz" show
mkdir "$dir/empty"
expect 2 'no \*.trace or \*.bin' "$svafuzz" replay "$dir/empty"
printf 'policy io_mm\nfrobnicate d0\n' >"$dir/op.trace"
expect 2 'op.trace:2: ' "$svafuzz" asm "$dir/op.trace" -o "$dir/op.bin"
expect 2 'op.trace:2: ' "$svafuzz" show "$dir/op.trace"
"$svafuzz" replay "$dir/op.trace" >/dev/null 2>"$dir/err"
grep -Eq 'op.trace:2: ' "$dir/err" || problem "replay of an unknown op: $(cat "$dir/err")"
sed '/^[a-z-]* *d0/,$d' "$good" >"$dir/range.trace"
echo 'bind d9 p0' >>"$dir/range.trace"
expect 2 'range.trace:[0-9]+: ' "$svafuzz" show "$dir/range.trace"
head -c 2000 /dev/urandom >"$dir/garbage.trace"
expect 2 'garbage.trace' "$svafuzz" show "$dir/garbage.trace"
expect 2 'garbage.trace' "$svafuzz" replay "$dir/garbage.trace"
expect 2 ': ' "$svafuzz" show /
expect 2 ': ' "$svafuzz" show /dev/zero
# Bytes are always a trace, however short they were cut.
expect 0 '' "$svafuzz" asm "$good" -o "$dir/good.bin"
head -c 20 "$dir/good.bin" >"$dir/cut.bin"
expect 0 '' "$svafuzz" disasm "$dir/cut.bin"
expect 0 '' "$svafuzz" disasm "$dir/garbage.trace"
expect 2 'not text' "$svafuzz" asm "$dir/good.bin" -o "$dir/again.bin"

# Output that cannot be written.
expect 2 'no output' "$svafuzz" asm "$good"
expect 2 'No such file|cannot' "$svafuzz" asm "$good" -o "$dir/no-such/x.bin"
expect 2 'is a folder' "$svafuzz" asm "$good" -o "$dir/empty"
expect 2 'No space left.*make room' "$svafuzz" asm "$good" -o /dev/full
expect 2 'No space left.*make room' "$svafuzz" disasm "$dir/good.bin" -o /dev/full
[ -c /dev/full ] || problem "/dev/full was replaced"
expect 2 'standard output: No space left' sh -c "'$svafuzz' ops >/dev/full"
expect 2 'standard output: No space left' sh -c "'$svafuzz' show '$good' >/dev/full"
if [ "$(id -u)" -ne 0 ]; then
	chmod a-w "$dir/empty"
	expect 2 'Permission denied' "$svafuzz" asm "$good" -o "$dir/empty/x.bin"
	chmod u+w "$dir/empty"
fi
: >"$dir/file"
if [ -x "$(dirname "$svafuzz")/fuzz_bind" ]; then
	expect 2 'Not a directory|File exists' "$svafuzz" fuzz --time 1 --out "$dir/file/reports"
fi

# A failed write leaves neither a half file nor a temporary one.
expect 0 '' "$svafuzz" asm "$good" -o "$dir/empty/x.bin"
cp "$dir/empty/x.bin" "$dir/before.bin"
(ulimit -f 0; trap '' XFSZ; "$svafuzz" disasm "$dir/good.bin" -o "$dir/empty/x.bin") 2>"$dir/err"
[ $? -eq 2 ] || problem "a full disk is not exit 2"
cmp -s "$dir/before.bin" "$dir/empty/x.bin" || problem "a failed write changed the file"
[ "$(ls "$dir/empty")" = x.bin ] || problem "left behind: $(ls "$dir/empty")"

# Programs that are missing.
mkdir "$dir/alone"
cp "$svafuzz" "$dir/alone/svafuzz"
expect 3 'fuzz_bind is not beside' "$dir/alone/svafuzz" fuzz --time 1
expect 3 'svafuzz-faults is not beside' "$dir/alone/svafuzz" faults
expect 3 'svafuzz-faults is not beside' "$dir/alone/svafuzz" replay --fault x "$good"
cp "$(dirname "$svafuzz")/svafuzz-faults" "$dir/alone/"
expect 3 'fuzz_bind_faults is not beside' "$dir/alone/svafuzz" faults
expect 3 'afl-fuzz is missing.*apt-get install afl' env PATH=/nowhere "$svafuzz" fuzz --engine afl

# Every allocation of a trace fails once, and nothing else goes wrong.
expect 0 '' "$svafuzz" sweep "$good"
says '^sweep: 1 traces, [1-9][0-9]* failures injected, 0 findings$'
expect 0 '' "$svafuzz" sweep --allocation 1 "$good"
says '^sweep: 1 traces, 1 failures injected, 0 findings$'
if [ -x "$(dirname "$svafuzz")/svafuzz-faults" ]; then
	expect 1 '' "$svafuzz" sweep --fault iomm-alloc-failure-leaks-pasid "$PWD/corpus/seeds"
	says 'leak/bind/A-17: .*svafuzz sweep --driver iomm --fault iomm-[a-z-]+ --allocation [0-9]+ '
fi

# A trace with a known divergence passes while it diverges, is skipped on other drivers, and fails
# when it does not diverge any more.
mkdir "$dir/known"
sed '1i # known: iomm | pin | bind | pin | | | stop' "$good" |
	sed '/^bind/s/ *=>.*//; /^bind/s/$/ => pasid 77/' >"$dir/known/a.trace"
sed '1i # known: linux-0.1 | pin | bind | pin | | | stop' "$good" >"$dir/known/b.trace"
if grep -q 'pasid 77' "$dir/known/a.trace"; then
	expect 0 '' "$svafuzz" replay "$dir/known"
	says 'a.trace: known: still diverges'
	says '^1 passed, 0 failed, 1 skipped$'
	sed 1d "$dir/known/a.trace" >"$dir/same.trace"
	expect 0 '' "$svafuzz" replay --known "$dir/known" "$dir/same.trace"
	says '^0 passed, 0 failed, 1 ended at a known divergence$'
	expect 1 '' "$svafuzz" replay --known none "$dir/same.trace"
	sed 's/=> pasid 77//' "$dir/known/a.trace" >"$dir/gone.trace"
	expect 1 '' "$svafuzz" replay "$dir/gone.trace"
	says 'gone.trace: diverges no more'
else
	problem "no bind in $good to make a known divergence of"
fi
printf '# known: iomm | x\n' >"$dir/known/c.trace"
expect 2 'c.trace:1: .*# known:.* wants driver' "$svafuzz" replay --known "$dir/known" "$good"
rm "$dir/known/c.trace"

# A trace that fails its pin: exit 1, place, both sides, the command.
expect 0 '' "$svafuzz" replay "$good"
says '^1 passed, 0 failed$'
sed '/^bind/s/ *=>.*//; /^bind/s/$/ => pasid 77/' "$good" >"$dir/pin.trace"
if grep -q 'pasid 77' "$dir/pin.trace"; then
	expect 1 '' "$svafuzz" replay "$dir/pin.trace"
	says '^0 passed, 1 failed$'
	says 'pin.trace:[0-9]+: pin'
	says 'replay: .*svafuzz replay'
	expect 1 '' "$svafuzz" show "$dir/pin.trace"
fi
expect 2 "unknown smmu 'v2'" "$svafuzz" smmu fuzz --smmu v2
expect 2 'no planted fault' "$svafuzz" smmu fuzz --fault smmu-no --time 1
expect 3 'install it' env QEMU=/nonexistent "$svafuzz" smmu fuzz --smmu qemu --time 2
# What one trace does not say is judged all the same: the others are replayed.
expect 2 'op.trace:2' "$svafuzz" replay "$good" "$dir/op.trace"
says '^1 passed, 0 failed$'
# A trace for another driver is skipped.
{ echo '# driver: linux-6.12'; cat "$dir/pin.trace"; } >"$dir/known.trace"
expect 0 '' "$svafuzz" replay "$dir/known.trace"
says '^0 passed, 0 failed, 1 skipped$'

expect 0 '' "$svafuzz" rules
says '^A-'
expect 0 '' "$svafuzz" ops
says '^bind'
expect 0 '' "$svafuzz" faults --list

echo "$cases commands"
exit "$failed"
