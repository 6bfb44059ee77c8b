#include <filesystem>

#include "cli/common/evaluation_name.h"
#include "cli/common/output.h"
#include "cli/front/verbs_front.h"
#include "elbow/data/sources/info.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/checkpoint_store.h"
#include "elbow/foundations/io/json_file.h"
#include "elbow/foundations/io/safetensors.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/run_directory.h"

namespace elbow::cli {
namespace {

namespace fs = std::filesystem;

void report(const CommandLine& line,
            const std::string& event,
            const Json& fields,
            const std::string& text) {
  if (line.has("json")) {
    print_event(event, fields);
  } else {
    print(text);
  }
}

/// The tensors of one safetensors file: name, type and shape.
Json tensor_list(const std::string& bytes, const std::string& source) {
  Json out = Json::array();
  for (const auto& tensor : io::decode_safetensors(bytes, source).tensors) {
    out.push_back(
        {{"name", tensor.name}, {"type", io::dtype_name(tensor.dtype)}, {"shape", tensor.shape}});
  }
  return out;
}

/// Prints one checkpoint; false when it is damaged.
bool print_checkpoint(const CommandLine& line, const std::string& directory, bool with_tensors) {
  const std::string name = fs::path(directory).filename().string();
  const io::CheckpointStore store(fs::path(directory).parent_path().string());
  try {
    const io::LoadedCheckpoint checkpoint = store.load_directory(directory);
    Json fields{{"name", checkpoint.name},
                {"step", checkpoint.step},
                {"verified", true},
                {"files", Json::object()}};
    std::string text = checkpoint.name + ": verified\n";
    for (const auto& [file, bytes] : checkpoint.files) {
      fields["files"][file] = bytes.size();
      if (with_tensors) text += "  " + file + ": " + std::to_string(bytes.size()) + " bytes\n";
    }
    const auto model = checkpoint.files.find("model.safetensors");
    if (with_tensors && model != checkpoint.files.end()) {
      fields["tensors"] = tensor_list(model->second, directory + "/model.safetensors");
      for (const auto& tensor : fields["tensors"]) {
        text += "  " + tensor["name"].get<std::string>() + "  " +
                tensor["type"].get<std::string>() + " " + tensor["shape"].dump() + "\n";
      }
    }
    report(line, "checkpoint", fields, text);
    return true;
  } catch (const DataError& error) {
    report(line,
           "checkpoint",
           {{"name", name}, {"verified", false}, {"message", error.what()}},
           name + ": damaged: " + error.what() + "\n");
    return false;
  }
}

std::string run_text(const Json& fields) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [key, value] : fields.items())
    rows.push_back({key, value.is_string() ? value.get<std::string>() : value.dump()});
  return text_table(rows);
}

/// The splits of the data that a run was trained on; null where no checkpoint says so.
Json splits_in(const io::CheckpointStore& store) {
  const std::string path = store.directory() + "/" + store.latest().value_or("") + "/state.json";
  if (!store.latest() || !fs::exists(path)) return nullptr;
  const Json state = io::read_json(path);
  const Json facts = state.is_object() ? state.value("facts", Json::object()) : Json::object();
  return facts.is_object() ? facts.value("splits", Json()) : Json();
}

int info_of_run(const CommandLine& line, const std::string& path) {
  const RunDirectory run = RunDirectory::open(path);
  const io::CheckpointStore store(run.checkpoints());
  Json fields{{"run", run.path()}};
  fields.update(run.read_run_json());
  if (const auto best = store.best()) fields["best_checkpoint"] = *best;
  if (const auto latest = store.latest()) fields["latest_checkpoint"] = *latest;
  report(line, "run", fields, run_text(fields));
  int damaged = 0;
  for (const auto& name : store.names())
    damaged += !print_checkpoint(line, run.checkpoints() + "/" + name, /*with_tensors=*/false);
  if (damaged > 0) {
    throw DataError(
        run.path() + ": expected every checkpoint to match its checksums, " +
            std::to_string(damaged) + " damaged",
        "elbow resume and eval pass over damaged ones; delete them when they are not needed");
  }
  print_next(line, eval_command(run.path(), splits_in(store)));
  return 0;
}

int info_of_checkpoint(const CommandLine& line, const std::string& path) {
  if (print_checkpoint(line, path, /*with_tensors=*/true)) return 0;
  throw DataError(path + ": expected a checkpoint that matches its checksums, found a damaged one",
                  "use an earlier checkpoint of the run");
}

int info_of_tensors(const CommandLine& line, const std::string& path) {
  const Json tensors = tensor_list(io::read_file(path), path);
  std::vector<std::vector<std::string>> rows{{"tensor", "type", "shape"}};
  for (const auto& tensor : tensors)
    rows.push_back({tensor["name"], tensor["type"], tensor["shape"].dump()});
  report(line, "tensors", {{"file", path}, {"tensors", tensors}}, text_table(rows));
  return 0;
}

bool ends_with(const std::string& text, const std::string& ending) {
  return text.size() >= ending.size() &&
         text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

}  // namespace

int run_info(const CommandLine& line) {
  std::string path = line.positional[0];
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (fs::is_directory(path)) {
    return fs::exists(path + "/manifest.json") ? info_of_checkpoint(line, path)
                                               : info_of_run(line, path);
  }
  if (ends_with(path, ".yaml") || ends_with(path, ".yml")) return run_validate(line);
  if (ends_with(path, ".safetensors")) return info_of_tensors(line, path);
  if (line.has("json")) {
    print_event("data", data::data_info(path));
  } else {
    print(data::describe_data_file(path));
  }
  return 0;
}

}  // namespace elbow::cli
