#pragma once

#include <string>

namespace elbow::cli {

/// What the loader will say of the trainer, known before it is started: it would end the process
/// with a line of its own and exit 127.
struct LibTorchSearch {
  /// A torch folder for the loader's path; empty: it finds LibTorch by itself, where the trainer
  /// was built.
  std::string folder = {};
  std::string problem = {}, remedy = {};  ///< empty: nothing is missing
};

/// Looks in $ELBOW_LIBTORCH, which is the only place where it is set; where the trainer was built
/// and where the loader looks; where libexec/elbow/get_libtorch puts it; and in an installed Python
/// torch of the right version.
LibTorchSearch find_libtorch(const std::string& trainer);

/// LD_LIBRARY_PATH with a torch folder's libraries before what it has.
std::string loader_path(const std::string& folder);

}  // namespace elbow::cli
