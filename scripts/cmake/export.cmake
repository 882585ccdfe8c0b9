# Traces as tests in C (`svafuzz export`): written, compiled and run for every regression, and for a
# witness, which must fail where its fault is planted and pass where it is not.

set(SVAFUZZ_EXPORTS ${CMAKE_BINARY_DIR}/export)
file(MAKE_DIRECTORY ${SVAFUZZ_EXPORTS})

# svafuzz_export(NAME TRACE option...): NAME.c in that folder, from a trace of the source tree.
function(svafuzz_export name trace)
  set(programs svafuzz)
  if("--fault" IN_LIST ARGN)
    list(APPEND programs svafuzz-faults)
  endif()
  add_custom_command(
    OUTPUT ${SVAFUZZ_EXPORTS}/${name}.c
    COMMAND ${CMAKE_COMMAND} -E env LLVM_PROFILE_FILE=${SVAFUZZ_EXPORTS}/${name}.profraw
            $<TARGET_FILE:svafuzz> export --format c ${ARGN} ${trace} -o ${SVAFUZZ_EXPORTS}/${name}.c
    DEPENDS ${programs} ${PROJECT_SOURCE_DIR}/${trace}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    COMMENT "Exporting ${trace}"
    VERBATIM)
endfunction()

# svafuzz_export_program(TARGET VARIANT NAME)
function(svafuzz_export_program target variant name)
  add_executable(${target} ${SVAFUZZ_EXPORTS}/${name}.c)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE svafuzz_${variant}_check PkgConfig::CMOCKA)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${SVAFUZZ_EXPORTS})
endfunction()

# The driver that a trace is for: iomm, or the first of "# driver:" that is built; "" when there is none.
function(svafuzz_trace_driver trace out)
  file(STRINGS ${PROJECT_SOURCE_DIR}/${trace} line REGEX "^# driver:" LIMIT_COUNT 1)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${trace})
  string(REGEX MATCHALL "iomm|linux-[0-9.]+" names "${line}")
  if(NOT line)
    set(names iomm)
  endif()
  set(${out} "" PARENT_SCOPE)
  foreach(name IN LISTS names)
    string(REPLACE linux- "" version ${name})
    if(name STREQUAL "iomm" OR version IN_LIST SVAFUZZ_LINUX_VERSIONS)
      set(${out} ${name} PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

file(GLOB SVAFUZZ_EXPORTED CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
     ${PROJECT_SOURCE_DIR}/corpus/regressions/*.trace)
foreach(trace IN LISTS SVAFUZZ_EXPORTED)
  get_filename_component(name ${trace} NAME_WLE)
  svafuzz_trace_driver(${trace} driver)
  if(NOT driver)
    message(STATUS "${trace} is not exported: this build has not its driver")
    continue()
  endif()
  svafuzz_export(${name} ${trace} --driver ${driver})
  svafuzz_export_program(export_${name} plain ${name})
  svafuzz_test(export.${name} export export_${name})
endforeach()

set(fault iomm-atc-before-tlbi)
svafuzz_export(${fault} corpus/faults/${fault}.trace --fault ${fault})
svafuzz_export_program(export_sound plain ${fault})
svafuzz_export_program(export_faulty faults ${fault})
svafuzz_test(cli.export export sh ${PROJECT_SOURCE_DIR}/harness/cli/tests/test_export.sh
             $<TARGET_FILE:svafuzz> $<TARGET_FILE:export_sound> $<TARGET_FILE:export_faulty>)
