#!/bin/sh
# Contract: the same trace gives the same observations every time: in 1000 runs in one process,
# in another process, and whatever ran before it. Run: sh scripts/tests/repeat.sh build/svafuzz
set -eu
cd "$(dirname "$0")/../.."
svafuzz=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Divergences are corpus.replay's business; here they only have to be the same ones.
replay() { # output, then arguments
	output=$1
	shift
	"$svafuzz" replay --digest "$@" >"$output" || [ $? -eq 1 ]
}

# A trace alone: 1000 runs are 1000 times the first one.
for trace in $(find corpus/seeds -name '*.trace' | sort | awk 'NR % 10 == 1'); do
	replay "$dir/a" --repeat 1000 "$trace"
	replay "$dir/b" --repeat 1000 "$trace"
	cmp "$dir/a" "$dir/b"
done
# All of them, one after the other.
replay "$dir/a" --repeat 20 corpus
replay "$dir/b" --repeat 20 corpus
cmp "$dir/a" "$dir/b"
tail -n 2 "$dir/a"
