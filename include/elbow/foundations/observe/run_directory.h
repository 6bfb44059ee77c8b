#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "elbow/foundations/core/config_node.h"

namespace elbow {

/// The paths of one run (INTERFACE.md section 3).
class RunDirectory {
 public:
  explicit RunDirectory(std::string path) : path_(std::move(path)) {}
  /// Whether a run may be made there: nothing is there, an empty folder, or what a process leaves
  /// that was killed before it had written run.json.
  static bool is_free(const std::string& path);
  /// runs/<name>-<n> with the first free n, or `output`, which must be free; made with its
  /// parents. Two processes never get the same one. @throws UsageError for a name that is no plain
  /// folder name or an output that exists, IoError
  static RunDirectory create(const std::string& name, const std::string& output);
  /// An existing run: a directory with config.yaml and run.json. @throws UsageError naming near run
  /// names
  static RunDirectory open(const std::string& path);

  const std::string& path() const { return path_; }
  std::string config() const { return path_ + "/config.yaml"; }
  std::string environment() const { return path_ + "/environment.json"; }
  std::string run_json() const { return path_ + "/run.json"; }
  std::string metrics() const { return path_ + "/metrics.jsonl"; }
  std::string log() const { return path_ + "/train.log"; }
  std::string tensorboard() const { return path_ + "/tensorboard"; }
  std::string checkpoints() const { return path_ + "/checkpoints"; }
  std::string program() const { return path_ + "/program"; }  ///< copies of what a model is made of
  std::string images() const { return path_ + "/images"; }
  std::string eval(const std::string& name) const { return path_ + "/eval/" + name + ".json"; }
  /// What a report shows of latents that all examples share.
  std::string posterior() const { return path_ + "/posterior.json"; }
  std::string diagnosis() const { return path_ + "/diagnosis"; }
  std::string diagnosis_json() const { return diagnosis() + "/diagnosis.json"; }
  std::string export_directory() const { return path_ + "/export"; }
  std::string report() const { return path_ + "/report.html"; }

  /// Copies of texts that the model is made of, by the name that each has there.
  /// @return their checksums, for "program" in run.json
  Json write_copies(const std::map<std::string, std::string>& texts) const;
  /// @throws DataError for a copy that is not what the run wrote
  void check_copies() const;

  Json read_run_json() const;  ///< {} when it is not there
  void write_run_json(const Json& value) const;

 private:
  std::string path_;
};

/// What `elbow runs` lists.
struct RunSummary {
  std::string path, name, status;  ///< status "unreadable" when run.json is damaged
  std::string verdict;             ///< "sound", "collapsed", ...; empty before the end
  std::int64_t step = 0;
  std::string metric = "ELBO (nats)";  ///< what the numbers are of
  std::string best_metric;             ///< its label, where it is another
  double last = 0, best = 0;
  bool has_last = false, has_best = false;
};
/// The runs directly in `directory`, vae-2 before vae-10; empty when there is no such folder.
std::vector<RunSummary> list_runs(const std::string& directory);

}  // namespace elbow
