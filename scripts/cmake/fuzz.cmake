# Fuzz targets. Who passes LIB_FUZZING_ENGINE (OSS-Fuzz) chooses every -fsanitize flag himself.

set(SVAFUZZ_TARGET_SOURCE ${PROJECT_SOURCE_DIR}/fuzz/fuzz_bind.c)
set(SVAFUZZ_EMPTY_SOURCE ${PROJECT_SOURCE_DIR}/fuzz/fuzz_empty.c)

# svafuzz_fuzz_target(NAME VARIANT engine-flag...)
function(svafuzz_fuzz_target name variant)
  add_executable(${name} ${SVAFUZZ_TARGET_SOURCE})
  target_link_libraries(${name} PRIVATE svafuzz_${variant}_check svafuzz_${variant}_mutator)
  target_link_options(${name} PRIVATE ${ARGN})
endfunction()

# The same for the SMMU alone, or beside QEMU.
function(svafuzz_smmu_target name variant)
  add_executable(${name} ${PROJECT_SOURCE_DIR}/fuzz/fuzz_smmu.c)
  target_link_libraries(${name} PRIVATE svafuzz_${variant}_device svafuzz_${variant}_smmu_mutator)
  target_link_options(${name} PRIVATE ${ARGN})
endfunction()

# fuzz_linux_6_12 and fuzz_linux_6_1: the same target, with a driver of the name.
function(svafuzz_linux_targets variant ending)
  foreach(version IN LISTS SVAFUZZ_LINUX_VERSIONS)
    string(REPLACE . _ suffix ${version})
    svafuzz_fuzz_target(fuzz_linux_${suffix}${ending} ${variant} ${ARGN})
    target_compile_definitions(fuzz_linux_${suffix}${ending}
                               PRIVATE SVAFUZZ_DEFAULT_DRIVER="linux-${version}")
  endforeach()
endfunction()

function(svafuzz_empty_target name variant)
  add_executable(${name} ${SVAFUZZ_EMPTY_SOURCE})
  # Without any counter libFuzzer takes no input for interesting and stops.
  target_compile_options(${name} PRIVATE ${SVAFUZZ_COUNTERS})
  target_link_libraries(${name} PRIVATE svafuzz_${variant})
  target_link_options(${name} PRIVATE ${ARGN})
endfunction()

if(LIB_FUZZING_ENGINE)
  enable_language(CXX)
  # The service's compiler changes without notice: a new warning is no reason to stop fuzzing.
  target_compile_options(svafuzz_warnings INTERFACE -Wno-error)
  svafuzz_variant(fuzz)
  svafuzz_fuzz_target(fuzz_bind fuzz)
  svafuzz_smmu_target(fuzz_smmu fuzz)
  foreach(target fuzz_bind fuzz_smmu)
    target_link_libraries(${target} PRIVATE ${LIB_FUZZING_ENGINE})
    set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
  endforeach()
  # The seeds' bytes are made where the targets are built, by a program without instrumentation.
  set(plain -fno-sanitize=all -fno-profile-instr-generate -fno-coverage-mapping)
  svafuzz_variant(oss COMPILE ${plain} LINK ${plain})
  add_executable(oss_fuzz_seeds EXCLUDE_FROM_ALL ${PROJECT_SOURCE_DIR}/oss-fuzz/seeds.c)
  target_link_libraries(oss_fuzz_seeds PRIVATE svafuzz_oss_trace svafuzz_oss_device)
  return()
endif()

if(SVAFUZZ_AFL)
  svafuzz_variant(fuzz)
  svafuzz_fuzz_target(fuzz_bind fuzz -fsanitize=fuzzer)
  return()
endif()

# afl-fuzz loads the mutator: position independent, never instrumented.
foreach(room base trace mutator)
  svafuzz_room_sources(${room} sources)
  list(APPEND SVAFUZZ_AFL_SOURCES ${sources})
