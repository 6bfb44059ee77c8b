#pragma once

#include <functional>
#include <string>
#include <vector>

#include "elbow/foundations/config/schema.h"
#include "elbow/foundations/core/error.h"

namespace elbow {

/// A configuration with every default written out, and where each value came from.
struct ResolvedConfig {
  Json value;        ///< object in the order of the schema; components keep `type` first
  Json origins;      ///< flat object: dotted path -> "file:line", "command line" or "default"
  std::string file;  ///< as the user named it
  /// Gives a mistake that was found after loading (`ConfigNode::refuse`) its file, line and column.
  std::function<Diagnostic(const Diagnostic&)> locate;
};

/// Reads a YAML file, applies overrides (`a.b=v`, `+a.b=v`, `++a.b=v`, `~a.b`), checks everything
/// against the schema and the combination rules, and resolves it. Collects every mistake before it
/// throws.
/// @throws ConfigError with all diagnostics, ordered by line
ResolvedConfig load_config(const std::string& file,
                           const std::vector<std::string>& overrides,
                           const Schema& schema);

/// The same on text that is already here; `file` is used in messages only.
ResolvedConfig load_config_text(const std::string& text,
                                const std::string& file,
                                const std::vector<std::string>& overrides,
                                const Schema& schema);

/// The configuration of a run that has trained, without the combination rules: it passed those of
/// the version that trained it, and rules that came later must not keep anyone from reading it.
/// @throws ConfigError for keys and values
ResolvedConfig load_run_config(const std::string& file, const Schema& schema);

/// YAML text of a resolved configuration: loads again to the same value, bit for bit.
std::string dump_config(const ResolvedConfig& config);

/// Keys whose values differ: "trainer.epochs: 10 -> 20".
std::vector<std::string> config_differences(const Json& from, const Json& to);

/// The known word nearest to `word` (Damerau-Levenshtein <= max(2, length / 3) and at most half of
/// the longer word, upper and lower case alike); empty when none is near.
std::string nearest_word(const std::string& word, const std::vector<std::string>& known);

}  // namespace elbow
