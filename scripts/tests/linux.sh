#!/bin/sh
# Contracts of the drivers that are kernel code, in a build that has them.
# Run: sh scripts/tests/linux.sh SUBJECT BUILD [VERSION TREE]
#
#   fuzz         every fuzz_linux_* of BUILD runs from the seeds without a finding
#   determinism  the same trace gives the same observations every time, in every process and variant
#   tree         a tree of the user's: his edit shows in a replay, his mistake in the compiler's words
#   mutants      scripts/kernel-mutants plants two defects and finds them
set -eu
subject=$1
build=$(cd "$2" && pwd)
version=${3:-}
source=${4:-}
cd "$(dirname "$0")/../.."
svafuzz=$build/svafuzz
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() { # words
	echo "linux: $subject: $*" >&2
	exit 1
}

fuzz() {
	mkdir "$dir/seeds"
	number=0
	for trace in $(find corpus/seeds corpus/regressions -name '*.trace' | sort); do
		number=$((number + 1))
		"$svafuzz" asm "$trace" -o "$dir/seeds/$number.bin"
	done
	for target in "$build"/fuzz_linux_*; do
		[ -x "$target" ] || exit 77
		mkdir "$dir/new"
		"$target" -runs=3000 -seed=1 -max_len=3376 -artifact_prefix="$dir/" "$dir/new" \
			"$dir/seeds" >"$dir/log" 2>&1 || {
			grep -v '^#' "$dir/log" | tail -n 60 >&2
			fail "$target has a finding"
		}
		echo "$(basename "$target"): $(tail -n 1 "$dir/log")"
		rm -r "$dir/new"
	done
}

# replay OUTPUT PROGRAM ARGUMENT...: what failed is corpus.replay's business, here it only has to be
# the same; without the lines that name the program.
replay() {
	output=$1
	program=$2
	shift 2
	"$program" replay --digest "$@" >"$output.raw" || [ $? -eq 1 ] || fail "$program replay $*"
	sed /replay:/d "$output.raw" >"$output"
	grep -q '^digest ' "$output" || fail "no digest of replay $*"
}

determinism() {
	for driver in linux-6.12 linux-6.1; do
		"$svafuzz" help | grep -q "^  $driver .*policy" || continue
		replay "$dir/a" "$svafuzz" --driver $driver --repeat 20 corpus
		replay "$dir/b" "$svafuzz" --driver $driver --repeat 20 corpus
		cmp "$dir/a" "$dir/b"
		# Another program, with other addresses everywhere.
		replay "$dir/b" "$build/svafuzz-faults" --driver $driver --repeat 20 corpus
		cmp "$dir/a" "$dir/b"
		for trace in $(find corpus/seeds -name 'linux-*.trace' | sort | awk 'NR % 6 == 1'); do
			replay "$dir/c" "$svafuzz" --driver $driver --repeat 1000 "$trace"
			replay "$dir/d" "$svafuzz" --driver $driver --repeat 1000 "$trace"
			cmp "$dir/c" "$dir/d"
		done
		echo "$driver: $(grep '^digest ' "$dir/a")"
	done
}

compile() {
	cmake --build "$dir/build" --target svafuzz >"$dir/log" 2>&1
}

# The file of the user's that changes: a plain one with a new date, ninja compares dates.
put() { # from
	rm -f "$tree/$file"
	cp "$1" "$tree/$file"
	touch "$tree/$file"
}

# What scripts/fuzz --linux-tree does, with one program instead of the fuzz target.
tree() {
	file=drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-sva.c
	seed=corpus/seeds/linux-A-43-quiesced-after-exit.trace
	tree=$dir/tree
	mkdir "$tree"
	cp -as "$source/." "$tree/"
	# Exit forgets the TLB (the rule exit-skips-tlbi of scripts/mutants).
	FUNC=arm_smmu_mm_release VERB=delete OLD='arm_smmu_tlb_inv_asid(' NEW='' \
		awk -f scripts/mutants/apply.awk "$source/$file" >"$dir/edited.c"
	put "$dir/edited.c"
	before=$(find "$tree" ! -type d -printf '%p %s %T@ %l\n' | sort | cksum)

	suffix=$(echo "$version" | tr . _)
	found=$(scripts/linux-source --tree "$tree")
	if ! cmake --preset dev -B "$dir/build" "-DSVAFUZZ_LINUX_$suffix=$found" >"$dir/log" 2>&1 ||
		! compile; then
		tail -n 40 "$dir/log" >&2
		fail "the edited tree does not build"
	fi
	[ "$(find "$tree" ! -type d -printf '%p %s %T@ %l\n' | sort | cksum)" = "$before" ] ||
		fail 'the build writes to the tree'
	code=0
	"$dir/build/svafuzz" replay --driver "linux-$version" "$seed" >"$dir/out" || code=$?
	[ $code -eq 1 ] || fail "the edit does not show in $seed: exit $code"
	grep -q '^divergence: ' "$dir/out" || fail "no divergence: $(cat "$dir/out")"

	{ cat "$source/$file" && echo 'int broken = missing_name;'; } >"$dir/broken.c"
	put "$dir/broken.c"
	if compile; then fail 'a broken file compiles'; fi
	grep -Eq "$file:[0-9]+:[0-9]+: error: .*missing_name" "$dir/log" ||
		fail "no place and no words of the compiler's: $(tail -n 20 "$dir/log")"

	put "$source/$file"
	compile || fail "the mended file does not build: $(tail -n 20 "$dir/log")"
	"$dir/build/svafuzz" replay --driver "linux-$version" "$seed" >"$dir/out" ||
		fail "the mended kernel fails: $(cat "$dir/out")"
}

mutants() {
	scripts/kernel-mutants --driver "linux-$version" --only exit-skips-tlbi,unbind-keeps-cd --budget 20 \
		>"$dir/out" 2>"$dir/err" || fail "$(cat "$dir/out" "$dir/err")"
	cat "$dir/out"
	grep -Eq '^mutants: 2 planted, 2 found, median time [0-9]+ s$' "$dir/out" ||
		fail 'no closing line'
}

case $subject in
fuzz | determinism | tree | mutants) $subject ;;
*) fail 'no such subject' ;;
esac
