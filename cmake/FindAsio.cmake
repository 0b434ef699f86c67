# Finds standalone Asio, which ships no package of its own for CMake. Defines Asio::Asio, Asio_FOUND, Asio_VERSION;
# takes Asio_INCLUDE_DIR. Installed with snow, whose package needs it.

find_path(Asio_INCLUDE_DIR asio.hpp)
mark_as_advanced(Asio_INCLUDE_DIR)

if(Asio_INCLUDE_DIR AND EXISTS ${Asio_INCLUDE_DIR}/asio/version.hpp)
  # 1.22.1 says: #define ASIO_VERSION 102201 // 1.22.1
  file(STRINGS ${Asio_INCLUDE_DIR}/asio/version.hpp asio_version_line REGEX "#define ASIO_VERSION [0-9]+")
  if(asio_version_line MATCHES "ASIO_VERSION ([0-9]+)")
    set(asio_version ${CMAKE_MATCH_1})
    math(EXPR asio_major "${asio_version} / 100000")
    math(EXPR asio_minor "${asio_version} / 100 % 1000")
    math(EXPR asio_patch "${asio_version} % 100")
    set(Asio_VERSION ${asio_major}.${asio_minor}.${asio_patch})
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  Asio
  REQUIRED_VARS Asio_INCLUDE_DIR
  VERSION_VAR Asio_VERSION)

if(Asio_FOUND AND NOT TARGET Asio::Asio)
  find_package(Threads REQUIRED)
  add_library(Asio::Asio INTERFACE IMPORTED)
  target_include_directories(Asio::Asio INTERFACE ${Asio_INCLUDE_DIR})
  target_compile_definitions(Asio::Asio INTERFACE ASIO_STANDALONE)
  target_link_libraries(Asio::Asio INTERFACE Threads::Threads)
endif()
