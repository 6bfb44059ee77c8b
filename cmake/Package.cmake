# cpack -G DEB, run in the build folder once `programs` are built: elbow_<version>_<arch>.deb with the programs, libelbow-dev_<version>_<arch>.deb with
# the libraries and headers. LibTorch is in no Debian package of this version: bin/elbow finds it, or says how to get it.
# Packing builds nothing, above all no tests.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
set(CPACK_PACKAGE_NAME elbow)
set(CPACK_PACKAGE_VENDOR "elbow")
set(CPACK_PACKAGE_CONTACT "the authors of elbow <elbow@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "variational inference from YAML files")
set(CPACK_PACKAGE_DESCRIPTION "Trains, evaluates and exports variational autoencoders, normalizing flows and Bayesian networks, and fits
mixtures, hidden Markov models, topics and regressions in closed form.")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL runtime development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME elbow)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION science)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_RECOMMENDS python3-pip)
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "The program elbow.
LibTorch 2.11.0 comes from PyPI: elbow doctor says whether it is found.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libelbow-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "Headers and static libraries of elbow.
For CMake: find_package(elbow), target elbow::elbow.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "g++, zlib1g-dev, libpng-dev, libcurl4-openssl-dev, libssl-dev, nlohmann-json3-dev, libyaml-cpp-dev, libspdlog-dev")
find_program(ELBOW_SHLIBDEPS dpkg-shlibdeps)
if(ELBOW_SHLIBDEPS)
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${ELBOW_TORCH_DIR}/lib)
else()
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_DEPENDS
    "libc6 (>= 2.34), libgcc-s1, libgomp1, libstdc++6 (>= 12), libcurl4, libpng16-16, libspdlog1.10, libfmt9, libssl3, libyaml-cpp0.7, zlib1g")
endif()
# A package must not look for libraries where somebody built it.
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/PackageRpath.cmake)
include(CPack)
