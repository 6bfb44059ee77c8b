# cmake --install build/release --prefix DIR [--component runtime|development]: the programs; the libraries with their
# headers and the package that find_package(elbow) reads. bin/elbow finds libexec/elbow/trainer from its own location.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME runtime)

# Both look for the LibTorch that they were built with; where there is another one, bin/elbow finds it. CMake itself keeps
# no path inside the source tree.
foreach(program IN ITEMS trainer elbow_cuda)
  if(TARGET ${program})
    set_target_properties(${program} PROPERTIES INSTALL_RPATH "${ELBOW_TORCH_DIR}/lib")
  endif()
endforeach()
if(TARGET elbow)
  install(TARGETS elbow RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
if(TARGET trainer)
  install(TARGETS trainer RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/elbow)
endif()
if(TARGET elbow_cuda)
  install(TARGETS elbow_cuda LIBRARY DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/elbow)
endif()
if(TARGET trainer)
  # What the program tells to run where there is no LibTorch.
  install(PROGRAMS ${PROJECT_SOURCE_DIR}/scripts/get_libtorch DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/elbow)
  install(FILES ${PROJECT_SOURCE_DIR}/scripts/common.sh ${PROJECT_SOURCE_DIR}/scripts/libtorch.sh
    DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/elbow)
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/data ${PROJECT_SOURCE_DIR}/configs
  DESTINATION ${CMAKE_INSTALL_DATADIR}/elbow OPTIONAL)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/elbow)
get_property(libraries GLOBAL PROPERTY elbow_libraries)
install(TARGETS ${libraries} elbow_library elbow_torch elbow_openmp EXPORT elbow
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(EXPORT elbow FILE elbowTargets.cmake NAMESPACE elbow:: DESTINATION ${package_folder} COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/elbow DESTINATION include COMPONENT development
  FILES_MATCHING PATTERN "*.h")
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/elbowConfig.cmake.in
  ${PROJECT_BINARY_DIR}/generated/elbowConfig.cmake INSTALL_DESTINATION ${package_folder})
# Before 1.0 a minor version may change interfaces.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/generated/elbowConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/generated/elbowConfig.cmake ${PROJECT_BINARY_DIR}/generated/elbowConfigVersion.cmake
  ${CMAKE_CURRENT_LIST_DIR}/LibTorch.cmake
  DESTINATION ${package_folder} COMPONENT development)
