# Finds the lines that lessons point at and writes them as a header. Run as:
# cmake -DROOT=<repository> -DOUT=<header> -P apps/explain/engine/code_lines.cmake
cmake_minimum_required(VERSION 3.22)

# Takes the first line off the text in the variable `text`: into `line`.
macro(take_line)
  string(FIND "${text}" "\n" end)
  string(SUBSTRING "${text}" 0 ${end} line)
  math(EXPR end "${end} + 1")
  string(SUBSTRING "${text}" ${end} -1 text)
endmacro()

# In whole texts, not lists of lines: code is full of ';' and '[', which have a meaning in CMake's lists.
function(find_line file more piece)
  file(READ "${ROOT}/${file}" code)
  set(number 0 PARENT_SCOPE)
  set(found "" PARENT_SCOPE)
  string(FIND "${code}" "${piece}" at)
  string(FIND "${code}" "${piece}" last REVERSE)
  if(at EQUAL -1 OR NOT at EQUAL last)
    message(WARNING "apps/explain/engine/code_lines.txt: not exactly one line of ${file} has '${piece}'")
    return()
  endif()
  string(SUBSTRING "${code}" 0 ${at} before)
  string(FIND "${before}" "\n" start REVERSE)
  math(EXPR start "${start} + 1")
  string(SUBSTRING "${before}" 0 ${start} before)
  string(REGEX REPLACE "[^\n]" "" newlines "${before}")
  string(LENGTH "${newlines}" lines)
  math(EXPR lines "${lines} + 1")
  string(SUBSTRING "${code}" ${start} -1 text)
  take_line()
  string(STRIP "${line}" line)
  if(more)
    set(first "${line}")
    take_line()
    string(STRIP "${line}" line)
    set(line "${first} ${line}")
  endif()
  set(number ${lines} PARENT_SCOPE)
  set(found "${line}" PARENT_SCOPE)
endfunction()

set(header "// Made by apps/explain/engine/code_lines.cmake of code_lines.txt and the sources.
#pragma once

#include \"apps/explain/engine/document.h\"

namespace norma::code {

")
set(names "")
file(READ "${ROOT}/apps/explain/engine/code_lines.txt" table)
while(NOT table STREQUAL "")
  set(text "${table}")
  take_line()
  set(table "${text}")
  if(line MATCHES "^([a-z_]+) *\\| *([a-z_/.]+)(\\+1)? *\\| (.*)$")
    set(name "${CMAKE_MATCH_1}")
    set(file "${CMAKE_MATCH_2}")
    set(piece "${CMAKE_MATCH_4}")
    find_line("${file}" "${CMAKE_MATCH_3}" "${piece}")
    string(APPEND header "inline constexpr CodeLine ${name}{\"${file}\", ${number}, R\"~(${piece})~\", R\"~(${found})~\"};\n")
    string(APPEND names "${name}, ")
  elseif(NOT line MATCHES "^#")
    message(FATAL_ERROR "apps/explain/engine/code_lines.txt: expected 'name | file | piece', got '${line}'")
  endif()
endwhile()
string(APPEND header "\ninline constexpr CodeLine all[] = {${names}};\n\n}  // namespace norma::code\n")
file(WRITE "${OUT}.new" "${header}")
file(COPY_FILE "${OUT}.new" "${OUT}" ONLY_IF_DIFFERENT)
file(REMOVE "${OUT}.new")
