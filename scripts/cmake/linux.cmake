# Drivers linux-6.12 and linux-6.1: files of a kernel source tree, compiled for userspace with the
# mini-architecture and the shim of harness/drivers/linux, one relocatable object ("image") a version
# that defines nothing but linux_image_<version>, so that both live in one program.

set(SVAFUZZ_LINUX_6_12 "" CACHE PATH "Linux 6.12.y source tree of driver linux-6.12 (scripts/linux-source)")
set(SVAFUZZ_LINUX_6_1 "" CACHE PATH "Linux 6.1.y source tree of driver linux-6.1 (scripts/linux-source)")

set(SVAFUZZ_LINUX_ROOM ${PROJECT_SOURCE_DIR}/harness/drivers/linux)
set(SVAFUZZ_LINUX_LINK ${PROJECT_SOURCE_DIR}/scripts/cmake/linux-image.sh)
set(SVAFUZZ_LINUX_SCRIPT ${SVAFUZZ_LINUX_ROOM}/image.lds)

# Hardware looks at memory after each of their stores.
set(SVAFUZZ_LINUX_TRACED
    drivers/iommu/io-pgtable-arm.c
    drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c
    drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-sva.c)

# As the kernel's own build, but for position independence (the programs are PIE).
set(SVAFUZZ_LINUX_FLAGS
    -nostdinc -ffreestanding -fno-strict-aliasing -fno-common -fPIE -fshort-wchar
    -fno-delete-null-pointer-checks -fno-strict-overflow -ffunction-sections -fdata-sections)
set(SVAFUZZ_LINUX_KERNEL_WARNINGS
    -Wno-everything -Werror=implicit-function-declaration -Werror=return-type)
# Arguments that nobody asks for are the rule in a shim.
set(SVAFUZZ_LINUX_SHIM_WARNINGS
    -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -Wno-unused-parameter
    -Wno-sign-compare)
# Globals without red zones: an image's data is saved and restored as one block.
set(SVAFUZZ_LINUX_ASAN
    -fsanitize=address -fsanitize-address-use-after-return=never -fno-omit-frame-pointer
    "SHELL:-mllvm -asan-globals=0")
# trace-stores alone is ignored: it wants counters of some kind beside it.
set(SVAFUZZ_LINUX_TRACE -fsanitize-coverage=func,inline-8bit-counters,trace-stores)
set(SVAFUZZ_LINUX_TRACE_GUIDED -fsanitize-coverage=trace-stores)

# svafuzz_linux_version(TREE PREFIX): PREFIX_VERSION, _PATCHLEVEL and _SUBLEVEL from TREE's Makefile.
function(svafuzz_linux_version tree prefix)
  set(makefile ${tree}/Makefile)
  if(NOT EXISTS ${makefile})
    message(FATAL_ERROR "${tree} is no kernel source: it has no Makefile; see scripts/linux-source")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${makefile})
  foreach(part VERSION PATCHLEVEL SUBLEVEL)
    file(STRINGS ${makefile} line REGEX "^${part} *= *[0-9]+ *$" LIMIT_COUNT 1)
    if(NOT line)
      message(FATAL_ERROR "${makefile} is no kernel's: it has no ${part}; see scripts/linux-source")
    endif()
    string(REGEX REPLACE "[^0-9]" "" value "${line}")
    set(${prefix}_${part} ${value} PARENT_SCOPE)
  endforeach()
endfunction()

