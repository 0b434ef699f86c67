# What users of snow call from their own CMakeLists.txt. Installed with snow.

# snow_add_plugin(<target> <source>...): a library that a program loads with dlopen and may unload again with dlclose.
# The program that loads it needs the property ENABLE_EXPORTS, so that both share one registry.
function(snow_add_plugin target)
  add_library(${target} MODULE ${ARGN})
  # All that it runs of snow is compiled with it: what snow::snow compiles once is not made to be unmapped.
  target_link_libraries(${target} PRIVATE snow::header_only)
  target_compile_definitions(${target} PRIVATE SNOW_PLUGIN)
  set_target_properties(${target} PROPERTIES PREFIX "" CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  # STB_GNU_UNIQUE symbols would pin the library in memory: dlclose would do nothing.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
endfunction()

# snow_register_library(<target> <static library>...): links the libraries whole. An object that nothing refers to, as
# one that only registers functions, would be dropped by the linker otherwise.
function(snow_register_library target)
  foreach(library IN LISTS ARGN)
    target_link_libraries(${target} PRIVATE $<LINK_LIBRARY:WHOLE_ARCHIVE,${library}>)
  endforeach()
endfunction()
