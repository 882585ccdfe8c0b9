#!/bin/bash -eu
# SPDX-License-Identifier: MIT
# Builds the fuzz targets into $OUT as OSS-Fuzz and ClusterFuzzLite want them: compilers, flags and
# engine are theirs (CC, CXX, CFLAGS, CXXFLAGS, LIB_FUZZING_ENGINE), sources stand in $SRC/svafuzz.
cd "$SRC/svafuzz"

# A build type of CMake's would put -O2 behind the service's -O1. --fresh: $WORK may be that of
# another sanitizer, and CMake keeps flags.
cmake --fresh -S . -B "$WORK/svafuzz" -G Ninja -DCMAKE_BUILD_TYPE=None
cmake --build "$WORK/svafuzz" --target fuzz_bind fuzz_smmu oss_fuzz_seeds

# The witnesses of planted faults pass where nothing is planted, and come close to what breaks.
seeds_of() { # target
	case $1 in
	fuzz_bind) ls corpus/seeds/*.trace corpus/regressions/*.trace corpus/faults/*.trace ;;
	fuzz_smmu) ls corpus/smmu/*.smmu corpus/regressions/*.smmu corpus/faults/*.smmu ;;
	esac
}

for target in fuzz_bind fuzz_smmu; do
	seeds=$WORK/seeds/$target
	rm -rf "$seeds" "$OUT/${target}_seed_corpus.zip"
	mkdir -p "$seeds"
	seeds_of "$target" | xargs "$WORK/svafuzz/oss_fuzz_seeds" "$seeds"
	(cd "$seeds" && zip -q -X "$OUT/${target}_seed_corpus.zip" -- *)
	cp "$WORK/svafuzz/$target" "fuzz/$target.options" "fuzz/$target.dict" "$OUT/"
done
