# Symbols of libtorch_cpu.so are many: mold links a program in a tenth of the time of binutils, lld in a third.
include(CheckLinkerFlag)
foreach(linker IN ITEMS mold lld)
  check_linker_flag(CXX "-fuse-ld=${linker}" ELBOW_HAS_${linker})
  if(ELBOW_HAS_${linker})
    add_link_options("$<$<LINK_LANGUAGE:CXX>:-fuse-ld=${linker}>")
    break()
  endif()
endforeach()
