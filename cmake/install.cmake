# `cmake --install build/release`: the command, the library in both forms, its headers, and what lets other projects find
# it (CMake package `ferrule`, pkg-config `ferrule`).
include(CMakePackageConfigHelpers)

install(TARGETS ferrule_static ferrule_shared EXPORT ferrule-targets)
install(DIRECTORY include/ferrule DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT ferrule-targets NAMESPACE ferrule:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ferrule)
if(TARGET ferrule)
  install(TARGETS ferrule)
endif()

configure_package_config_file(cmake/ferrule-config.cmake.in ferrule-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ferrule)
write_basic_package_version_file(ferrule-config-version.cmake COMPATIBILITY SameMinorVersion)
configure_file(cmake/ferrule.pc.in ferrule.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ferrule-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/ferrule-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ferrule)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/ferrule.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES docs/man/ferrule.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
