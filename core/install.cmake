# What `cmake --install` puts where: the libraries, their headers, what find_package(norma) and pkg-config read, and
# the command. Included by CMakeLists.txt.
include(CMakePackageConfigHelpers)

install(TARGETS norma_core norma_layers norma_optim norma_data norma norma_openblas EXPORT norma-targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(folder core layers optim data)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/norma FILES_MATCHING PATTERN "*.h")
endforeach()
if(TARGET norma_command)
  install(TARGETS norma_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/norma)
install(EXPORT norma-targets NAMESPACE norma:: DESTINATION ${package})
file(WRITE ${PROJECT_BINARY_DIR}/norma-config.cmake "include(CMakeFindDependencyMacro)
find_dependency(OpenMP COMPONENTS CXX)
find_dependency(ZLIB)
include(\${CMAKE_CURRENT_LIST_DIR}/norma-targets.cmake)
")
write_basic_package_version_file(${PROJECT_BINARY_DIR}/norma-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/norma-config.cmake ${PROJECT_BINARY_DIR}/norma-config-version.cmake DESTINATION ${package})

# Static libraries: a program needs what they need, in this order.
file(WRITE ${PROJECT_BINARY_DIR}/norma.pc "prefix=\${pcfiledir}/../..
libdir=\${prefix}/lib
Name: norma
Description: ${PROJECT_DESCRIPTION}
Version: ${PROJECT_VERSION}
Requires: zlib
Cflags: -std=c++20 -I\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}/norma
Libs: -L\${prefix}/${CMAKE_INSTALL_LIBDIR} -lnorma_data -lnorma_optim -lnorma_layers -lnorma_core ${OPENBLAS_LIBRARY} ${OpenMP_CXX_FLAGS}
")
install(FILES ${PROJECT_BINARY_DIR}/norma.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
