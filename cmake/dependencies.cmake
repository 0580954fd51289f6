# Dependencies: Debian packages, found on this machine; configuring needs no network.
function(norma_need target package what)
  if(NOT TARGET ${target})
    message(FATAL_ERROR "${what} was not found. On Debian: apt-get install ${package}")
  endif()
endfunction()

find_package(OpenMP QUIET COMPONENTS CXX)
norma_need(OpenMP::OpenMP_CXX g++ "A compiler with OpenMP")
find_package(ZLIB QUIET)
norma_need(ZLIB::ZLIB zlib1g-dev "zlib")
find_path(STB_INCLUDE stb_image.h PATH_SUFFIXES stb)
if(NOT STB_INCLUDE)
  message(FATAL_ERROR "stb_image was not found. On Debian: apt-get install libstb-dev")
endif()

include(cmake/find_openblas.cmake)
if(NOT OPENBLAS_INCLUDE OR NOT OPENBLAS_LIBRARY)
  message(FATAL_ERROR "OpenBLAS was not found. On Debian: apt-get install libopenblas-openmp-dev; Fedora: dnf install "
          "openblas-devel; Arch: pacman -S openblas; conda: openblas; or -DOPENBLAS_ROOT=FOLDER, which holds lib and include")
endif()
