# A variant is the same rooms compiled with other flags. Each room of a variant is a static library
# svafuzz_<variant>_<room>; the flags are the interface library svafuzz_<variant>.

add_library(svafuzz_warnings INTERFACE)
target_compile_options(svafuzz_warnings INTERFACE -Wall -Wextra -Werror -Wmissing-prototypes
                       -Wstrict-prototypes)

# Where new coverage means new behaviour: the law and the implementation. Counters in the rooms that
# decode, carry and compare would only cost the engine time.
set(SVAFUZZ_GUIDING_ROOMS reference smmuv3 drivers owners)

# The referee. Where a variant looks for memory errors of what is under test, at the speed of a fuzzer,
# these rooms go without: theirs are found by the asan preset and svafuzz-bench-sanitize.
set(SVAFUZZ_JUDGING_ROOMS reference smmuv3 trace smmus check mutator)

# svafuzz_variant(NAME [DEFINE ...] [COMPILE flag...] [GUIDE flag...] [JUDGE flag...] [LINK flag...])
# GUIDE: flags of the guiding rooms alone. JUDGE: of the judging rooms, after COMPILE.
function(svafuzz_variant name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEFINE;COMPILE;GUIDE;JUDGE;LINK")
  add_library(svafuzz_${name} INTERFACE)
  target_link_libraries(svafuzz_${name} INTERFACE svafuzz_warnings)
  target_compile_definitions(svafuzz_${name} INTERFACE ${arg_DEFINE})
  target_compile_options(svafuzz_${name} INTERFACE ${arg_COMPILE})
  target_link_options(svafuzz_${name} INTERFACE ${arg_LINK})
  add_library(svafuzz_${name}_judge INTERFACE)
  target_compile_options(svafuzz_${name}_judge INTERFACE ${arg_JUDGE})
  foreach(room IN LISTS SVAFUZZ_ROOMS)
    svafuzz_room_sources(${room} sources)
    set(target svafuzz_${name}_${room})
    add_library(${target} STATIC ${sources})
    target_link_libraries(${target} PUBLIC svafuzz_${name})
    if(room IN_LIST SVAFUZZ_JUDGING_ROOMS)
      target_link_libraries(${target} PRIVATE svafuzz_${name}_judge)
    endif()
    if(room IN_LIST SVAFUZZ_GUIDING_ROOMS)
      target_compile_options(${target} PRIVATE ${arg_GUIDE})
    endif()
    foreach(used IN LISTS SVAFUZZ_USES_${room})
      target_link_libraries(${target} PUBLIC svafuzz_${name}_${used})
    endforeach()
    # Only what something links is built.
    set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON)
  endforeach()
  target_link_libraries(svafuzz_${name}_reports PUBLIC svafuzz_page_parts PkgConfig::CJSON m)
  svafuzz_linux_image(${name})
endfunction()

set(SVAFUZZ_PLAIN_FLAGS "")
if(SVAFUZZ_SANITIZE)
  list(APPEND SVAFUZZ_PLAIN_FLAGS "-fsanitize=${SVAFUZZ_SANITIZE}" -fno-sanitize-recover=all
       -fno-omit-frame-pointer)
endif()
if(SVAFUZZ_COVERAGE)
  if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "coverage needs clang: apt-get install clang llvm")
  endif()
  list(APPEND SVAFUZZ_PLAIN_FLAGS -fprofile-instr-generate -fcoverage-mapping)
endif()
