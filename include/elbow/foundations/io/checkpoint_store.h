#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "elbow/foundations/core/config_node.h"

namespace elbow::io {

/// Everything that one checkpoint holds, as bytes: file name -> content.
/// Names: model.safetensors, optimizer.safetensors, rng.safetensors, state.json, config.yaml.
using CheckpointFiles = std::map<std::string, std::string>;

struct LoadedCheckpoint {
  std::string name;  ///< step-00012000
  std::int64_t step = 0;
  CheckpointFiles files;
  std::vector<std::string> warnings;  ///< one per damaged checkpoint that was passed over

  /// The bytes of one file. @throws DataError when the checkpoint lacks it
  const std::string& file(const std::string& file_name) const;
};

/// runs/<run>/checkpoints: the commit protocol, retention and verified loading of RELIABILITY.md
/// section 1. A directory step-N that exists is complete; it is never overwritten. One writer at a
/// time, under the run's lock.
class CheckpointStore {
 public:
  /// Touches nothing yet.
  explicit CheckpointStore(std::string directory);

  /// Removes .tmp-*, .trash-* and .stale-step-* left by a killed process. Only the holder of the
  /// run's lock may call it. .stale-best-* stays until a new best is committed, and stale
  /// checkpoints stay while they are the only ones.
  void sweep();
  /// Commits step-N (temp directory, fsync, manifest last, rename, fsync), then points `latest`,
  /// and `best` when asked, at it. When step-N is there already (a save is tried again after its
  /// pointers failed) and verifies, only the pointers are written.
  /// @param manifest_extra an object whose entries go into manifest.json, e.g. the hash of the
  /// configuration
  /// @throws IoError when it cannot be written; earlier checkpoints are intact
  /// @throws std::logic_error when step-N is there with another model.safetensors: set_aside_after
  /// was forgotten
  std::string save(std::int64_t step,
                   const CheckpointFiles& files,
                   const Json& manifest_extra,
                   bool is_best);
  /// Keeps the last `keep` (at least one), best, latest and `pinned`; the others are renamed to
  /// .trash-* and unlinked. Removes nothing while a pointer file is there that cannot be
  /// understood.
  void retain(int keep, const std::string& pinned = "");
  /// Resume or rollback to `step`: later step-* become .stale-* (pointers first), to be removed
  /// after the next commit. `best` goes back to what was best when the newest remaining checkpoint
  /// was committed, if that is still there; otherwise there is no best until the next one.
  void set_aside_after(std::int64_t step);
  /// Points `best` at a checkpoint that is there; nothing for one that is not.
  void mark_best(std::int64_t step);

  /// From here on there is no best until a checkpoint is saved as it.
  void forget_best() const { remove_pointer("best"); }

  std::vector<std::string> names() const;   ///< step-* in numeric order
  std::optional<std::string> best() const;  ///< what the pointer names, if that directory is there
  std::optional<std::string> latest() const;
  /// `which`: best | latest | step-N | a bare number. `latest` verifies and falls back to older
  /// ones with a warning; `best` and a named step must verify. @throws DataError when nothing
  /// verifies; IoError when a device fails
  LoadedCheckpoint load(const std::string& which) const;
  /// Checks sizes and SHA-256 of one checkpoint directory. @throws DataError naming file and first
  /// bad 1 MiB range
  LoadedCheckpoint load_directory(const std::string& path) const;
  const std::string& directory() const { return directory_; }

 private:
  std::string path_of(const std::string& name) const { return directory_ + "/" + name; }
  bool is_there(const std::string& name) const;
  std::string free_name(const std::string& prefix) const;
  std::optional<std::string> pointer(const std::string& which) const;
  void point(const std::string& which, const std::string& name) const;
  void remove_pointer(const std::string& which) const;
  void commit(const std::string& name,
              const CheckpointFiles& files,
              const std::string& manifest) const;
  void confirm(const std::string& name, const CheckpointFiles& files) const;
  void remove_hidden(const std::string& prefix) const;
  void repoint_before(const std::vector<std::string>& remaining, std::int64_t step) const;
  LoadedCheckpoint load_newest() const;

  std::string directory_;
};

}  // namespace elbow::io
