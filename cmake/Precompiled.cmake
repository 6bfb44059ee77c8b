# Reading LibTorch's headers costs 5 to 12 s a source; loading them precompiled costs 2. One precompiled header serves
# every target with LibTorch, another one all tests with LibTorch. g++ uses one only for objects with the same -fPIC or -fPIE, -fopenmp, -m…
# and with optimisation on or off alike; -Winvalid-pch under -Werror stops a build that would read the headers again.
option(ELBOW_PRECOMPILE "Precompile LibTorch's headers once for all sources" ON)

# What LibTorch asks of everyone who includes it: ATen's loops are templates with OpenMP in them, which must be the same
# in every object.
add_library(elbow_torch INTERFACE)
target_link_libraries(elbow_torch INTERFACE torch::torch_cpu elbow_openmp nlohmann_json::nlohmann_json)
# Operators one by one, where ATen would include all 2,000 functions.
target_compile_definitions(elbow_torch INTERFACE AT_PER_OPERATOR_HEADERS)
# The same for our own targets.
add_library(elbow_torch_build INTERFACE)
target_link_libraries(elbow_torch_build INTERFACE elbow_options elbow_torch)
function(elbow_precompiled_headers name header)
  add_library(${name} OBJECT ${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp)
  target_link_libraries(${name} PRIVATE elbow_torch_build ${ARGN})
  target_precompile_headers(${name} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/${header})
endfunction()
if(ELBOW_PRECOMPILE)
  elbow_precompiled_headers(elbow_precompiled precompiled.h)
  if(CCACHE)
    # The preprocessor's output, by which ccache knows a source, then names the precompiled header and does not repeat it.
    target_compile_options(elbow_torch_build INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
  endif()
endif()

# elbow_with_torch(target [PRECOMPILED target]): compiles and links with LibTorch, with its headers precompiled.
function(elbow_with_torch target)
  cmake_parse_arguments(arg "" "PRECOMPILED" "" ${ARGN})
  if(NOT arg_PRECOMPILED)
    set(arg_PRECOMPILED elbow_precompiled)
  endif()
  get_target_property(type ${target} TYPE)
  # Everything is compiled with -fPIC: CMake would give the objects of programs -fPIE.
  if(type STREQUAL "EXECUTABLE")
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
    target_link_libraries(${target} PRIVATE elbow_torch_build)
  else()
    target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:elbow_torch_build> PUBLIC elbow_torch)
  endif()
  if(ELBOW_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${arg_PRECOMPILED})
  endif()
endfunction()
