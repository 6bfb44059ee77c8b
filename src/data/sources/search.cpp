#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "elbow/data/sources/known_files.h"
#include "elbow/data/sources/named_set.h"

namespace elbow::data {
namespace {

namespace fs = std::filesystem;

constexpr char kEmbeddedSet[] = "fashion_mnist_small";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool has_embedded_set(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder / kEmbeddedSet, ignored);
}

fs::path program_folder() {
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  return failed ? fs::path() : program.parent_path();
}

}  // namespace

std::string repository_data_folder() {
  const std::string home = environment("ELBOW_HOME");
  if (!home.empty()) return (fs::path(home) / "data").string();
  // Of an installation, bin/elbow and libexec/elbow/trainer lie at different depths.
  for (fs::path folder = program_folder(); !folder.empty(); folder = folder.parent_path()) {
    for (const char* place : {"data", "share/elbow/data"})
      if (has_embedded_set(folder / place)) return (folder / place).string();
    if (folder == folder.root_path()) break;
  }
  return "";
}

std::string cache_folder(const std::string& name) {
  const std::string cache = environment("XDG_CACHE_HOME");
  if (!cache.empty()) return (fs::path(cache) / "elbow" / name).string();
  const std::string home = environment("HOME");
  return (fs::path(home.empty() ? "." : home) / ".cache/elbow" / name).string();
}

std::vector<std::string> search_folders(const std::string& name, const std::string& path) {
  if (!path.empty()) return {path};
  std::vector<std::string> out;
  const std::string data = environment("ELBOW_DATA");
  if (!data.empty()) out.push_back((fs::path(data) / name).string());
  const std::string repository = repository_data_folder();
  if (!repository.empty()) out.push_back((fs::path(repository) / name).string());
  const KnownSet* known = find_known_set(name);
  if (known && !known->package_folder.empty()) out.push_back(known->package_folder);
  out.push_back(cache_folder(name));
  return out;
}

std::string find_file(const std::string& path) {
  const fs::path here = fs::absolute(path);
  const std::string data = environment("ELBOW_DATA");
  std::error_code ignored;
  if (fs::path(path).is_absolute() || data.empty() || fs::exists(here, ignored))
    return here.string();
  const fs::path there = fs::absolute(fs::path(data) / path);
  return (fs::exists(there, ignored) ? there : here).string();
}

}  // namespace elbow::data
