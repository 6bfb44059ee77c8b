#include "cli/front/libtorch_search.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "cli/front/program_output.h"

namespace elbow::cli {
namespace {

constexpr char kVersion[] = "2.11.0";
constexpr char kLibrary[] = "libtorch_cpu.so";

std::string environment_text(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_file(const std::string& path) { return ::access(path.c_str(), R_OK) == 0; }

bool has_library(const std::string& folder) { return is_file(folder + "/lib/" + kLibrary); }

/// The version that a torch folder's headers state; empty when there are none.
std::string version_of(const std::string& folder) {
  std::ifstream header(folder + "/include/torch/headeronly/version.h");
  std::string out;
  for (std::string line; std::getline(header, line);) {
    std::istringstream words(line);
    std::string define, name, number;
    words >> define >> name >> number;
    const bool is_part = name == "TORCH_VERSION_MAJOR" || name == "TORCH_VERSION_MINOR" ||
                         name == "TORCH_VERSION_PATCH";
    if (define == "#define" && is_part) out += (out.empty() ? "" : ".") + number;
  }
  return out;
}

struct Loading {
  std::vector<std::string> missing;
  std::string folder;  ///< where LibTorch lies; empty: nowhere
};

/// What the loader finds for the trainer, as ldd asks it, in a hundredth of a second: nothing runs.
Loading try_loading(const std::string& trainer, const std::string& folder) {
  std::vector<std::string> variables{"LD_TRACE_LOADED_OBJECTS=1"};
  if (!folder.empty()) variables.push_back("LD_LIBRARY_PATH=" + loader_path(folder));
  Loading out;
  std::istringstream lines(program_output({trainer}, variables));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name, arrow, place;
    words >> name >> arrow;
    std::getline(words >> std::ws, place);
    if (arrow != "=>") continue;
    const std::string end = std::string("/lib/") + kLibrary;
    if (place == "not found")
      out.missing.push_back(name);
    else if (const auto at = place.find(end); name == kLibrary && at != std::string::npos)
      out.folder = place.substr(0, at);
  }
  return out;
}

bool is_missing(const Loading& loading, const std::string& library) {
  for (const auto& name : loading.missing)
    if (name == library) return true;
  return false;
}

/// Where get_libtorch puts it.
std::string own_folder_of_user() {
  const std::string data = environment_text("XDG_DATA_HOME");
  return (data.empty() ? environment_text("HOME") + "/.local/share" : data) +
         "/elbow/libtorch/torch";
}

/// The folder of an installed Python torch, found without importing it; empty: there is none.
std::string python_torch() {
  const std::string out = program_output(
      {"python3",
       "-c",
       "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"});
  return out.substr(0, out.find('\n'));
}

std::string remedy_of(const std::string& trainer) {
  std::error_code ignored;
  const std::string script = std::filesystem::weakly_canonical(
      trainer.substr(0, trainer.rfind('/')) + "/get_libtorch", ignored);
  return (is_file(script) ? "run " + script + ", which fetches it from PyPI"
                          : std::string("run scripts/setup, which fetches it from PyPI")) +
         "; or set ELBOW_LIBTORCH to the torch folder of its wheel (pip install torch==" +
         kVersion + ")";
}

LibTorchSearch refused(const std::string& problem, const std::string& trainer) {
  return {"", problem, remedy_of(trainer)};
}

/// What the loader would complain of.
LibTorchSearch refused_by_loader(const Loading& loading, const std::string& trainer) {
  std::string names;
  for (const auto& name : loading.missing) names += (names.empty() ? "" : ", ") + name;
  if (!loading.folder.empty() && names.find("libcu") != std::string::npos)
    return refused("LibTorch in " + loading.folder + " does not find " + names, trainer);
  if (!is_missing(loading, kLibrary))
    return {"", "the trainer does not find " + names, "install this system's packages of them"};
  return refused(std::string("LibTorch ") + kVersion + " is not found: this verb computes with it",
                 trainer);
}

LibTorchSearch in_asked_folder(const std::string& asked, const std::string& trainer) {
  const std::string found = has_library(asked) ? version_of(asked) : "";
  if (found != kVersion)
    return refused("ELBOW_LIBTORCH=" + asked + ": expected the torch folder of LibTorch " +
                       kVersion + ", found " + (found.empty() ? "none" : found),
                   trainer);
  const Loading loading = try_loading(trainer, asked);
  if (loading.missing.empty()) return {asked, "", ""};
  return refused_by_loader(loading, trainer);
}

}  // namespace

std::string loader_path(const std::string& folder) {
  const std::string before = environment_text("LD_LIBRARY_PATH");
  return folder + "/lib" + (before.empty() ? "" : ":" + before);
}

LibTorchSearch find_libtorch(const std::string& trainer) {
  const std::string asked = environment_text("ELBOW_LIBTORCH");
  if (!asked.empty()) return in_asked_folder(asked, trainer);
  const Loading own = try_loading(trainer, "");
  // A folder without headers says nothing of its version.
  const std::string version = own.folder.empty() ? "" : version_of(own.folder);
  const bool is_right = version.empty() || version == kVersion;
  if (own.missing.empty() && is_right) return {};
  Loading reported = own;
  std::string other = is_right ? "" : version;
  for (const auto& find : {own_folder_of_user, python_torch}) {
    const std::string folder = find();
    if (folder.empty() || !has_library(folder)) continue;
    if (const std::string its = version_of(folder); its != kVersion) {
      other = its;
      continue;
    }
    const Loading loading = try_loading(trainer, folder);
    if (loading.missing.empty()) return {folder, "", ""};
    reported = loading;
  }
  if (reported.missing.empty() || (!other.empty() && is_missing(reported, kLibrary)))
    return refused(std::string("LibTorch ") + kVersion + " is not found, only " + other, trainer);
  return refused_by_loader(reported, trainer);
}

}  // namespace elbow::cli
