#include "cli/front/trainer_process.h"

#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "cli/common/output.h"
#include "cli/front/libtorch_search.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/observe/signals.h"

namespace elbow::cli {
namespace {

std::string own_folder() {
  char path[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
  if (size <= 0)
    throw IoError(std::string("/proc/self/exe: cannot read: ") + std::strerror(errno),
                  "mount /proc");
  const std::string file(path, static_cast<std::size_t>(size));
  return file.substr(0, file.rfind('/'));
}

/// libgomp and cuBLAS read these when they are loaded: setting them inside the trainer has no
/// effect.
void set_environment() {
  constexpr int kKeepTheUsers = 0;
  // Threads that spin between regions starve everything else on a busy machine; a short spin keeps
  // nearly all the speed: with 1000 the reference VAE lost 30 %, with 4000 nothing that shows, and
  // where a core is busy the trial of threads: auto takes fewer. Only together: a user's own wait
  // policy must not meet our spin count.
  if (std::getenv("OMP_WAIT_POLICY") == nullptr && std::getenv("GOMP_SPINCOUNT") == nullptr) {
    ::setenv("OMP_WAIT_POLICY", "passive", kKeepTheUsers);
    ::setenv("GOMP_SPINCOUNT", "4000", kKeepTheUsers);
  }
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", kKeepTheUsers);
}

}  // namespace

std::vector<std::string> trainer_places() {
  const std::string folder = own_folder();
  return {folder + "/libexec/elbow/trainer", folder + "/../libexec/elbow/trainer"};
}

std::string find_trainer() {
  for (const auto& place : trainer_places())
    if (::access(place.c_str(), X_OK) == 0) return place;
  return "";
}

void exec_trainer(char** argv) {
  const std::string trainer = find_trainer();
  if (trainer.empty()) {
    std::string places;
    for (const auto& place : trainer_places()) places += (places.empty() ? "" : " or ") + place;
    throw UsageError("the trainer is missing: expected " + places,
                     "run scripts/quickstart, or build the target `trainer`");
  }
  const LibTorchSearch libtorch = find_libtorch(trainer);
  if (!libtorch.problem.empty()) throw UsageError(libtorch.problem, libtorch.remedy);
  flush_output();
  set_environment();
  if (!libtorch.folder.empty())
    ::setenv("LD_LIBRARY_PATH", loader_path(libtorch.folder).c_str(), /*overwrite=*/1);
  // Masks survive exec, handlers do not: a signal that comes while LibTorch is loading waits for
  // the trainer's handlers.
  signals::block_for_exec();
  ::execv(trainer.c_str(), argv);
  throw IoError(trainer + ": cannot be started: " + std::strerror(errno),
                "check the file's permissions, or build it again");
}

}  // namespace elbow::cli
