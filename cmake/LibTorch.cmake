# Finds LibTorch 2.11.0 (the torch folder of the wheel), for this build and, installed beside elbowConfig.cmake, for
# find_package(elbow). Only its CPU half is linked: the CUDA half is opened by the plug-in at run time.
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

# elbow_find_torch(problem folders...): sets ELBOW_TORCH_DIR in the cache unless the user did: $ELBOW_LIBTORCH, these
# folders, or an installed Python torch. `problem` is empty, or says what is wrong.
function(elbow_find_torch problem)
  if(NOT ELBOW_TORCH_DIR AND NOT "$ENV{ELBOW_LIBTORCH}" STREQUAL "")
    set(ELBOW_TORCH_DIR "$ENV{ELBOW_LIBTORCH}")  # that one, or a word about it
  endif()
  if(NOT ELBOW_TORCH_DIR)
    # find_spec does not import torch, which would need every library of its CUDA half.
    execute_process(
      COMMAND python3 -c "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
      OUTPUT_VARIABLE installed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    foreach(candidate IN ITEMS ${ARGN} "${installed}")
      elbow_torch_version("${candidate}" version)
      if(version STREQUAL ELBOW_TORCH_VERSION AND EXISTS "${candidate}/lib/libtorch_cpu.so")
        set(ELBOW_TORCH_DIR "${candidate}" CACHE PATH "torch folder of the wheel: holds include/ and lib/" FORCE)
        break()
      endif()
    endforeach()
  endif()
  set(${problem} "" PARENT_SCOPE)
  elbow_torch_version("${ELBOW_TORCH_DIR}" version)
  if(NOT EXISTS "${ELBOW_TORCH_DIR}/lib/libtorch_cpu.so")
    set(place "")
    if(ELBOW_TORCH_DIR)
      set(place " in '${ELBOW_TORCH_DIR}'")
    endif()
    set(${problem} "LibTorch ${ELBOW_TORCH_VERSION} not found${place}" PARENT_SCOPE)
  elseif(NOT version STREQUAL ELBOW_TORCH_VERSION)
    set(${problem} "LibTorch in ${ELBOW_TORCH_DIR} is '${version}', expected ${ELBOW_TORCH_VERSION}" PARENT_SCOPE)
  endif()
endfunction()

# The imported targets torch::c10, torch::torch_cpu, torch::c10_cuda and torch::torch_cuda.
function(elbow_import_torch)
  if(TARGET torch::torch_cpu)
    return()
  endif()
  foreach(lib IN ITEMS c10 torch_cpu c10_cuda torch_cuda)
    add_library(torch::${lib} SHARED IMPORTED GLOBAL)
    set_target_properties(torch::${lib} PROPERTIES IMPORTED_LOCATION "${ELBOW_TORCH_DIR}/lib/lib${lib}.so")
  endforeach()
  target_include_directories(torch::c10 SYSTEM INTERFACE
    "${ELBOW_TORCH_DIR}/include" "${ELBOW_TORCH_DIR}/include/torch/csrc/api/include")
  target_link_libraries(torch::torch_cpu INTERFACE torch::c10)
  target_link_libraries(torch::torch_cuda INTERFACE torch::torch_cpu torch::c10_cuda)
endfunction()
