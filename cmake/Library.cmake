# What other projects link, installed or by add_subdirectory: elbow::elbow is all of the library, elbow::<wing> a wing with
# the wings below it.
get_property(libraries GLOBAL PROPERTY elbow_libraries)
# The target `elbow` is the program.
add_library(elbow_library INTERFACE)
target_link_libraries(elbow_library INTERFACE ${libraries})
add_library(elbow::elbow ALIAS elbow_library)
set_target_properties(elbow_library PROPERTIES EXPORT_NAME elbow)
foreach(library IN LISTS libraries ITEMS elbow_torch elbow_openmp)
  string(REGEX REPLACE "^elbow_" "" name ${library})
  if(NOT TARGET elbow::${name})
    add_library(elbow::${name} ALIAS ${library})
  endif()
  set_target_properties(${library} PROPERTIES EXPORT_NAME ${name})
endforeach()
