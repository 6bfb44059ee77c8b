# Run by cpack between installing into its folder and packing it: takes the build machine's LibTorch out of the programs.
file(GLOB_RECURSE programs "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/libexec/elbow/*")
foreach(program IN LISTS programs)
  file(RPATH_REMOVE FILE "${program}")
endforeach()
