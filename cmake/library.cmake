# How Norma's libraries are made. Included by CMakeLists.txt.

# What every target of ours is compiled with; nothing of it reaches a program that links Norma.
add_library(norma_flags INTERFACE)
target_include_directories(norma_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(norma_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion
                       $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> -fno-math-errno -fno-trapping-math)
if(NORMA_NATIVE)
  target_compile_options(norma_flags INTERFACE -march=native)
endif()
if(NORMA_WERROR)
  target_compile_options(norma_flags INTERFACE -Werror)
endif()
if(NORMA_SANITIZE)
  # Under a sanitizer GCC 12 takes std::regex's own variables for uninitialized (GCC bug 105562).
  target_compile_options(norma_flags INTERFACE -fsanitize=${NORMA_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
                         $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(norma_flags INTERFACE -fsanitize=${NORMA_SANITIZE})
endif()

# The headers as a program that uses Norma includes them: <norma/core/ops.h>. These copies include each other so too,
# and the program may have its own core/ops.h.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} core/*.h layers/*.h optim/*.h data/*.h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${headers})
foreach(header IN LISTS headers)
  file(READ ${header} text)
  string(REGEX REPLACE "#include \"((core|layers|optim|data)/[^\"]+)\"" "#include <norma/\\1>" text "${text}")
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/include/norma/${header} CONTENT "${text}")
endforeach()

# norma_precompile(TARGET OWNER [HEADER…]): the standard headers are read once, not 300 times, which takes a third off the
# time to build; by OWNER, which is TARGET itself or is compiled alike. GCC only, which lets those who share differ in
# definitions; but it loses the pragmas by which its string silences false warnings (GCC bug 64117), so `dev`, where warnings
# count, does without.
function(norma_precompile target owner)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU" OR NORMA_WERROR)
    return()
  elseif(NOT owner STREQUAL target)
    target_precompile_headers(${target} REUSE_FROM ${owner})
  else()
    target_precompile_headers(${target} PRIVATE <algorithm> <array> <cmath> <filesystem> <fstream> <functional> <iostream> <map>
                              <memory> <optional> <set> <span> <sstream> <string> <vector> ${ARGN})
  endif()
  target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
endfunction()

# One target a folder, in two builds of the same sources: norma_core computes in float, norma_core_f64 in double. Of
# the latter only what somebody links is built.
function(norma_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES;LINKS;OPTIONS")
  if(NOT arg_SOURCES)
    file(GLOB arg_SOURCES CONFIGURE_DEPENDS *.cpp)
  endif()
  foreach(build "" _f64)
    set(target norma_${name}${build})
    add_library(${target} STATIC ${arg_SOURCES})
    target_include_directories(${target} INTERFACE $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
                                                   $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    # For shared libraries that link it; its functions are inlined in each other as in a program.
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_compile_features(${target} PUBLIC cxx_std_20)
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:norma_flags> ${arg_LINKS})
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-semantic-interposition> ${arg_OPTIONS})
    if(arg_OPTIONS)  # GCC 16 requires one level of optimization
      norma_precompile(${target} norma_run)
    else()
      norma_precompile(${target} norma_core)
    endif()
    foreach(use IN LISTS arg_USES)
      target_link_libraries(${target} PUBLIC norma_${use}${build})
    endforeach()
    if(build)
      target_compile_definitions(${target} PUBLIC NORMA_DOUBLE)
      set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON)  # for tests alone
    endif()
    if(build OR NOT name MATCHES "^(core|layers|optim)$")  # not what a reader of the engine changes and builds again
      set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
    endif()
  endforeach()
endfunction()
