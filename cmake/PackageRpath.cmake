# Run by cpack between installing into its folder and packing it: takes the build machine's LibTorch out of the programs.
file(GLOB_RECURSE programs "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/trainer" "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/elbow_cuda.so")
if(NOT programs)
  message(FATAL_ERROR "no program in ${CPACK_TEMPORARY_INSTALL_DIRECTORY}: build the target `programs` first")
endif()
foreach(program IN LISTS programs)
  file(RPATH_REMOVE FILE "${program}")
endforeach()
