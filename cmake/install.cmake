# What `cmake --install` puts where: the libraries, their headers, what find_package(norma) and pkg-config read, and
# the command. Included by CMakeLists.txt.
include(CMakePackageConfigHelpers)

install(TARGETS norma_core norma_layers norma_network norma_optim norma_formats norma_data norma EXPORT norma-targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_BINARY_DIR}/include/norma DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(TARGET norma_command)
  install(TARGETS norma_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

# A program's own machine says where OpenBLAS, OpenMP and zlib are.
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/norma)
install(EXPORT norma-targets NAMESPACE norma:: DESTINATION ${package})
file(WRITE ${PROJECT_BINARY_DIR}/norma-config.cmake "include(CMakeFindDependencyMacro)
find_dependency(OpenMP COMPONENTS CXX)
find_dependency(ZLIB)
include(\${CMAKE_CURRENT_LIST_DIR}/find_openblas.cmake)
if(NOT TARGET norma::openblas)
  set(norma_FOUND FALSE)
  set(norma_NOT_FOUND_MESSAGE \"OpenBLAS was not found; -DOPENBLAS_ROOT=FOLDER says where it is\")
  return()
endif()
include(\${CMAKE_CURRENT_LIST_DIR}/norma-targets.cmake)
")
write_basic_package_version_file(${PROJECT_BINARY_DIR}/norma-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/norma-config.cmake ${PROJECT_BINARY_DIR}/norma-config-version.cmake
              ${PROJECT_SOURCE_DIR}/cmake/find_openblas.cmake DESTINATION ${package})

# pkg-config knows where norma.pc is, so that the prefix may move, but not if the libraries' folder is an absolute one: then
# the prefix is what it was when installing. Static libraries: a program needs what they need, in this order.
if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  set(prefix "@CMAKE_INSTALL_PREFIX@")
else()
  file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  set(prefix "\${pcfiledir}/${up}")
endif()
cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_LIBDIR BASE_DIRECTORY "\${prefix}" OUTPUT_VARIABLE libdir)
cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_INCLUDEDIR BASE_DIRECTORY "\${prefix}" OUTPUT_VARIABLE includedir)
cmake_path(GET OPENBLAS_LIBRARY PARENT_PATH folder)
cmake_path(GET OPENBLAS_LIBRARY STEM LAST_ONLY name)
string(REGEX REPLACE "^lib" "-l" openblas ${name})
find_library(usual NAMES ${name}.so PATHS ${CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES} NO_DEFAULT_PATH NO_CACHE)
if(NOT usual)  # the linker does not find it by itself
  set(openblas "-L${folder} ${openblas}")
endif()
file(WRITE ${PROJECT_BINARY_DIR}/norma.pc.in "prefix=${prefix}
libdir=${libdir}
includedir=${includedir}
Name: norma
Description: ${PROJECT_DESCRIPTION}
Version: ${PROJECT_VERSION}
Requires: zlib
Cflags: -std=c++20 -I\${includedir}
Libs: -L\${libdir} -lnorma_network -lnorma_layers -lnorma_optim -lnorma_data -lnorma_formats -lnorma_core ${openblas} ${OpenMP_CXX_FLAGS}
")
install(CODE "configure_file(\"${PROJECT_BINARY_DIR}/norma.pc.in\" \"${PROJECT_BINARY_DIR}/norma.pc\" @ONLY)")
install(FILES ${PROJECT_BINARY_DIR}/norma.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
