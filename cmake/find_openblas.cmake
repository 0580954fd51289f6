# Finds OpenBLAS: OPENBLAS_LIBRARY and OPENBLAS_INCLUDE, and of them the target norma::openblas. Of several builds the one
# for OpenMP is taken, by its name: the threads of the pthreads build fight with ours. Included by CMakeLists.txt and, once
# installed, by norma-config.cmake. Where it lies:
#   Debian     lib/ARCH/openblas-openmp/libopenblas.so, include/ARCH/openblas-openmp: a folder for each build
#   Fedora     lib64/libopenblaso.so, include/openblas: a name for each build
#   Arch       lib/libopenblas.so, include or include/openblas
#   Homebrew   its own folder, in none of the usual places
#   conda      the folder of the active environment, $CONDA_PREFIX
#   elsewhere  where pkg-config says, or -DOPENBLAS_ROOT=FOLDER: then only there
if(OPENBLAS_ROOT)
  cmake_path(IS_PREFIX OPENBLAS_ROOT "${OPENBLAS_LIBRARY}" NORMALIZE found_there)
  if(NOT found_there)  # but elsewhere, before
    unset(OPENBLAS_LIBRARY CACHE)
    unset(OPENBLAS_INCLUDE CACHE)
  endif()
  set(openblas_places PATHS ${OPENBLAS_ROOT} NO_DEFAULT_PATH)
else()
  find_program(PKG_CONFIG_EXECUTABLE NAMES pkgconf pkg-config)
  mark_as_advanced(PKG_CONFIG_EXECUTABLE)
  set(openblas_prefix "")
  if(PKG_CONFIG_EXECUTABLE)
    execute_process(COMMAND ${PKG_CONFIG_EXECUTABLE} --variable=prefix openblas OUTPUT_VARIABLE openblas_prefix
                    ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  endif()
  set(openblas_places PATHS $ENV{CONDA_PREFIX} /opt/homebrew/opt/openblas /usr/local/opt/openblas
                            /home/linuxbrew/.linuxbrew/opt/openblas ${openblas_prefix})
endif()

# The first name that is found anywhere counts. OpenBLAS's own header tells its cblas.h from those of others.
set(openblas_arch "${CMAKE_LIBRARY_ARCHITECTURE}")
find_library(OPENBLAS_LIBRARY NAMES openblas-openmp/libopenblas.so openblaso openblas ${openblas_places}
             PATH_SUFFIXES lib/${openblas_arch} lib64 lib)
string(REGEX REPLACE "/lib(64|32)?(/[^/]+)*/[^/]+$" "" openblas_prefix "${OPENBLAS_LIBRARY}")
find_path(OPENBLAS_INCLUDE openblas_config.h HINTS ${openblas_prefix}/include ${openblas_places}
          PATH_SUFFIXES ${openblas_arch}/openblas-openmp ${openblas_arch} openblas-openmp openblas include/openblas include)
mark_as_advanced(OPENBLAS_LIBRARY OPENBLAS_INCLUDE)

if(OPENBLAS_LIBRARY AND NOT CMAKE_SCRIPT_MODE_FILE AND NOT TARGET norma::openblas)
  add_library(norma::openblas INTERFACE IMPORTED)
  set_target_properties(norma::openblas PROPERTIES INTERFACE_LINK_LIBRARIES ${OPENBLAS_LIBRARY})
  if(OPENBLAS_INCLUDE)  # for core/blas.cpp, not for programs that use Norma
    set_target_properties(norma::openblas PROPERTIES INTERFACE_INCLUDE_DIRECTORIES ${OPENBLAS_INCLUDE})
  endif()
endif()
