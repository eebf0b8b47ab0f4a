# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Installs the compiler's part: plugin, headers, clang config file, CMake package, pkg-config file. Component: compiler.
#
# Everything goes below the prefix. clang looks for a plugin without a slash, as in -fpass-plugin=MPKGate.so, in its own
# library folder, and for a config file beside its program; so an installation for the whole system (prefix /usr or
# /usr/local, whatever DESTDIR) leaves a link and a config file there as well.
include(CMakePackageConfigHelpers)

set(MPKGATE_PLUGIN_DIR ${CMAKE_INSTALL_LIBDIR}/mpkgate CACHE STRING "Where MPKGate.so is installed")
set(MPKGATE_CONFIG_DIR ${CMAKE_INSTALL_DATADIR}/mpkgate CACHE STRING "Where mpkgate.cfg, for clang --config=, is installed")
option(MPKGATE_LINK_INTO_LLVM "Let clang find MPKGate.so and mpkgate.cfg by bare name, in installations for the system" ON)
set(generated ${PROJECT_BINARY_DIR}/cmake)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/MPKGate)

set(MPKGATE_CONFIG_PLUGIN MPKGate.so)
configure_file(cmake/mpkgate.cfg.in ${generated}/system/mpkgate.cfg @ONLY)
if(IS_ABSOLUTE "${MPKGATE_PLUGIN_DIR}" OR IS_ABSOLUTE "${MPKGATE_CONFIG_DIR}")
  GNUInstallDirs_get_absolute_install_dir(MPKGATE_FULL_PLUGIN_DIR MPKGATE_PLUGIN_DIR LIBDIR)
  set(MPKGATE_CONFIG_PLUGIN ${MPKGATE_FULL_PLUGIN_DIR}/MPKGate.so)
else()
  file(RELATIVE_PATH MPKGATE_CONFIG_PLUGIN /${MPKGATE_CONFIG_DIR} /${MPKGATE_PLUGIN_DIR}/MPKGate.so)
  string(PREPEND MPKGATE_CONFIG_PLUGIN "<CFGDIR>/")
endif()
configure_file(cmake/mpkgate.cfg.in ${generated}/mpkgate.cfg @ONLY)
file(RELATIVE_PATH MPKGATE_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" MPKGATE_PC_PREFIX "${MPKGATE_PC_PREFIX}")
set(MPKGATE_PC_PLUGIN_DIR ${MPKGATE_PLUGIN_DIR})
if(NOT IS_ABSOLUTE "${MPKGATE_PLUGIN_DIR}")
  string(PREPEND MPKGATE_PC_PLUGIN_DIR "\${prefix}/")
endif()
configure_file(cmake/mpkgate.pc.in ${generated}/mpkgate.pc @ONLY)
configure_package_config_file(cmake/MPKGateConfig.cmake.in ${generated}/MPKGateConfig.cmake
  INSTALL_DESTINATION ${package_dir}
  PATH_VARS MPKGATE_PLUGIN_DIR CMAKE_INSTALL_BINDIR CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(${generated}/MPKGateConfigVersion.cmake COMPATIBILITY SameMinorVersion)

install(TARGETS MPKGate LIBRARY DESTINATION ${MPKGATE_PLUGIN_DIR} COMPONENT compiler)
install(FILES llvm-pass/include/mpkgate.h llvm-pass/include/mpkgate-abi.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT compiler)
install(FILES ${generated}/mpkgate.cfg DESTINATION ${MPKGATE_CONFIG_DIR} COMPONENT compiler)
install(FILES ${generated}/mpkgate.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT compiler)
install(FILES ${generated}/MPKGateConfig.cmake ${generated}/MPKGateConfigVersion.cmake cmake/MPKGateProtect.cmake
  DESTINATION ${package_dir} COMPONENT compiler)
if(MPKGATE_LINK_INTO_LLVM)
  configure_file(cmake/MPKGateLinkIntoLLVM.cmake.in ${generated}/MPKGateLinkIntoLLVM.cmake @ONLY)
  install(SCRIPT ${generated}/MPKGateLinkIntoLLVM.cmake COMPONENT compiler)
endif()
