# What snow stands on: found on the machine; Asio and {fmt} are downloaded where they are missing and that is allowed.

set(snow_openssl_needed 3.0)
set(snow_asio_needed 1.22)
set(snow_fmt_needed 9)

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(OpenSSL ${snow_openssl_needed} REQUIRED COMPONENTS Crypto)

if(SNOW_FETCH_DEPENDENCIES)
  set(snow_must_be_found QUIET)
else()
  set(snow_must_be_found REQUIRED)
endif()
find_package(Asio ${snow_asio_needed} MODULE ${snow_must_be_found})
find_package(fmt ${snow_must_be_found}) # its version file calls only the same major version compatible

include(FetchContent)
if(NOT Asio_FOUND)
  FetchContent_Declare(
    asio
    GIT_REPOSITORY https://github.com/chriskohlhoff/asio
    GIT_TAG asio-1-38-2
    GIT_SHALLOW ON)
  FetchContent_MakeAvailable(asio)
  set(Asio_ROOT ${asio_SOURCE_DIR}/asio ${asio_SOURCE_DIR}) # the tree's layout changed in 2026
  find_package(Asio ${snow_asio_needed} MODULE REQUIRED)
endif()
if(NOT fmt_FOUND OR (fmt_VERSION AND fmt_VERSION VERSION_LESS snow_fmt_needed))
  set(FMT_INSTALL ${SNOW_INSTALL})
  FetchContent_Declare(
    fmt
    GIT_REPOSITORY https://github.com/fmtlib/fmt
    GIT_TAG 12.2.0
    GIT_SHALLOW ON
    SYSTEM)
  FetchContent_MakeAvailable(fmt)
endif()
