# What clang-tidy 14 finds in the sources, by .clang-tidy: other versions find other things. Run as:
# cmake -DROOT=<repository> -DWORK=<folder to configure in> -P cmake/check_tidy.cmake
# It looks at core, layers, optim and data; with NORMA_TIDY=all in the environment at apps too, which takes longer.
cmake_minimum_required(VERSION 3.22)

find_program(CLANG_TIDY NAMES clang-tidy-14 clang-tidy)
find_program(RUN_CLANG_TIDY NAMES run-clang-tidy-14 run-clang-tidy)
set(version "")
if(CLANG_TIDY)
  execute_process(COMMAND ${CLANG_TIDY} --version OUTPUT_VARIABLE version)
endif()
if(NOT RUN_CLANG_TIDY OR NOT version MATCHES "version 14\\.")
  message("SKIPPED: what clang-tidy finds (it takes clang-tidy 14; Debian 12: apt-get install clang-tidy)")
  return()
endif()

set(folders core layers optim data)
if("$ENV{NORMA_TIDY}" STREQUAL "all")
  list(APPEND folders apps)
endif()
# Without precompiled headers, which are g++'s, and each source once, in float; several in one file, which takes a
# quarter of the time. That file includes sources, which no other may (check_includes.cmake).
execute_process(COMMAND ${CMAKE_COMMAND} -S ${ROOT} -B ${WORK} -G Ninja -DCMAKE_BUILD_TYPE=Release
                -DCMAKE_EXPORT_COMPILE_COMMANDS=ON -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DCMAKE_UNITY_BUILD=ON
                OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK} --target norma_code_lines OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(READ ${WORK}/compile_commands.json commands)
string(REGEX REPLACE "{[^{}]*-DNORMA_DOUBLE[^{}]*},?" "" commands "${commands}")
string(REGEX REPLACE ",[ \n]*\\]" "\n]" commands "${commands}")
file(WRITE ${WORK}/tidy/compile_commands.json "${commands}")

list(JOIN folders "|" folders)
cmake_host_system_information(RESULT processors QUERY NUMBER_OF_LOGICAL_CORES)
execute_process(COMMAND ${RUN_CLANG_TIDY} -quiet -clang-tidy-binary ${CLANG_TIDY} -p ${WORK}/tidy -j ${processors}
                -extra-arg=-Wno-unknown-warning-option -checks=-bugprone-suspicious-include "${WORK}/(${folders})/"
                RESULT_VARIABLE code OUTPUT_VARIABLE found ERROR_QUIET)
if(code)
  string(ASCII 27 escape)
  string(REGEX REPLACE "${escape}\\[[0-9;]*m" "" found "${found}")  # colours
  string(REGEX MATCHALL "[^\n]*: (error|warning): [^\n]*" found "${found}")
  list(REMOVE_DUPLICATES found)
  string(REPLACE ";" "\n" found "${found}")
  message(FATAL_ERROR "check_tidy: clang-tidy finds\n${found}")
endif()
message(STATUS "check_tidy: ${folders}: nothing found")
