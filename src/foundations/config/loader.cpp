#include "elbow/foundations/config/loader.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "elbow/foundations/config/resolver.h"
#include "elbow/foundations/config/rules.h"
#include "elbow/foundations/config/scalar.h"
#include "elbow/foundations/config/yaml_tree.h"

namespace elbow {
namespace {

namespace fs = std::filesystem;

bool is_yaml(const fs::path& file) {
  return file.extension() == ".yaml" || file.extension() == ".yml";
}

std::vector<std::string> yaml_files(const fs::path& folder) {
  // A set: the order of a folder's entries must not decide what is suggested.
  std::set<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    if (is_yaml(entry->path())) names.insert(entry->path().filename().string());
  return {names.begin(), names.end()};
}

std::string did_you_mean_file(const fs::path& folder, const std::string& name) {
  return name.empty() ? "" : "did you mean '" + (folder / name).string() + "'?";
}

[[noreturn]] void refuse_file(const std::string& file,
                              const std::string& message,
                              const std::string& suggestion = "",
                              const std::string& help = "") {
  Diagnostic out;
  out.file = file;
  out.message = message;
  out.suggestion = suggestion;
  out.help = help;
  throw ConfigError({out});
}

[[noreturn]] void refuse_missing(const std::string& file) {
  const fs::path path(file);
  const fs::path folder = path.parent_path();
  const auto names = yaml_files(folder.empty() ? fs::path(".") : folder);
  std::string nearest = nearest_word(path.filename().string(), names);
  // Often only the ending is forgotten, which is more letters than a slip.
  for (const char* ending : {".yaml", ".yml"})
    for (const auto& name : names)
      if (nearest.empty() && name == path.filename().string() + ending) nearest = name;
  const bool has_folder = folder.empty() || fs::is_directory(folder);
  const std::string message =
      has_folder ? "no such file" : "no such file, nor a folder '" + folder.string() + "'";
  const std::string help =
      nearest.empty() && !names.empty() ? "YAML files there: " + comma_list(names) : "";
  refuse_file(file, message, did_you_mean_file(folder, nearest), help);
}

std::string read_file(const std::string& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (file.empty())
    refuse_file("command line", "expected the name of a configuration, got an empty word");
  if (status.type() == fs::file_type::not_found) refuse_missing(file);
  if (fs::is_directory(status)) {
    const auto names = yaml_files(file);
    const bool is_run = fs::exists(fs::path(file) / "config.yaml", error);
    refuse_file(file,
                "expected a YAML file, got a directory",
                is_run ? did_you_mean_file(file, "config.yaml") : "",
                !is_run && !names.empty() ? "YAML files in it: " + comma_list(names) : "");
  }
  if (!fs::is_regular_file(status)) refuse_file(file, "expected a regular file that can be read");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) refuse_file(file, std::string("cannot be opened: ") + std::strerror(errno));
  // One byte past the limit is enough to refuse the file.
  std::string text(YamlLimits::kBytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) throw IoError(file + ": cannot be read: " + std::strerror(errno));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

void check_combinations(const Json& value,
                        const Schema& schema,
                        const Resolver& resolver,
                        Diagnostics& diagnostics) {
  const auto is_broken = [&diagnostics](const std::string& path) {
    return diagnostics.touches(path);
  };
  for (const auto& violation : check_rules(value, schema, is_broken))
    diagnostics.add(nearest_place(resolver.places(), violation.path),
                    violation.path,
                    violation.message,
                    "",
                    violation.help);
}

/// The file's tree, when it is one; else the mistakes say why not.
std::optional<YamlNode> read_tree(const std::string& raw, int source, Diagnostics& diagnostics) {
  const auto text = clean_text(raw, source, diagnostics);
  if (!text) return std::nullopt;
  auto root = parse_yaml(*text, source, diagnostics);
  if (!root) return std::nullopt;
  if (root->kind == YamlNode::Kind::map) return root;
  const std::string got =
      root->kind == YamlNode::Kind::list ? "a list" : "'" + root->text.substr(0, 60) + "'";
  const bool empty = root->kind == YamlNode::Kind::null;
  const Place top{source, std::max(1, root->place.line), std::max(1, root->place.column), 1};
  diagnostics.add(
      top,
      "",
      empty ? "expected a configuration, the file is empty"
            : "expected a map of sections, got " + got,
      "",
      empty ? "elbow init writes a starter configuration" : "elbow describe experiment");
  return std::nullopt;
}

/// A type of model or data whose file the user wrote.
bool is_own(const std::string& type) { return type == "program" || type == "torchscript"; }

/// A run keeps copies of the texts that its model is made of: wherever it lies now, they are what
/// was trained, unless the command line names others.
void use_copies(ResolvedConfig& config) {
  const fs::path file(config.file), folder = file.parent_path();
  if (file.filename() != "config.yaml" || !fs::exists(folder / "run.json")) return;
  for (const auto& [section, name] : {std::pair("model", "model.stan"),
                                      std::pair("data", "data.json"),
                                      std::pair("model", "model.pt")}) {
    const bool is_named =
        config.origins.value(std::string(section) + ".path", "") == "command line";
    const fs::path copy = folder / "program" / name;
    if (!is_named && config.value.contains(section) &&
        is_own(config.value[section].value("type", "")) && fs::exists(copy))
      config.value[section]["path"] = copy.string();
  }
}

bool has_type(const YamlNode& root, const char* section, const char* type) {
  const auto* found = root.find(section);
  const auto* name = found == nullptr ? nullptr : found->second.find("type");
  return name != nullptr && name->second.text == type;
}

/// A program whose configuration leaves everything about gradients to us is fitted by the method
/// that needs none of it.
void fit_untuned_programs_by_advi(YamlNode& root) {
  if (!has_type(root, "model", "program") && !has_type(root, "model", "torchscript")) return;
  for (const char* section : {"objective", "estimator", "optimizer", "trainer"})
    if (root.find(section) != nullptr) return;
  if (auto* inference = root.find("inference"); inference == nullptr) {
    YamlNode key, value;
    key.kind = YamlNode::Kind::scalar;
    key.text = "inference";
    key.place = root.place;
    value = yaml_from_json({{"type", "advi"}});
    root.entries.emplace_back(std::move(key), std::move(value));
  } else if (has_type(root, "inference", "gradient") && inference->second.entries.size() == 1) {
    inference->second.find("type")->second.text = "advi";
  }
}

ResolvedConfig load_text(const std::string& text,
                         const std::string& file,
                         const std::vector<std::string>& overrides,
                         const Schema& schema,
                         bool checks_combinations) {
  Diagnostics diagnostics;
  const int source = diagnostics.add_file(file);
  auto root = read_tree(text, source, diagnostics);
  ResolvedConfig out;
  out.file = file;
  if (root) {
    apply_overrides(overrides, *root, diagnostics);
    fit_untuned_programs_by_advi(*root);
    Resolver resolver(schema, diagnostics);
    out.value = resolver.experiment(*root);
    out.origins = resolver.origins();
    if (checks_combinations) check_combinations(out.value, schema, resolver, diagnostics);
    out.locate = [diagnostics, places = resolver.places()](const Diagnostic& found) {
      return diagnostics.diagnostic(nearest_place(places, found.path),
                                    found.path,
                                    found.message,
                                    found.suggestion,
                                    found.help);
    };
  }
  if (!diagnostics.empty()) throw ConfigError(diagnostics.ordered());
  use_copies(out);
  return out;
}

}  // namespace

ResolvedConfig load_config_text(const std::string& text,
                                const std::string& file,
                                const std::vector<std::string>& overrides,
                                const Schema& schema) {
  return load_text(text, file, overrides, schema, /*checks_combinations=*/true);
}

ResolvedConfig load_run_config(const std::string& file, const Schema& schema) {
  return load_text(read_file(file), file, {}, schema, /*checks_combinations=*/false);
}

ResolvedConfig load_config(const std::string& file,
                           const std::vector<std::string>& overrides,
                           const Schema& schema) {
  return load_config_text(read_file(file), file, overrides, schema);
}

}  // namespace elbow
