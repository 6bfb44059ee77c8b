#include "elbow/foundations/io/checkpoint_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <stdexcept>
#include <utility>

#include "checkpoint_name.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"
#include "file_handle.h"
#include "manifest.h"

namespace elbow::io {
namespace {

constexpr char kLatest[] = "latest";
constexpr char kBest[] = "best";
constexpr char kTemporary[] = ".tmp-";
constexpr char kTrash[] = ".trash-";
constexpr char kStale[] = ".stale-step-";
constexpr char kStaleBest[] = ".stale-best-";
constexpr char kWeights[] = "model.safetensors";

bool begins_with(const std::string& text, const std::string& prefix) {
  return text.rfind(prefix, 0) == 0;
}

void rename_or_throw(const std::string& from, const std::string& to) {
  if (sys().rename(from.c_str(), to.c_str()) != 0) throw_io_error("cannot rename", from, errno);
}

void require_names(const CheckpointFiles& files) {
  for (const auto& [name, bytes] : files) {
    if (!is_checkpoint_file_name(name))
      throw std::logic_error("'" + name + "' cannot be a file of a checkpoint");
  }
}

/// "; step-00012000 is intact", for the message of a failed save.
std::string intact_note(const CheckpointStore& store) {
  try {
    const auto names = store.names();
    return names.empty() ? std::string() : "; " + names.back() + " is intact";
  } catch (const Error&) {
    return "";  // the folder cannot be listed: nothing is known
  }
}

}  // namespace

CheckpointStore::CheckpointStore(std::string directory) : directory_(std::move(directory)) {}

void CheckpointStore::sweep() {
  remove_hidden(kTemporary);
  remove_hidden(kTrash);
  if (!names().empty()) remove_hidden(kStale);
}

std::string CheckpointStore::save(std::int64_t step,
                                  const CheckpointFiles& files,
                                  const Json& manifest_extra,
                                  bool is_best) {
  if (step < 0) throw std::logic_error("a checkpoint of step " + std::to_string(step));
  require_names(files);
  const std::string name = checkpoint_name(step);
  try {
    if (is_there(name)) {
      confirm(name, files);
    } else {
      Json extra = manifest_extra.is_null() ? Json::object() : manifest_extra;
      const auto best_now = is_best ? name : best();
      extra[kBest] = best_now ? Json(*best_now) : Json(nullptr);
      commit(name, files, encode_manifest(step, files, extra));
    }
    point(kLatest, name);
    if (is_best) point(kBest, name);
    remove_hidden(kStale);
    if (is_best) remove_hidden(kStaleBest);
  } catch (const Error& error) {
    // An input of ours that cannot be read while we save is a failed save, not a user's mistake.
    throw IoError(error.what() + intact_note(*this), error.help());
  }
  return name;
}

void CheckpointStore::commit(const std::string& name,
                             const CheckpointFiles& files,
                             const std::string& manifest) const {
  std::size_t needed = manifest.size();
  for (const auto& [file, bytes] : files) needed += bytes.size();
  require_space(directory_, needed, path_of(name));
  make_directories(directory_);
  const std::string temporary = path_of(kTemporary + name + "-" + std::to_string(::getpid()));
  remove_tree(temporary);
  try {
    if (sys().mkdir(temporary.c_str(), 0777) != 0)
      throw_io_error("cannot create", temporary, errno, needed);
    const std::string shown = path_of(name) + "/";
    for (const auto& [file, bytes] : files) {
      write_new_file(temporary + "/" + file, bytes, /*durable=*/true, shown + file);
    }
    write_new_file(
        temporary + "/" + kManifestName, manifest, /*durable=*/true, shown + kManifestName);
    sync_directory(temporary);
    rename_or_throw(temporary, path_of(name));
  } catch (...) {
    try {
      remove_tree(temporary);
    } catch (const Error&) {
      // The first error is the one to report; the next start sweeps what is left.
    }
    throw;
  }
  sync_directory(directory_);
}

void CheckpointStore::confirm(const std::string& name, const CheckpointFiles& files) const {
  const LoadedCheckpoint existing = load_directory(path_of(name));
  const auto mine = files.find(kWeights), theirs = existing.files.find(kWeights);
  if (mine != files.end() && theirs != existing.files.end() && mine->second != theirs->second) {
    throw std::logic_error(path_of(name) +
                           " is there with other weights; set_aside_after was not called");
  }
  sync_directory(directory_);
}

void CheckpointStore::retain(int keep, const std::string& pinned) {
  std::set<std::string> kept{pinned};
  try {
    for (const char* which : {kLatest, kBest}) {
      const auto name = pointer(which);
      if (name && !checkpoint_step(*name)) return;
      if (name) kept.insert(*name);
    }
  } catch (const DataError&) {
    return;  // what must stay is not known
  }
  const auto all = names();
  const std::size_t last = static_cast<std::size_t>(std::max(keep, 1));
  for (std::size_t i = 0; i + last < all.size(); ++i) {
    if (kept.count(all[i]) != 0) continue;
    const std::string trash = free_name(kTrash + all[i]);
    rename_or_throw(path_of(all[i]), trash);
    // The rename must be on disk before the first unlink: no half checkpoint under a valid name
    // after a power loss.
    sync_directory(directory_);
    remove_tree(trash);
  }
}

void CheckpointStore::set_aside_after(std::int64_t step) {
  auto remaining = names();
  const auto later = std::find_if(remaining.begin(), remaining.end(), [&](const auto& name) {
    return *checkpoint_step(name) > step;
  });
  std::vector<std::string> victims(later, remaining.end());
  if (victims.empty()) return;
  remaining.erase(later, remaining.end());
  const auto best_before = best();
  repoint_before(remaining, step);
  // Newest first: killed in between, what is left is a run that ended earlier.
  std::reverse(victims.begin(), victims.end());
  for (const auto& name : victims) {
    const std::string prefix = best_before == name ? kStaleBest : ".stale-";
    rename_or_throw(path_of(name), free_name(prefix + name));
  }
  sync_directory(directory_);
}

void CheckpointStore::mark_best(std::int64_t step) {
  const std::string name = checkpoint_name(step);
  if (is_there(name) && best() != name) point(kBest, name);
}

void CheckpointStore::repoint_before(const std::vector<std::string>& remaining,
                                     std::int64_t step) const {
  const auto is_later = [&](const std::optional<std::string>& name) {
    return name && checkpoint_step(*name).value_or(0) > step;
  };
  if (is_later(pointer(kBest))) {
    std::optional<std::string> earlier;
    if (!remaining.empty()) {
      try {
        const std::string path = path_of(remaining.back()) + "/" + kManifestName;
        const Manifest manifest = decode_manifest(read_file(path), path);
        if (manifest.json.contains(kBest) && manifest.json[kBest].is_string())
          earlier = manifest.json[kBest];
      } catch (const DataError&) {
        // A damaged checkpoint does not say what was best before it.
      }
    }
    if (earlier && checkpoint_step(*earlier) && !is_later(earlier) && is_there(*earlier)) {
      point(kBest, *earlier);
    } else {
      remove_pointer(kBest);
    }
  }
  if (!remaining.empty()) {
    point(kLatest, remaining.back());
  } else {
    remove_pointer(kLatest);
  }
}

bool CheckpointStore::is_there(const std::string& name) const {
  struct stat info = {};
  return ::stat(path_of(name).c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

std::string CheckpointStore::free_name(const std::string& prefix) const {
  const std::string stem = path_of(prefix + "-" + std::to_string(::getpid()));
  struct stat info = {};
  for (int i = 0;; ++i) {
    const std::string path = stem + (i == 0 ? "" : "-" + std::to_string(i));
    if (::lstat(path.c_str(), &info) != 0) return path;
  }
}

std::optional<std::string> CheckpointStore::pointer(const std::string& which) const {
  struct stat info = {};
  const std::string path = path_of(which);
  if (::lstat(path.c_str(), &info) != 0 && errno == ENOENT) return std::nullopt;
  std::string text = read_file(path, /*limit=*/256);
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

void CheckpointStore::point(const std::string& which, const std::string& name) const {
  write_file(path_of(which), name + "\n");
}

void CheckpointStore::remove_pointer(const std::string& which) const {
  const std::string path = path_of(which);
  if (sys().unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return;
    throw_io_error("cannot remove", path, errno);
  }
  sync_directory(directory_);
}

void CheckpointStore::remove_hidden(const std::string& prefix) const {
  for (const auto& name : directory_entries(directory_)) {
    if (begins_with(name, prefix)) remove_tree(path_of(name));
  }
}

}  // namespace elbow::io
