# Fetches a data set where the norma command looks for it:
#     cmake -DSET=mnist [-DDEST=folder] -P data/fetch.cmake      # or fashion-mnist, kmnist, cifar10
# DEST is $XDG_CACHE_HOME/norma/SET or ~/.cache/norma/SET unless given. Files that are there and right stay; MIRRORS,
# a list of addresses, replaces the mirrors below. Fails with one message if no mirror has a right copy of some file.
cmake_minimum_required(VERSION 3.19)

# Of each file its name, SHA-256 and most seconds to wait for a mirror; the smallest first, so that a dead network is
# soon known.
if(SET STREQUAL "mnist")  # LeCun, Cortes, Burges; http://yann.lecun.com/exdb/mnist/
  set(mirrors https://ossci-datasets.s3.amazonaws.com/mnist https://storage.googleapis.com/cvdf-datasets/mnist
      http://yann.lecun.com/exdb/mnist)
  set(FILES
      t10k-labels-idx1-ubyte.gz  b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b 10
      train-labels-idx1-ubyte.gz 1787548bbe0bff1ec2ecdc0ef292b02df999e2d1a6002d27500982c652b17203 20
      t10k-images-idx3-ubyte.gz  1a1a05eab793c14bb050b398624a11b0ffd1a2953baed553b1b9bd079e2a20be 300
      train-images-idx3-ubyte.gz 0b367032e93c5d0cea0925647cfdb18614af8ee15f83e6f2fc2ad904a6835971 900)
elseif(SET STREQUAL "fashion-mnist")  # Xiao, Rasul, Vollgraf 2017; the sums are those of torchvision's prototypes
  set(mirrors http://fashion-mnist.s3-website.eu-central-1.amazonaws.com
      https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion)
  set(FILES
      t10k-labels-idx1-ubyte.gz  67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5 10
      train-labels-idx1-ubyte.gz a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845 20
      t10k-images-idx3-ubyte.gz  346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073 300
      train-images-idx3-ubyte.gz 3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84 900)
elseif(SET STREQUAL "kmnist")  # Clanuwat et al. 2018; the sums are those of torchvision's prototypes
  set(mirrors https://codh.rois.ac.jp/kmnist/dataset/kmnist http://codh.rois.ac.jp/kmnist/dataset/kmnist)
  set(FILES
      t10k-labels-idx1-ubyte.gz  20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c 10
      train-labels-idx1-ubyte.gz e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17 20
      t10k-images-idx3-ubyte.gz  edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5 300
      train-images-idx3-ubyte.gz 51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4 900)
elseif(SET STREQUAL "cifar10")  # Krizhevsky 2009; torchvision for Ruby and GoMLX check this sum of the archive
  set(mirrors https://www.cs.toronto.edu/~kriz)
  set(FILES cifar-10-binary.tar.gz c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd 1800)
else()
  message(FATAL_ERROR "fetch: expected -DSET=mnist, fashion-mnist, kmnist or cifar10, got '${SET}'")
endif()
if(NOT DEFINED MIRRORS)
  set(MIRRORS ${mirrors})
endif()

if(NOT DEFINED DEST)
  if(IS_ABSOLUTE "$ENV{XDG_CACHE_HOME}")
    set(DEST "$ENV{XDG_CACHE_HOME}/norma/${SET}")
  elseif(NOT "$ENV{HOME}" STREQUAL "")
    set(DEST "$ENV{HOME}/.cache/norma/${SET}")
  else()
    message(FATAL_ERROR "fetch: neither XDG_CACHE_HOME nor HOME is set: say where with -DDEST=folder")
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
    message(FATAL_ERROR "fetch: no mirror has ${name}:${problems}\n"
                        "Put the files into ${DEST} yourself, or use --data digits or --data shapes, which need none.")
  endif()
endwhile()
if(SET STREQUAL "cifar10")  # the six files out of the archive's folder
  file(ARCHIVE_EXTRACT INPUT "${DEST}/cifar-10-binary.tar.gz" DESTINATION "${DEST}")
  file(GLOB files "${DEST}/cifar-10-batches-bin/*")
  foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME)
    file(RENAME "${file}" "${DEST}/${name}")
  endforeach()
  file(REMOVE_RECURSE "${DEST}/cifar-10-batches-bin")
endif()
message(STATUS "${SET} is in ${DEST}")
