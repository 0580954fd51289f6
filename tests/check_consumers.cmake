# Norma as a library: installs it and builds a program on it by find_package and pkg-config, and on the sources by
# add_subdirectory and FetchContent; runs each. Run as:
# cmake -DROOT=<repository> -DBUILD=<its build folder> -DWORK=<a folder to work in> -P tests/check_consumers.cmake
cmake_minimum_required(VERSION 3.22)
file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${ARGN}: ${code}\n${out}")
  endif()
  string(STRIP "${out}" out)
  set(out "${out}" PARENT_SCOPE)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
foreach(way find_package add_subdirectory FetchContent)
  run(${CMAKE_COMMAND} -S ${ROOT}/tests/consumer -B ${WORK}/${way} -G Ninja -DWAY=${way} -DNORMA=${ROOT}
      -DCMAKE_PREFIX_PATH=${WORK}/prefix -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 -DCMAKE_CXX_FLAGS=-Wfatal-errors)
  run(${CMAKE_COMMAND} --build ${WORK}/${way} --target consumer)
  run(${WORK}/${way}/consumer)
  message(STATUS "${way}: ${out}")
endforeach()

find_program(PKG_CONFIG pkg-config)
if(NOT PKG_CONFIG)
  message(STATUS "pkg-config: SKIPPED, there is no pkg-config on this machine (Debian: apt-get install pkgconf)")
  return()
endif()
file(GLOB_RECURSE pc ${WORK}/prefix/norma.pc)
get_filename_component(pc ${pc} DIRECTORY)
set(ENV{PKG_CONFIG_PATH} ${pc})
run(${PKG_CONFIG} --cflags --libs norma)
separate_arguments(flags UNIX_COMMAND "${out}")
run(c++ ${ROOT}/tests/consumer/main.cpp -o ${WORK}/by-pkg-config ${flags})
run(${WORK}/by-pkg-config)
message(STATUS "pkg-config: ${out}")
