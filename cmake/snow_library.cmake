# snow::snow, out of snow::header_only: what stands behind snow::node and snow/cluster.hpp is compiled once for a project, by
# the project's own compiler and flags, and not in each of its files. Installed with snow.

if(NOT TARGET snow_implementation)
  add_library(snow_implementation STATIC EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/snow.cpp
                                                            ${CMAKE_CURRENT_LIST_DIR}/snow_cluster.cpp)
  target_link_libraries(snow_implementation PUBLIC snow::header_only)
  target_compile_definitions(snow_implementation PUBLIC SNOW_SEPARATE_COMPILATION)
  set_target_properties(snow_implementation PROPERTIES POSITION_INDEPENDENT_CODE ON)
endif()

if(NOT TARGET snow::snow)
  add_library(snow::snow INTERFACE IMPORTED GLOBAL)
  target_link_libraries(snow::snow INTERFACE snow_implementation)
endif()