# What the kernel's build generates: version headers, and asm/ headers that the mini-architecture
# leaves to asm-generic. Only written when their content changes.
function(svafuzz_linux_headers tree out major minor patch)
  # KERNEL_VERSION() caps the sublevel.
  set(level ${patch})
  if(level GREATER 255)
    set(level 255)
  endif()
  math(EXPR code "${major} * 65536 + ${minor} * 256 + ${level}")
  file(CONFIGURE OUTPUT ${out}/generated/utsrelease.h @ONLY
       CONTENT "#define UTS_RELEASE \"${major}.${minor}.${patch}\"\n")
  file(CONFIGURE OUTPUT ${out}/uapi/linux/version.h @ONLY CONTENT
"#define LINUX_VERSION_CODE ${code}
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))
#define LINUX_VERSION_MAJOR ${major}
#define LINUX_VERSION_PATCHLEVEL ${minor}
#define LINUX_VERSION_SUBLEVEL ${patch}
")
  set(arch ${SVAFUZZ_LINUX_ROOM}/arch)
  file(GLOB headers RELATIVE ${tree}/include/asm-generic ${tree}/include/asm-generic/*.h)
  foreach(header IN LISTS headers)
    if(NOT EXISTS ${arch}/asm/${header})
      file(CONFIGURE OUTPUT ${out}/asm/${header} CONTENT "#include <asm-generic/${header}>\n" @ONLY)
    endif()
  endforeach()
  file(GLOB uapi RELATIVE ${tree}/include/uapi/asm-generic ${tree}/include/uapi/asm-generic/*.h)
  foreach(header IN LISTS uapi)
    if(NOT header IN_LIST headers AND NOT EXISTS ${arch}/asm/${header} AND
       NOT EXISTS ${arch}/uapi/asm/${header})
      file(CONFIGURE OUTPUT ${out}/uapi/asm/${header}
           CONTENT "#include <asm-generic/${header}>\n" @ONLY)
    endif()
  endforeach()
endfunction()

# Names by which a file's messages and parameters go in the kernel.
function(svafuzz_linux_file_names file source)
  get_filename_component(name ${file} NAME_WE)
  string(REPLACE - _ name ${name})
  set(definitions KBUILD_MODFILE="${name}" KBUILD_BASENAME="${name}" KBUILD_MODNAME="${name}"
      __KBUILD_MODNAME=kmod_${name})
  if(name STREQUAL arm_smmu_v3)
    # module_platform_driver() then makes init_module() and cleanup_module(), which the shim calls.
    list(APPEND definitions MODULE)
  endif()
  set_source_files_properties(${source} PROPERTIES COMPILE_DEFINITIONS "${definitions}")
endfunction()

# Targets that compile for one version share these.
function(svafuzz_linux_flags target number tree generated)
  # -isystem for our own files: what kernel headers do is not theirs to mend.
  if(target MATCHES "_shim$")
    set(how -isystem)
    target_compile_options(${target} PRIVATE ${SVAFUZZ_LINUX_SHIM_WARNINGS} "SHELL:-isystem \"${tree}\"")
  else()
    set(how -I)
    target_compile_options(${target} PRIVATE ${SVAFUZZ_LINUX_KERNEL_WARNINGS})
  endif()
  target_compile_options(${target} PRIVATE
    ${SVAFUZZ_LINUX_FLAGS} -U__linux__ -fmacro-prefix-map=${tree}/=
    -I${SVAFUZZ_LINUX_ROOM}/arch -I${generated} -I${SVAFUZZ_LINUX_ROOM}/config
    -I${SVAFUZZ_LINUX_ROOM}/arch/uapi -I${generated}/uapi
    "SHELL:${how} \"${tree}/include\"" "SHELL:${how} \"${tree}/include/uapi\""
    "SHELL:-include \"${tree}/include/linux/compiler-version.h\""
    "SHELL:-include \"${tree}/include/linux/kconfig.h\""
    "SHELL:-include \"${tree}/include/linux/compiler_types.h\"")
  target_compile_definitions(${target} PRIVATE __KERNEL__ __DISABLE_EXPORTS
                             LINUX_SHIM_VERSION=${number})
  set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON)
endfunction()

# The image of one version in one variant: added to the variant's drivers.
function(svafuzz_linux_version_image variant version number tree)
  string(REPLACE . _ suffix ${version})
  set(generated ${CMAKE_BINARY_DIR}/linux-${version})
  set(prefix svafuzz_${variant}_linux_${suffix})

  # What the variant asks for. No UBSan: kernel code is not written for it.
  get_target_property(compile svafuzz_${variant} INTERFACE_COMPILE_OPTIONS)
  get_target_property(guide svafuzz_${variant}_drivers COMPILE_OPTIONS)
  get_target_property(define svafuzz_${variant} INTERFACE_COMPILE_DEFINITIONS)
  set(asan "")
  if(compile MATCHES "-fsanitize=[a-z,]*address")
    set(asan ${SVAFUZZ_LINUX_ASAN})
  endif()
  if(guide)
    set(trace ${guide} ${SVAFUZZ_LINUX_TRACE_GUIDED})
  else()
    set(guide "")
    set(trace ${SVAFUZZ_LINUX_TRACE})
  endif()

  file(STRINGS ${SVAFUZZ_LINUX_ROOM}/sources-${version}.txt files)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
               ${SVAFUZZ_LINUX_ROOM}/sources-${version}.txt)
  foreach(file IN LISTS files)
    if(NOT EXISTS ${tree}/${file})
      message(FATAL_ERROR "${tree} has no ${file}; see scripts/linux-source")
    endif()
    svafuzz_linux_file_names(${file} ${tree}/${file})
    if(file IN_LIST SVAFUZZ_LINUX_TRACED)
      list(APPEND traced ${tree}/${file})
    elseif(file MATCHES "^drivers/")
      list(APPEND guided ${tree}/${file})
    else()
      list(APPEND other ${tree}/${file})
    endif()
  endforeach()
  file(GLOB shim CONFIGURE_DEPENDS ${SVAFUZZ_LINUX_ROOM}/kernel/*.c)

  add_library(${prefix}_traced OBJECT ${traced})
  target_compile_options(${prefix}_traced PRIVATE ${asan} ${trace})
  add_library(${prefix}_guided OBJECT ${guided})
  target_compile_options(${prefix}_guided PRIVATE ${asan} ${guide})
  add_library(${prefix}_other OBJECT ${other})
  target_compile_options(${prefix}_other PRIVATE ${asan})
  add_library(${prefix}_shim OBJECT ${shim})
  target_compile_options(${prefix}_shim PRIVATE ${asan})
  target_compile_definitions(${prefix}_shim PRIVATE "$<$<BOOL:${define}>:${define}>")
  if(NOT guide)
    # Nobody else takes the counters that come with store tracing.
    target_compile_definitions(${prefix}_shim PRIVATE LINUX_SHIM_OWN_COUNTERS)
  endif()

  set(image ${generated}/${variant}/linux_image_${suffix}.o)
  set(objects "")
  foreach(part traced guided other shim)
    svafuzz_linux_flags(${prefix}_${part} ${number} ${tree} ${generated})
    list(APPEND objects $<TARGET_OBJECTS:${prefix}_${part}>)
  endforeach()
  set(list ${generated}/${variant}/objects.txt)
  file(GENERATE OUTPUT ${list} CONTENT "$<JOIN:${objects},\n>\n")
  add_custom_command(
    OUTPUT ${image}
    COMMAND sh ${SVAFUZZ_LINUX_LINK} linux_image_${suffix} ${SVAFUZZ_LINUX_SCRIPT} ${list} ${image}
    DEPENDS ${objects} ${list} ${SVAFUZZ_LINUX_LINK} ${SVAFUZZ_LINUX_SCRIPT}
    COMMENT "Linking kernel image ${variant}/linux_image_${suffix}.o"
    VERBATIM)
  target_sources(svafuzz_${variant}_drivers PRIVATE ${image})
  set_source_files_properties(${image} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  target_compile_definitions(svafuzz_${variant}_drivers PUBLIC SVAFUZZ_HAVE_LINUX_${suffix})
endfunction()

# svafuzz_linux_image(VARIANT): the images of the trees that are there, if any.
function(svafuzz_linux_image variant)
  foreach(version IN LISTS SVAFUZZ_LINUX_VERSIONS)
    string(REPLACE . _ suffix ${version})
    svafuzz_linux_version_image(${variant} ${version} ${SVAFUZZ_LINUX_NUMBER_${suffix}}
                                ${SVAFUZZ_LINUX_TREE_${suffix}})
  endforeach()
endfunction()

# Versions that are built, and their headers.
set(SVAFUZZ_LINUX_VERSIONS "")
set(SVAFUZZ_LINUX_NUMBER_6_12 612)
set(SVAFUZZ_LINUX_NUMBER_6_1 601)
foreach(version 6.12 6.1)
  string(REPLACE . _ suffix ${version})
  set(tree "${SVAFUZZ_LINUX_${suffix}}")
  if(tree STREQUAL "")
    message(STATUS "driver linux-${version} is not built: SVAFUZZ_LINUX_${suffix} names no source tree")
  elseif(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
    message(STATUS "driver linux-${version} is not built: it needs clang")
  elseif(SVAFUZZ_AFL OR LIB_FUZZING_ENGINE)
    message(STATUS "driver linux-${version} is not built: not with this fuzzing engine")
  else()
    get_filename_component(tree ${tree} ABSOLUTE BASE_DIR ${PROJECT_SOURCE_DIR})
    svafuzz_linux_version(${tree} linux)
    if(NOT "${linux_VERSION}.${linux_PATCHLEVEL}" STREQUAL version)
      message(FATAL_ERROR "${tree} is Linux ${linux_VERSION}.${linux_PATCHLEVEL}, not ${version}; "
                          "see scripts/linux-source")
    endif()
    message(STATUS "driver linux-${version}: Linux "
                   "${linux_VERSION}.${linux_PATCHLEVEL}.${linux_SUBLEVEL} in ${tree}")
    svafuzz_linux_headers(${tree} ${CMAKE_BINARY_DIR}/linux-${version} ${linux_VERSION}
                          ${linux_PATCHLEVEL} ${linux_SUBLEVEL})
    set(SVAFUZZ_LINUX_TREE_${suffix} ${tree})
    list(APPEND SVAFUZZ_LINUX_VERSIONS ${version})
  endif()
endforeach()
