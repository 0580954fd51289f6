# A clone on a system that turns line ends (core.autocrlf) has the bytes of this folder. Run as:
# cmake -DROOT=<repository> -DWORK=<folder to use> -P cmake/check_checkout.cmake
cmake_minimum_required(VERSION 3.22)

find_program(GIT git)
if(NOT GIT)
  message("SKIPPED: line ends of a clone with core.autocrlf (Debian: apt-get install git)")
  return()
endif()

unset(ENV{GIT_DIR})  # as a hook has it
function(git)
  execute_process(COMMAND ${GIT} -c user.name=test -c user.email=test@example.org ${ARGN} COMMAND_ERROR_IS_FATAL ANY
                  OUTPUT_QUIET ERROR_QUIET)
endfunction()

# A repository of its own with one file of each kind: this folder need not be one, and may have changes.
set(files .gitattributes CMakeLists.txt README.md tests/run.sh core/tensor.h)
file(GLOB_RECURSE more RELATIVE "${ROOT}" "${ROOT}/tests/golden/*" "${ROOT}/tests/fuzz/corpus/*")
list(APPEND files ${more})
file(REMOVE_RECURSE "${WORK}")
foreach(file IN LISTS files)
  get_filename_component(folder "${WORK}/from/${file}" DIRECTORY)
  file(COPY "${ROOT}/${file}" DESTINATION "${folder}")
endforeach()
file(WRITE "${WORK}/from/tests/fuzz/corpus/image/lines" "not\r\ntext: it keeps\nits line ends\r\n")
list(APPEND files tests/fuzz/corpus/image/lines)
git(init -q "${WORK}/from")
git(-C "${WORK}/from" -c core.autocrlf=true add -A -f)
git(-C "${WORK}/from" commit -qm all)
git(clone -q -c core.autocrlf=true "${WORK}/from" "${WORK}/to")
foreach(file IN LISTS files)
  file(SHA256 "${WORK}/from/${file}" before)
  file(SHA256 "${WORK}/to/${file}" after)
  if(NOT before STREQUAL after)
    message(FATAL_ERROR "check_checkout: ${file}: a clone with core.autocrlf has other bytes; .gitattributes should say which "
                        "it is, text or not")
  endif()
endforeach()
list(LENGTH files count)
message(STATUS "check_checkout: ${count} files are the same in a clone with core.autocrlf")
