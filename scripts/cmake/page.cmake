# The campaign page: the files of reports/page, put into the program byte by byte.

set(SVAFUZZ_PAGE ${PROJECT_SOURCE_DIR}/reports/page)

# svafuzz_page_part(OUT NAME file...): the files, one after the other, as C text of page_<NAME>.
function(svafuzz_page_part out name)
  set(bytes "")
  foreach(file IN LISTS ARGN)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${SVAFUZZ_PAGE}/${file})
    file(READ ${SVAFUZZ_PAGE}/${file} hex HEX)
    string(APPEND bytes ${hex})
  endforeach()
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(APPEND ${out}
         "static const unsigned char ${name}[] = {${bytes}};\n"
         "const struct page_part page_${name} = {\"${name}\", ${name}, sizeof(${name})};\n")
  set(${out} "${${out}}" PARENT_SCOPE)
endfunction()

set(parts "#include \"parts.h\"\n")
svafuzz_page_part(parts template template.html)
svafuzz_page_part(parts style style.css)
svafuzz_page_part(parts script base.js charts.js campaign.js matrix.js drawing.js timeline.js findings.js)
# Written when something changed, only then.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/page/parts.c CONTENT "${parts}" @ONLY)
add_library(svafuzz_page_parts STATIC ${CMAKE_BINARY_DIR}/page/parts.c)
target_include_directories(svafuzz_page_parts PRIVATE ${SVAFUZZ_PAGE})
target_link_libraries(svafuzz_page_parts PRIVATE svafuzz_warnings)
set_target_properties(svafuzz_page_parts PROPERTIES EXCLUDE_FROM_ALL ON)
