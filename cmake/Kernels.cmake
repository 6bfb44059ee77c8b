# The instruction sets of src/kernels: the same loops are compiled once for each, and the processor chooses at run time.
include(CheckCXXCompilerFlag)
# After the flags of elbow_options, which forbid fused multiply-adds: here they are what is wanted.
set(vector_flags -O3 -ffp-contract=fast -fno-math-errno -fno-trapping-math)
function(elbow_kernel_variant source)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    list(JOIN ARGN " " flags)
    check_cxx_compiler_flag("${flags}" ELBOW_HAS_${source})
    if(ELBOW_HAS_${source})
      set_source_files_properties(${PROJECT_SOURCE_DIR}/src/kernels/${source}.cpp PROPERTIES
        COMPILE_OPTIONS "${ARGN};${vector_flags}")
    endif()
  endif()
endfunction()
elbow_kernel_variant(avx2 -march=x86-64-v3)
elbow_kernel_variant(avx512 -march=x86-64-v4 -mprefer-vector-width=512)
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/kernels/baseline.cpp PROPERTIES
  COMPILE_OPTIONS "-O3;-fno-math-errno;-fno-trapping-math")
# Loops of noise: with a bare square root, since nothing reads errno, the compiler turns them into vectors. Their bits stay
# those of any machine, without fused multiply-adds.
foreach(source keyed_noise stream_noise)
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/probability/distributions/${source}.cpp PROPERTIES
    COMPILE_OPTIONS -fno-math-errno SKIP_PRECOMPILE_HEADERS ON)
endforeach()
