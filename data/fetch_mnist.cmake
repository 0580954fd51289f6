# Fetches MNIST (LeCun, Cortes, Burges; http://yann.lecun.com/exdb/mnist/) where the norma command looks for it:
#     cmake [-DDEST=folder] -P data/fetch_mnist.cmake
# DEST is $XDG_CACHE_HOME/norma/mnist or ~/.cache/norma/mnist unless given. Files that are there and right stay; MIRRORS,
# a list of addresses, replaces the mirrors below. Fails with one message if no mirror has a right copy of some file.
cmake_minimum_required(VERSION 3.19)

if(NOT DEFINED MIRRORS)
  set(MIRRORS
      https://ossci-datasets.s3.amazonaws.com/mnist
      https://storage.googleapis.com/cvdf-datasets/mnist
      http://yann.lecun.com/exdb/mnist)
endif()

# Name, SHA-256 and most seconds to wait for a mirror; the smallest first, so that a dead network is soon known.
set(FILES
    t10k-labels-idx1-ubyte.gz  b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b 10
    train-labels-idx1-ubyte.gz 1787548bbe0bff1ec2ecdc0ef292b02df999e2d1a6002d27500982c652b17203 20
    t10k-images-idx3-ubyte.gz  1a1a05eab793c14bb050b398624a11b0ffd1a2953baed553b1b9bd079e2a20be 300
    train-images-idx3-ubyte.gz 0b367032e93c5d0cea0925647cfdb18614af8ee15f83e6f2fc2ad904a6835971 900)

if(NOT DEFINED DEST)
  if(IS_ABSOLUTE "$ENV{XDG_CACHE_HOME}")
    set(DEST "$ENV{XDG_CACHE_HOME}/norma/mnist")
  elseif(NOT "$ENV{HOME}" STREQUAL "")
    set(DEST "$ENV{HOME}/.cache/norma/mnist")
  else()
    message(FATAL_ERROR "fetch_mnist: neither XDG_CACHE_HOME nor HOME is set: say where with -DDEST=folder")
  endif()
endif()
get_filename_component(DEST "${DEST}" ABSOLUTE)
file(MAKE_DIRECTORY "${DEST}")

# Sets `ok` to whether `file` exists and has the SHA-256 `expected`.
function(check_file file expected ok)
  set(found "")
  if(EXISTS "${file}" AND NOT IS_DIRECTORY "${file}")
    file(SHA256 "${file}" found)
  endif()
  if(found STREQUAL expected)
    set(${ok} TRUE PARENT_SCOPE)
  else()
    set(${ok} FALSE PARENT_SCOPE)
  endif()
endfunction()

# Fetches ${DEST}/name from the first mirror that has it right, by way of a .part file; else says why not in `problems`.
function(fetch name expected seconds problems)
  set(part "${DEST}/${name}.part")
  set(why "")
  foreach(mirror IN LISTS MIRRORS)
    string(REGEX REPLACE "/+$" "" mirror "${mirror}")
    file(DOWNLOAD "${mirror}/${name}" "${part}" STATUS status
         TIMEOUT ${seconds} INACTIVITY_TIMEOUT 10 TLS_VERIFY ON)
    list(GET status 0 code)
    list(GET status 1 reason)
    if(code EQUAL 0)
      check_file("${part}" ${expected} right)
      if(right)
        file(RENAME "${part}" "${DEST}/${name}")
        message(STATUS "${name}: fetched from ${mirror}")
        return()
      endif()
      set(reason "its SHA-256 is wrong")
    endif()
    file(REMOVE "${part}")
    string(APPEND why "\n  ${mirror}: ${reason}")
  endforeach()
  set(${problems} "${why}" PARENT_SCOPE)
endfunction()

while(FILES)
  list(POP_FRONT FILES name expected seconds)
  check_file("${DEST}/${name}" ${expected} right)
  if(right)
    message(STATUS "${name}: already there")
    continue()
  endif()
  set(problems "")
  fetch(${name} ${expected} ${seconds} problems)
  if(problems)
    message(FATAL_ERROR "fetch_mnist: no mirror has ${name}:${problems}\n"
                        "Put the four files into a folder yourself and name it with --data-dir, or use --data digits.")
  endif()
endwhile()
message(STATUS "MNIST is in ${DEST}")
