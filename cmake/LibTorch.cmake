# Finds LibTorch 2.11.0 (the torch folder of the wheel) or explains. Only its CPU half is linked:
# the CUDA half is opened by the plug-in at run time.
set(ELBOW_TORCH_VERSION 2.11.0)

# The version that the headers of a torch folder state; empty when there are none.
function(elbow_torch_version folder result)
  set(version "")
  set(header "${folder}/include/torch/headeronly/version.h")
  if(EXISTS "${header}")
    file(STRINGS "${header}" version REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
    string(REGEX REPLACE "[^0-9;]" "" version "${version}")
    string(REPLACE ";" "." version "${version}")
  endif()
  set(${result} "${version}" PARENT_SCOPE)
endfunction()

if(NOT ELBOW_TORCH_DIR)
  # find_spec does not import torch, which would need every library of its CUDA half.
  execute_process(
    COMMAND python3 -c "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
    OUTPUT_VARIABLE installed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  foreach(candidate IN ITEMS "$ENV{ELBOW_LIBTORCH}" "${PROJECT_SOURCE_DIR}/.deps/libtorch/torch" "${installed}")
    elbow_torch_version("${candidate}" version)
    if(version STREQUAL ELBOW_TORCH_VERSION AND EXISTS "${candidate}/lib/libtorch_cpu.so")
      set(ELBOW_TORCH_DIR "${candidate}" CACHE PATH "torch folder of the wheel: holds include/ and lib/" FORCE)
      break()
    endif()
  endforeach()
endif()
if(NOT EXISTS "${ELBOW_TORCH_DIR}/lib/libtorch_cpu.so")
  message(FATAL_ERROR "LibTorch ${ELBOW_TORCH_VERSION} not found in '${ELBOW_TORCH_DIR}': run scripts/setup, or pass -DELBOW_TORCH_DIR=<torch folder of the wheel>")
endif()
elbow_torch_version("${ELBOW_TORCH_DIR}" torch_version)
if(NOT torch_version STREQUAL ELBOW_TORCH_VERSION)
  message(FATAL_ERROR "LibTorch in ${ELBOW_TORCH_DIR} is '${torch_version}', expected ${ELBOW_TORCH_VERSION}: run scripts/setup")
endif()
foreach(lib IN ITEMS c10 torch_cpu c10_cuda torch_cuda)
  add_library(torch::${lib} SHARED IMPORTED GLOBAL)
  set_target_properties(torch::${lib} PROPERTIES IMPORTED_LOCATION "${ELBOW_TORCH_DIR}/lib/lib${lib}.so")
endforeach()
target_include_directories(torch::c10 SYSTEM INTERFACE
  "${ELBOW_TORCH_DIR}/include" "${ELBOW_TORCH_DIR}/include/torch/csrc/api/include")
target_link_libraries(torch::torch_cpu INTERFACE torch::c10)
target_link_libraries(torch::torch_cuda INTERFACE torch::torch_cpu torch::c10_cuda)
