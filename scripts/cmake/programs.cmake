# svafuzz, svafuzz-faults and svafuzz-bench.

svafuzz_variant(plain COMPILE ${SVAFUZZ_PLAIN_FLAGS} LINK ${SVAFUZZ_PLAIN_FLAGS})
svafuzz_variant(faults DEFINE SVAFUZZ_FAULTS COMPILE ${SVAFUZZ_PLAIN_FLAGS}
                LINK ${SVAFUZZ_PLAIN_FLAGS})

file(GLOB SVAFUZZ_CLI_SOURCES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/harness/cli/*.c)
list(FILTER SVAFUZZ_CLI_SOURCES EXCLUDE REGEX "/bench(_smmu)?\\.c$")

function(svafuzz_program name variant)
  add_executable(${name} ${SVAFUZZ_CLI_SOURCES})
  target_compile_definitions(${name} PRIVATE SVAFUZZ_VERSION="${PROJECT_VERSION}")
  target_link_libraries(${name} PRIVATE svafuzz_${variant}_check svafuzz_${variant}_device
                        svafuzz_${variant}_reports
                        PkgConfig::XXHASH)
endfunction()
svafuzz_program(svafuzz plain)
svafuzz_program(svafuzz-faults faults)

# svafuzz_bench_program(NAME VARIANT): throughput and long random runs (scripts/bench).
function(svafuzz_bench_program name variant)
  add_executable(${name} ${PROJECT_SOURCE_DIR}/harness/cli/bench.c)
  target_link_libraries(${name} PRIVATE svafuzz_${variant}_check svafuzz_${variant}_mutator)
endfunction()
svafuzz_bench_program(svafuzz-bench plain)

# What one transaction costs in the model alone.
add_executable(svafuzz-bench-smmu ${PROJECT_SOURCE_DIR}/harness/cli/bench_smmu.c)
target_link_libraries(svafuzz-bench-smmu PRIVATE svafuzz_plain_smmuv3)