endforeach()
add_library(svafuzz_afl MODULE ${PROJECT_SOURCE_DIR}/fuzz/afl_mutator.c ${SVAFUZZ_AFL_SOURCES})
target_link_libraries(svafuzz_afl PRIVATE svafuzz_warnings)
set_target_properties(svafuzz_afl PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
  message(STATUS "fuzz targets need clang: not built by ${CMAKE_C_COMPILER_ID}")
  return()
endif()
set(CMAKE_REQUIRED_FLAGS -fsanitize=fuzzer)
check_c_source_compiles("
#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { (void)data; (void)size; return 0; }
" SVAFUZZ_HAVE_LIBFUZZER)
unset(CMAKE_REQUIRED_FLAGS)
if(NOT SVAFUZZ_HAVE_LIBFUZZER)
  # Asked again next time: the runtime may have been installed.
  unset(SVAFUZZ_HAVE_LIBFUZZER CACHE)
  message(WARNING "libFuzzer's runtime is missing, fuzz targets are not built: apt-get install libclang-rt-dev")
  return()
endif()

# Counters only: the mutator knows the format, so tracing each comparison would halve the speed for
# nothing.
set(SVAFUZZ_COUNTERS -fsanitize=fuzzer-no-link -fno-sanitize-coverage=trace-cmp,indirect-calls
    -fsanitize-coverage-ignorelist=${PROJECT_SOURCE_DIR}/scripts/cmake/unguided.txt)
# As fuzzing services do, one sanitizer a target: UBSan together with ASan runs in the asan preset
# and in svafuzz-bench-sanitize.
set(SVAFUZZ_ASAN -fsanitize=address -fsanitize-address-use-after-return=never
    -fno-omit-frame-pointer)
set(SVAFUZZ_NO_ASAN -fno-sanitize=address)
svafuzz_variant(fuzz COMPILE ${SVAFUZZ_ASAN} GUIDE ${SVAFUZZ_COUNTERS}
                JUDGE ${SVAFUZZ_NO_ASAN} LINK ${SVAFUZZ_ASAN})
svafuzz_variant(fuzz_faults DEFINE SVAFUZZ_FAULTS GUIDE ${SVAFUZZ_COUNTERS})
svafuzz_variant(fuzz_release GUIDE ${SVAFUZZ_COUNTERS})
svafuzz_fuzz_target(fuzz_bind fuzz -fsanitize=fuzzer)
svafuzz_fuzz_target(fuzz_bind_faults fuzz_faults -fsanitize=fuzzer)
svafuzz_fuzz_target(fuzz_bind_release fuzz_release -fsanitize=fuzzer)
# The model is what is under test: both sanitizers, in every room. Beside QEMU, and with a planted
# fault, a comparison judges, at the speed of the release.
set(SVAFUZZ_UBSAN -fsanitize=undefined -fno-sanitize-recover=all)
svafuzz_variant(fuzz_ubsan COMPILE ${SVAFUZZ_ASAN} ${SVAFUZZ_UBSAN} GUIDE ${SVAFUZZ_COUNTERS}
                LINK ${SVAFUZZ_ASAN} ${SVAFUZZ_UBSAN})
svafuzz_smmu_target(fuzz_smmu fuzz_ubsan -fsanitize=fuzzer)
svafuzz_smmu_target(fuzz_smmu_faults fuzz_faults -fsanitize=fuzzer)
svafuzz_smmu_target(fuzz_smmu_release fuzz_release -fsanitize=fuzzer)
svafuzz_linux_targets(fuzz "" -fsanitize=fuzzer)
svafuzz_linux_targets(fuzz_release _release -fsanitize=fuzzer)
svafuzz_empty_target(fuzz_empty fuzz -fsanitize=fuzzer)
svafuzz_empty_target(fuzz_empty_release fuzz_release -fsanitize=fuzzer)

# The bench under ASan, and under ASan and UBSan for long random runs; both without the engine.
svafuzz_variant(asan COMPILE ${SVAFUZZ_ASAN} JUDGE ${SVAFUZZ_NO_ASAN} LINK ${SVAFUZZ_ASAN})
svafuzz_bench_program(svafuzz-bench-asan asan)
svafuzz_variant(ubsan COMPILE ${SVAFUZZ_ASAN} ${SVAFUZZ_UBSAN} LINK ${SVAFUZZ_ASAN} ${SVAFUZZ_UBSAN})
svafuzz_bench_program(svafuzz-bench-sanitize ubsan)
set_target_properties(svafuzz-bench-asan svafuzz-bench-sanitize PROPERTIES EXCLUDE_FROM_ALL ON)
