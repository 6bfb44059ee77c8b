# OpenMP by flag, not by path: LibTorch brings a libgomp of the same name, and a process must hold one only. A target of
# our own, since OpenMP::OpenMP_CXX may be another project's too.
find_package(OpenMP REQUIRED COMPONENTS CXX)
add_library(elbow_openmp INTERFACE)
target_compile_options(elbow_openmp INTERFACE $<$<COMPILE_LANGUAGE:CXX>:${OpenMP_CXX_FLAGS}>)
target_link_libraries(elbow_openmp INTERFACE ${OpenMP_CXX_FLAGS} Threads::Threads)
