# elbow_module(wing/name [NO_TORCH] [NO_UNITY] [USES modules...] [LINK libraries...]): the sources
# src/<wing>/<name>/*.cpp, in the library of their wing. The list of sources is the folder: adding a component adds a file and
# nothing here. The library is elbow_<wing>; of the wing `data`, what needs LibTorch is a library apart, elbow_data_torch,
# since the front end links the rest.
function(elbow_module path)
  cmake_parse_arguments(arg "NO_TORCH;NO_UNITY" "" "USES;LINK" ${ARGN})
  string(REGEX MATCH "^[a-z]+" wing ${path})
  get_filename_component(name ${path} NAME)
  set(library elbow_${wing})
  if(wing STREQUAL "data" AND NOT arg_NO_TORCH)
    set(library elbow_data_torch)
  endif()
  set_property(GLOBAL PROPERTY elbow_library_of_${name} ${library})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${path}/*.cpp)
  if(NOT TARGET ${library})
    add_library(${library} STATIC ${sources})
    target_include_directories(${library} PUBLIC
      $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
    target_compile_features(${library} PUBLIC cxx_std_17)
    target_link_libraries(${library} PRIVATE $<BUILD_INTERFACE:elbow_options>)
    set_property(GLOBAL APPEND PROPERTY elbow_libraries ${library})
    if(NOT arg_NO_TORCH)
      elbow_with_torch(${library})
    endif()
    if(NOT arg_NO_UNITY)
      set_property(GLOBAL APPEND PROPERTY elbow_libraries_in_batches ${library})
    endif()
  else()
    target_sources(${library} PRIVATE ${sources})
  endif()
  foreach(used IN LISTS arg_USES)
    get_property(other GLOBAL PROPERTY elbow_library_of_${used})
    if(NOT other STREQUAL library)
      target_link_libraries(${library} PUBLIC ${other})
    endif()
  endforeach()
  # What public headers include is part of the interface, as are threads; the rest is linked and not seen.
  foreach(package IN LISTS arg_LINK)
    if(package MATCHES "^(nlohmann_json::|elbow_openmp$|Threads::)")
      target_link_libraries(${library} PUBLIC ${package})
    else()
      target_link_libraries(${library} PRIVATE ${package})
    endif()
  endforeach()
endfunction()

# elbow_unity(target): its sources in as few batches of equal size as ELBOW_UNITY_BATCH allows. Half of the work of compiling
# a source is templates that most sources use, so that a batch costs far less than its sources one by one.
function(elbow_unity target)
  if(ELBOW_UNITY)
    get_target_property(sources ${target} SOURCES)
    list(LENGTH sources count)
    math(EXPR batches "(${count} + ${ELBOW_UNITY_BATCH} - 1) / ${ELBOW_UNITY_BATCH}")
    math(EXPR size "(${count} + ${batches} - 1) / ${batches}")
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${size})
  endif()
endfunction()

# elbow_few_loops(target): code that runs once a command or once an epoch is compiled with less optimisation, which takes a
# quarter less time. Warnings, flags of the precompiled header and results stay the same.
function(elbow_few_loops target)
  target_compile_options(${target} PRIVATE $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CONFIG:Release>>:-O1>)
endfunction()

# elbow_batches(): to call when all modules are known.
function(elbow_batches)
  get_property(libraries GLOBAL PROPERTY elbow_libraries_in_batches)
  foreach(library IN LISTS libraries)
    elbow_unity(${library})
  endforeach()
endfunction()
