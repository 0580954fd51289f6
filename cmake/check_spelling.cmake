# Spelling of the Markdown files, except those of GitHub, by aspell; code is left out. Run as:
# cmake -DROOT=<repository> -P cmake/check_spelling.cmake
# tests/words.txt holds the words that are right and that aspell does not know.
cmake_minimum_required(VERSION 3.22)

find_program(ASPELL aspell)
if(NOT ASPELL)
  message("SKIPPED: spelling (Debian: apt-get install aspell aspell-en)")
  return()
endif()

set(list ${ASPELL} --lang=en --encoding=utf-8 --mode=markdown --ignore=2 --ignore-case
    "--personal=${ROOT}/tests/words.txt" list)
# A misspelt word must be found, or nothing that follows means anything.
execute_process(COMMAND ${CMAKE_COMMAND} -E echo "recieve `recieve` receive" COMMAND ${list} OUTPUT_VARIABLE found)
if(NOT found STREQUAL "recieve\n")
  message(FATAL_ERROR "check_spelling: aspell found '${found}' where 'recieve' is misspelt once outside code")
endif()
file(GLOB documents "${ROOT}/*.md" "${ROOT}/docs/*.md" "${ROOT}/docs/recipes/*.md" "${ROOT}/docs/reproduce/README.md"
     "${ROOT}/examples/*.md" "${ROOT}/exercises/*.md")
file(STRINGS "${ROOT}/tests/words.txt" words)
set(problems "")
foreach(document IN LISTS documents)
  execute_process(COMMAND ${list} INPUT_FILE "${document}" OUTPUT_VARIABLE unknown ERROR_VARIABLE error RESULT_VARIABLE code)
  if(code OR error)
    message(FATAL_ERROR "check_spelling: aspell: ${error}")
  endif()
  string(REGEX MATCHALL "[^\n]+" unknown "${unknown}")
  list(REMOVE_DUPLICATES unknown)
  file(RELATIVE_PATH name "${ROOT}" "${document}")
  foreach(word IN LISTS unknown)
    string(REGEX REPLACE "'s$" "" owner "${word}")  # "MNIST's" is as right as "MNIST"
    if(NOT owner IN_LIST words)
      string(APPEND problems "  ${name}: ${word}\n")
    endif()
  endforeach()
endforeach()
if(problems)
  message(FATAL_ERROR "check_spelling: words that aspell does not know; if one is right, it goes into tests/words.txt\n${problems}")
endif()
list(LENGTH documents count)
message("check_spelling: ${count} documents")
