# What ctest runs. Labels are rooms, so `ctest -L trace` runs the tests of one.

# <room>/tests/test_<subject>.c: one program, one test. Other sources there are shared by them.
function(svafuzz_unit_tests room)
  foreach(dir IN LISTS SVAFUZZ_DIRS_${room})
    file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${dir}/tests/test_*.c)
    file(GLOB shared CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${dir}/tests/*.c)
    list(FILTER shared EXCLUDE REGEX "/test_[^/]*\\.c$")
    foreach(source IN LISTS found)
      get_filename_component(subject ${source} NAME_WE)
      set(name ${room}_${subject})
      add_executable(${name} ${source} ${shared})
      target_link_libraries(${name} PRIVATE ${ARGN} PkgConfig::CMOCKA)
      set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
      add_test(NAME ${room}.${subject} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
      set_tests_properties(${room}.${subject} PROPERTIES LABELS ${room} TIMEOUT 300)
    endforeach()
  endforeach()
endfunction()
foreach(room IN LISTS SVAFUZZ_ROOMS)
  set(libs svafuzz_plain_${room})
  if(room STREQUAL smmu_mutator)
    continue() # its tests are those of the folder: of the room mutator
  endif()
  if(room STREQUAL mutator)
    list(APPEND libs svafuzz_plain_check svafuzz_plain_smmu_mutator)
  endif()
  svafuzz_unit_tests(${room} ${libs})
endforeach()

# svafuzz_test(NAME LABEL command...): runs in the source tree, as the README's commands do.
function(svafuzz_test name label)
  add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT 600 SKIP_RETURN_CODE 77)
endfunction()

set(scripts ${PROJECT_SOURCE_DIR}/scripts/tests)
svafuzz_test(corpus.replay corpus $<TARGET_FILE:svafuzz> replay corpus/seeds corpus/regressions
             corpus/faults)
svafuzz_test(corpus.smmu corpus $<TARGET_FILE:svafuzz> smmu replay corpus/smmu corpus/regressions corpus/faults
             corpus/known)
# Exit code 3: there is no QEMU here.
svafuzz_test(corpus.smmu_qemu corpus $<TARGET_FILE:svafuzz> smmu replay --smmu qemu corpus/smmu
             corpus/known)
svafuzz_test(corpus.replay_qemu corpus $<TARGET_FILE:svafuzz> replay --smmu qemu corpus/seeds
             corpus/regressions corpus/known)
set_tests_properties(corpus.smmu_qemu corpus.replay_qemu PROPERTIES SKIP_RETURN_CODE 3)
svafuzz_test(determinism.smmu determinism $<TARGET_FILE:svafuzz> smmu replay --digest --repeat 3
             corpus/smmu corpus/faults)
svafuzz_test(corpus.faults corpus $<TARGET_FILE:svafuzz-faults> faults --witness-only)
svafuzz_test(corpus.canonical corpus sh ${scripts}/canonical.sh $<TARGET_FILE:svafuzz>)
svafuzz_test(determinism.repeat determinism sh ${scripts}/repeat.sh $<TARGET_FILE:svafuzz>)
svafuzz_test(cli.bad_input cli sh ${PROJECT_SOURCE_DIR}/harness/cli/tests/test_cli.sh
             $<TARGET_FILE:svafuzz>)
svafuzz_test(cli.report cli sh ${PROJECT_SOURCE_DIR}/harness/cli/tests/test_report.sh
             $<TARGET_FILE:svafuzz>)
svafuzz_test(cli.determinism determinism sh
             ${PROJECT_SOURCE_DIR}/harness/cli/tests/test_determinism.sh $<TARGET_FILE:svafuzz>)
svafuzz_test(cli.minimize cli sh ${PROJECT_SOURCE_DIR}/harness/cli/tests/test_minimize.sh
             $<TARGET_FILE:svafuzz>)
svafuzz_test(corpus.minimized corpus sh ${scripts}/minimized.sh $<TARGET_FILE:svafuzz>)
svafuzz_test(corpus.rules corpus $<TARGET_FILE:svafuzz> rules --complete B-)
svafuzz_test(tree.pages tree sh ${scripts}/pages.sh $<TARGET_FILE:svafuzz>)
svafuzz_test(tree.docs tree sh ${scripts}/docs.sh ${CMAKE_BINARY_DIR})
svafuzz_test(tree.arrows tree sh ${scripts}/arrows.sh)
svafuzz_test(tree.format tree sh ${scripts}/format.sh)
svafuzz_test(tree.linux_source tree sh ${scripts}/linux_source.sh)
# The page of a report on stdin, for a browser to open.
add_executable(page_demo ${PROJECT_SOURCE_DIR}/reports/page/tests/demo/page_demo.c)
target_link_libraries(page_demo PRIVATE svafuzz_plain_reports)
set_target_properties(page_demo PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
svafuzz_test(reports.page reports sh ${scripts}/page.sh ${CMAKE_BINARY_DIR})
if(CMAKE_C_COMPILER_ID MATCHES Clang)
  svafuzz_test(cli.campaign cli sh ${PROJECT_SOURCE_DIR}/harness/cli/tests/test_campaign.sh
               $<TARGET_FILE:svafuzz>)
  svafuzz_test(cli.kill cli sh ${PROJECT_SOURCE_DIR}/harness/cli/tests/test_kill.sh
               $<TARGET_FILE:svafuzz>)
  svafuzz_test(cli.story cli sh ${PROJECT_SOURCE_DIR}/harness/cli/tests/test_story.sh
               $<TARGET_FILE:svafuzz>)
  svafuzz_test(cli.gate cli sh ${PROJECT_SOURCE_DIR}/harness/cli/tests/test_gate.sh
               $<TARGET_FILE:svafuzz>)
  svafuzz_test(fuzz.smoke fuzz sh ${scripts}/smoke.sh ${CMAKE_BINARY_DIR})
  svafuzz_test(fuzz.shrink fuzz sh ${scripts}/shrink.sh ${CMAKE_BINARY_DIR})
endif()
# The other compiler's build is made once, where people develop.
if(NOT SVAFUZZ_SANITIZE AND NOT SVAFUZZ_COVERAGE)
  svafuzz_test(determinism.compilers determinism sh ${scripts}/compilers.sh
               $<TARGET_FILE:svafuzz> ${CMAKE_C_COMPILER_ID})
endif()
# What fuzzing services build; exit code 3: something of that is not on this machine.
if(CMAKE_C_COMPILER_ID MATCHES Clang AND NOT SVAFUZZ_SANITIZE AND NOT SVAFUZZ_COVERAGE)
  svafuzz_test(oss.address oss ${PROJECT_SOURCE_DIR}/scripts/oss-fuzz-check address)
  set_tests_properties(oss.address PROPERTIES SKIP_RETURN_CODE 3)
endif()

include(scripts/cmake/export.cmake)

# The drivers that are kernel code, where this build has them.
foreach(version IN LISTS SVAFUZZ_LINUX_VERSIONS)
  string(REPLACE . _ suffix ${version})
  svafuzz_test(corpus.replay_linux_${suffix} linux $<TARGET_FILE:svafuzz> replay
               --driver linux-${version} corpus)
  svafuzz_test(corpus.sweep_linux_${suffix} linux $<TARGET_FILE:svafuzz> sweep
               --driver linux-${version} corpus/seeds)
endforeach()
if(SVAFUZZ_LINUX_VERSIONS)
  foreach(subject determinism fuzz)
    svafuzz_test(${subject}.linux linux sh ${scripts}/linux.sh ${subject} ${CMAKE_BINARY_DIR})
  endforeach()
endif()
# These build a kernel of their own: once, where people develop.
if("6.12" IN_LIST SVAFUZZ_LINUX_VERSIONS AND NOT SVAFUZZ_SANITIZE AND NOT SVAFUZZ_COVERAGE)
  svafuzz_test(linux.tree linux sh ${scripts}/linux.sh tree ${CMAKE_BINARY_DIR} 6.12
               ${SVAFUZZ_LINUX_6_12})
  svafuzz_test(linux.mutants linux sh ${scripts}/linux.sh mutants ${CMAKE_BINARY_DIR} 6.12)
endif()
