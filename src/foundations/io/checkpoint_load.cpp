#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "checkpoint_name.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/checkpoint_store.h"
#include "elbow/foundations/io/sys.h"
#include "file_handle.h"
#include "manifest.h"

namespace elbow::io {
namespace {

constexpr std::size_t kMaxManifestBytes = std::size_t{64} << 20;

std::string directory_name(const std::string& path) {
  auto normal = std::filesystem::path(path).lexically_normal();
  if (!normal.has_filename()) normal = normal.parent_path();
  return normal.filename().string();
}

std::string list_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 10;
  std::string text;
  const std::size_t first = names.size() > kShown ? names.size() - kShown : 0;
  for (std::size_t i = first; i < names.size(); ++i) text += (i == first ? "" : ", ") + names[i];
  return (first > 0 ? "..., " : "") + text;
}

}  // namespace

const std::string& LoadedCheckpoint::file(const std::string& file_name) const {
  const auto found = files.find(file_name);
  if (found == files.end())
    throw DataError(name + ": " + file_name + " is missing", "use another checkpoint");
  return found->second;
}

std::vector<std::string> CheckpointStore::names() const {
  std::vector<std::pair<std::int64_t, std::string>> found;
  for (const auto& name : directory_entries(directory_)) {
    const auto step = checkpoint_step(name);
    if (step && is_there(name)) found.emplace_back(*step, name);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> sorted;
  for (auto& [step, name] : found) sorted.push_back(std::move(name));
  return sorted;
}

std::optional<std::string> CheckpointStore::best() const {
  const auto name = pointer("best");
  return name && checkpoint_step(*name) && is_there(*name) ? name : std::nullopt;
}

std::optional<std::string> CheckpointStore::latest() const {
  const auto name = pointer("latest");
  return name && checkpoint_step(*name) && is_there(*name) ? name : std::nullopt;
}

LoadedCheckpoint CheckpointStore::load(const std::string& which) const {
  if (which == "latest") return load_newest();
  if (which == "best") {
    const auto name = best();
    if (!name) {
      throw DataError(directory_ + ": there is no best checkpoint",
                      "use latest; a best one comes with the first evaluation");
    }
    return load_directory(path_of(*name));
  }
  const auto step = requested_step(which);
  if (!step) {
    throw DataError("checkpoint '" + which + "': expected best, latest, step-N or a number",
                    "there are: " + list_of(names()));
  }
  const std::string name = checkpoint_name(*step);
  if (!is_there(name)) {
    const auto all = names();
    throw DataError(path_of(name) + ": there is no such checkpoint",
                    all.empty() ? "the run has none yet" : "there are: " + list_of(all));
  }
  return load_directory(path_of(name));
}

LoadedCheckpoint CheckpointStore::load_newest() const {
  auto all = names();
  if (all.empty()) {
    throw DataError(directory_ + ": no checkpoint",
                    "the run stopped before its first one, or the path is wrong");
  }
  std::vector<std::string> damages;
  bool device_failed = false;
  for (auto name = all.rbegin(); name != all.rend(); ++name) {
    try {
      LoadedCheckpoint loaded = load_directory(path_of(*name));
      for (const auto& damage : damages) loaded.warnings.push_back(damage + "; using " + *name);
      return loaded;
    } catch (const DataError& error) {
      damages.push_back(error.what());
    } catch (const IoError& error) {
      damages.push_back(error.what());
      device_failed = true;
    }
  }
  std::string message =
      directory_ + ": none of " + std::to_string(all.size()) + " checkpoints is whole";
  for (const auto& damage : damages) message += "; " + damage;
  if (device_failed) throw IoError(message, "the device reports failures: look at dmesg");
  throw DataError(message, "train again, or bring the files back from a copy");
}

LoadedCheckpoint CheckpointStore::load_directory(const std::string& path) const {
  const std::string manifest_path = path + "/" + kManifestName;
  const Manifest manifest =
      decode_manifest(read_file(manifest_path, kMaxManifestBytes), manifest_path);
  LoadedCheckpoint loaded;
  loaded.name = directory_name(path);
  loaded.step = manifest.step;
  const auto named_step = checkpoint_step(loaded.name);
  if (named_step && *named_step != manifest.step) {
    throw DataError(manifest_path + ": it is of step " + std::to_string(manifest.step) +
                        ", the folder of step " + std::to_string(*named_step),
                    "the folder or the file was renamed or mixed up");
  }
  for (const auto& [name, record] : manifest.files) {
    loaded.files.emplace(name, read_verified(path + "/" + name, record));
  }
  return loaded;
}

}  // namespace elbow::io
