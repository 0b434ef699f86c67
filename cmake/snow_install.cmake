include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(snow_package_dir ${CMAKE_INSTALL_DATADIR}/cmake/snow)

install(
  TARGETS snow_header_only
  EXPORT snow_targets
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(
  EXPORT snow_targets
  NAMESPACE snow::
  DESTINATION ${snow_package_dir})

configure_package_config_file(cmake/snow-config.cmake.in snow-config.cmake INSTALL_DESTINATION ${snow_package_dir})
write_basic_package_version_file(
  snow-config-version.cmake
  COMPATIBILITY SameMinorVersion
  ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/snow-config.cmake ${PROJECT_BINARY_DIR}/snow-config-version.cmake
              cmake/FindAsio.cmake cmake/snow_functions.cmake cmake/snow_library.cmake cmake/snow.cpp
              cmake/snow_cluster.cpp
        DESTINATION ${snow_package_dir})

configure_file(cmake/snow.pc.in snow.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/snow.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
