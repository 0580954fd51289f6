# The target `docs`, if Doxygen is there: the reference of the headers, as a page in build/…/reference/html. A warning
# is an error, in a test too. Included by CMakeLists.txt.
find_program(DOXYGEN doxygen)
mark_as_advanced(DOXYGEN)
if(DOXYGEN AND PROJECT_IS_TOP_LEVEL)
  configure_file(${PROJECT_SOURCE_DIR}/docs/Doxyfile.in ${PROJECT_BINARY_DIR}/Doxyfile @ONLY)
  add_custom_target(docs COMMAND ${CMAKE_COMMAND} -E rm -rf ${PROJECT_BINARY_DIR}/reference
                    COMMAND ${DOXYGEN} ${PROJECT_BINARY_DIR}/Doxyfile
                    COMMAND ${CMAKE_COMMAND} -E echo ${PROJECT_BINARY_DIR}/reference/html/index.html VERBATIM)
  if(NORMA_TESTS)
    add_test(NAME reference COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target docs)
  endif()
endif()
