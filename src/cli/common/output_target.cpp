#include "cli/common/output_target.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <initializer_list>

#include "cli/common/flag_values.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"

namespace elbow::cli {
namespace {

namespace fs = std::filesystem;

fs::file_type kind_of_entry(const fs::path& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type();
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

fs::path folder_of(const std::string& file) {
  const fs::path parent = fs::path(file).parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

/// Also of a file system that is mounted read-only. A full disk shows when it is written to.
void check_writable(const fs::path& folder, const std::string& shown) {
  if (::access(folder.c_str(), W_OK | X_OK) != 0) io::throw_io_error("cannot write", shown, errno);
}

void check_ending(const std::string& flag,
                  const std::string& file,
                  const std::vector<std::string>& endings) {
  const std::string ending = fs::path(file).extension().string();
  if (endings.empty() || std::find(endings.begin(), endings.end(), ending) != endings.end()) return;
  std::string known;
  for (const auto& one : endings) known += (known.empty() ? "" : ", ") + one;
  fail_usage("--" + flag + ": expected a file ending in " + known + ", got '" + file + "'");
}

}  // namespace

void check_output_file(const CommandLine& line,
                       const std::string& flag,
                       const std::vector<std::string>& endings) {
  if (!line.has(flag)) return;
  const std::string file = line.text(flag);
  check_ending(flag, file, endings);
  const fs::path folder = folder_of(file);
  if (!is_folder(folder) && kind_of_entry(folder) != fs::file_type::not_found)
    throw UsageError(file + ": " + folder.string() + " is no folder", "give another path");
  if (!is_folder(folder))
    throw UsageError(file + ": there is no folder " + folder.string(),
                     "mkdir -p " + folder.string());
  if (is_folder(file)) throw UsageError(file + ": is a folder, expected a file", "add a file name");
  const fs::file_type type = kind_of_entry(file);
  if (type != fs::file_type::not_found && type != fs::file_type::regular)
    throw UsageError(file + ": expected a regular file, found a link, device or pipe",
                     "give another path: it would be replaced, not followed");
  check_writable(folder, file);
}

void check_output_folder(const CommandLine& line, const std::string& flag) {
  if (!line.has(flag)) return;
  const std::string asked = line.text(flag);
  fs::path place = fs::path(asked).lexically_normal();
  if (!place.has_filename()) place = place.parent_path();  // a slash at the end
  // The nearest that is there holds all that will be made.
  while (!place.empty() && kind_of_entry(place) == fs::file_type::not_found)
    place = place.parent_path();
  if (place.empty()) place = ".";
  if (!is_folder(place))
    throw UsageError(asked + ": expected a folder, but " + place.string() + " is none",
                     "choose another folder");
  check_writable(place, asked);
}

void check_outputs(const CommandLine& line) {
  const std::string& verb = line.verb;
  const auto is_one_of = [&verb](std::initializer_list<const char*> names) {
    return std::find(names.begin(), names.end(), verb) != names.end();
  };
  if (is_one_of({"train", "export"})) check_output_folder(line, "output");
  if (verb == "data") check_output_folder(line, "folder");
  if (verb == "sample") check_output_file(line, "output", {".png", ".npy", ".csv", ".npz"});
  if (verb == "summary") check_output_file(line, "output", {".csv", ".json"});
  if (verb == "compare") check_output_folder(line, "output");
  if (is_one_of({"reconstruct", "traverse"})) check_output_file(line, "output", {".png"});
  if (is_one_of({"encode", "predict", "impute"}))
    check_output_file(line, "output", {".npy", ".csv"});
  if (verb == "bench") check_output_file(line, "save-initial", {".safetensors"});
  if (is_one_of({"report", "init"})) check_output_file(line, "output", {});
  if (is_one_of({"eval", "diagnose"})) check_output_file(line, "per-example", {".csv"});
  const bool writes_into_run =
      is_one_of({"eval", "diagnose"}) ||
      (!line.has("output") && is_one_of({"sample", "reconstruct", "traverse", "export", "report"}));
  if (writes_into_run) check_writable(line.positional.at(0), line.positional.at(0));
}

}  // namespace elbow::cli
