#pragma once

#include <string>
#include <utility>
#include <vector>

#include "elbow/foundations/core/error.h"

namespace elbow {

/// Where a piece of configuration was written.
struct Place {
  static constexpr int kDefault = -1;  ///< not written by anybody: a default of the schema
  int source = kDefault;  ///< number that `Diagnostics::add_file` or `add_override` gave
  int line = 0;           ///< 1-based
  int column = 0;         ///< 1-based, in characters
  int length = 1;         ///< characters that a marker underlines
};

/// The texts that a configuration is made of, and every mistake found in them so far.
class Diagnostics {
 public:
  int add_file(const std::string& name);
  /// One override of the command line, as the user typed it.
  int add_override(const std::string& text);
  /// The text of a file, without byte-order mark and carriage returns, for the markers.
  void set_text(int source, const std::string& text);
  const std::string& line(int source, int number) const;
  bool is_file(int source) const;

  /// @throws std::logic_error at a place of the schema's own defaults: that is a defect of ours
  void add(const Place& place,
           const std::string& path,
           const std::string& message,
           const std::string& suggestion = "",
           const std::string& help = "");
  /// A key that nobody knows: it stands beside the others, which keep their values.
  void add_unknown(const Place& place,
                   const std::string& path,
                   const std::string& suggestion,
                   const std::string& help);
  /// What `add` keeps, for a mistake that is found later.
  Diagnostic diagnostic(const Place& place,
                        const std::string& path,
                        const std::string& message,
                        const std::string& suggestion,
                        const std::string& help) const;
  /// A misspelt key was meant for this path: nothing more is said about its absence.
  void excuse(const std::string& path) { excused_.push_back(path); }
  bool is_excused(const std::string& path) const;
  bool empty() const { return found_.empty(); }
  /// Whether the value of this key cannot be relied on: a mistake lies at it, below it, in a
  /// section or component that holds it or in the name of such a component, or a misspelt key was
  /// meant for it.
  bool touches(const std::string& path) const;
  /// File first, ordered by line and column, then the command line in its order.
  std::vector<Diagnostic> ordered() const;
  /// "file:line", "command line" or "default".
  std::string origin(const Place& place) const;

 private:
  struct Source {
    std::string name;
    bool is_file = true;
    std::vector<std::string> lines;
  };
  std::vector<Source> sources_;
  std::vector<std::pair<Place, Diagnostic>> found_;
  std::vector<std::string> broken_;  ///< paths whose values are not what was meant
  std::vector<std::string> excused_;
};

}  // namespace elbow
