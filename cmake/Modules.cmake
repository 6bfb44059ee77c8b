# elbow_module(name [NO_TORCH] [NO_UNITY] [SEPARATE_FACTORY] [USES modules...] [LINK libraries...]): a static library from src/<name>/*.cpp.
# The list of sources is the folder: adding a component adds a file and nothing here.
function(elbow_module name)
  cmake_parse_arguments(arg "NO_TORCH;NO_UNITY;SEPARATE_FACTORY" "" "USES;LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  add_library(elbow_${name} STATIC ${sources})
  target_include_directories(elbow_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include)
  list(TRANSFORM arg_USES PREPEND elbow_)
  target_link_libraries(elbow_${name} PUBLIC ${arg_USES} elbow_options ${arg_LINK})
  if(NOT arg_NO_TORCH)
    elbow_with_torch(elbow_${name})
  endif()
  if(NOT arg_NO_UNITY)
    elbow_unity(elbow_${name})
    if(arg_SEPARATE_FACTORY)
      # The test of a worked example links its own factory in the place of the module's, which only works when nothing
      # else is pulled in with the module's.
      list(FILTER sources INCLUDE REGEX "_factory\\.cpp$")
      set_source_files_properties(${sources} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endif()
endfunction()

# elbow_unity(target): several sources at once, since reading headers costs more than compiling what follows them.
function(elbow_unity target)
  if(ELBOW_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${ELBOW_UNITY_BATCH})
  endif()
endfunction()
