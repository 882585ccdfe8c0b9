# `cmake --install build --prefix DIR`: the two models as libraries, static and shared, each with
# its public headers, a pkg-config file, a CMake package, its README and the licence. They are
# compiled apart from the variants: no planted faults, no instrumentation. And the man page
# and completion of svafuzz, which itself stays in its build folder, beside what it starts.

if(SVAFUZZ_SANITIZE OR SVAFUZZ_COVERAGE)
  message(STATUS "libsmmuv3 and libsvaref are not installed from an instrumented build")
  return()
endif()

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# Before 1.0 a minor version may change the interface.
set(SVAFUZZ_SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})

# What every object of lib<NAME> sees first: the public headers, made visible. They themselves are
# for compilers without that pragma as well.
function(svafuzz_public_names name dir)
  list(FILTER ARGN INCLUDE REGEX "\\.h$")
  list(TRANSFORM ARGN REPLACE "(.+)" "#include \"${dir}/\\1\"\n")
  list(JOIN ARGN "" includes)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/install/lib${name}.h @ONLY CONTENT
"#pragma GCC visibility push(default)
@includes@#pragma GCC visibility pop
")
endfunction()

# svafuzz_library(NAME ROOM DESCRIPTION header...): lib<NAME>; programs find its headers below
# include/lib<NAME>.
function(svafuzz_library name room description)
  set(dir ${PROJECT_SOURCE_DIR}/${SVAFUZZ_DIRS_${room}})
  svafuzz_room_sources(${room} sources)
  add_library(${name}_objects OBJECT ${sources})
  target_link_libraries(${name}_objects PRIVATE svafuzz_warnings)
  # One set of objects for both libraries; what the public headers declare is seen from outside.
  svafuzz_public_names(${name} ${dir} ${ARGN})
  set_target_properties(${name}_objects PROPERTIES POSITION_INDEPENDENT_CODE ON
                        C_VISIBILITY_PRESET hidden)
  target_compile_options(${name}_objects PRIVATE -fno-semantic-interposition
                         "SHELL:-include ${CMAKE_BINARY_DIR}/install/lib${name}.h")

  add_library(${name}_static STATIC $<TARGET_OBJECTS:${name}_objects>)
  add_library(${name} SHARED $<TARGET_OBJECTS:${name}_objects>)
  target_link_options(${name} PRIVATE LINKER:-z,defs)
  set_target_properties(${name}_static PROPERTIES OUTPUT_NAME ${name} EXPORT_NAME lib${name}_static)
  set_target_properties(${name} PROPERTIES EXPORT_NAME lib${name} VERSION ${PROJECT_VERSION}
                        SOVERSION ${SVAFUZZ_SOVERSION})
  foreach(target ${name} ${name}_static)
    target_include_directories(${target} INTERFACE
                               $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/lib${name}>)
  endforeach()

  set(package ${CMAKE_INSTALL_LIBDIR}/cmake/lib${name})
  set(generated ${CMAKE_BINARY_DIR}/install)
  install(TARGETS ${name} ${name}_static EXPORT lib${name} COMPONENT lib${name})
  install(EXPORT lib${name} FILE lib${name}Config.cmake NAMESPACE lib${name}::
          DESTINATION ${package} COMPONENT lib${name})
  write_basic_package_version_file(${generated}/lib${name}ConfigVersion.cmake
                                   COMPATIBILITY SameMinorVersion)
  install(FILES ${generated}/lib${name}ConfigVersion.cmake DESTINATION ${package}
          COMPONENT lib${name})
  svafuzz_pkg_config(${name} ${description})

  foreach(header IN LISTS ARGN)
    install(FILES ${dir}/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lib${name}
            COMPONENT lib${name})
  endforeach()
  install(FILES ${dir}/README.md ${PROJECT_SOURCE_DIR}/LICENSE
          DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/lib${name} COMPONENT lib${name})
  install(DIRECTORY ${dir}/examples DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/lib${name}
          COMPONENT lib${name})
endfunction()

# The prefix is known at installation only, so the file finds it from its own place.
function(svafuzz_pkg_config name description)
  file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" up ${up})
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/install/lib${name}.pc @ONLY CONTENT
"prefix=\${pcfiledir}/@up@
libdir=\${prefix}/@CMAKE_INSTALL_LIBDIR@
includedir=\${prefix}/@CMAKE_INSTALL_INCLUDEDIR@

Name: lib@name@
Description: @description@
Version: @PROJECT_VERSION@
Cflags: -I\${includedir}/lib@name@
Libs: -L\${libdir} -l@name@
")
  install(FILES ${CMAKE_BINARY_DIR}/install/lib${name}.pc
          DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT lib${name})
endfunction()

svafuzz_library(smmuv3 smmuv3 "Emulated Arm SMMUv3"
                smmuv3.h causes.def regs.h worst.h)
svafuzz_library(svaref reference "Reference model of the SVA bind API"
                svaref.h)
# For who wants nothing else: `cmake --build build --target libraries`.
add_custom_target(libraries DEPENDS smmuv3 smmuv3_static svaref svaref_static)

install(FILES ${PROJECT_SOURCE_DIR}/docs/svafuzz.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1
        COMPONENT svafuzz)
install(FILES ${PROJECT_SOURCE_DIR}/scripts/completion/svafuzz.bash RENAME svafuzz
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT svafuzz)
install(FILES ${PROJECT_SOURCE_DIR}/scripts/completion/_svafuzz
        DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions COMPONENT svafuzz)

svafuzz_test(install.example install sh ${PROJECT_SOURCE_DIR}/scripts/tests/install.sh
             ${CMAKE_BINARY_DIR})
