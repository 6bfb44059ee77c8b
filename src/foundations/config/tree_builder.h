#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <map>
#include <set>

#include "elbow/foundations/config/yaml_tree.h"
#include "unclosed.h"

namespace elbow {

/// Leaves the parser after a mistake that makes the rest meaningless; already recorded.
struct Abandoned {};

/// What a document costs: values in it and levels of nesting.
struct Extent {
  std::int64_t values = 1;
  int depth = 1;
};

/// Builds our tree from the parser's events; knows the limits.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const std::vector<std::string>& lines,
              int source,
              int first_column,
              Diagnostics& diagnostics)
      : lines_(lines), source_(source), first_column_(first_column), diagnostics_(diagnostics) {}

  YamlNode take_root() { return std::move(root_); }
  std::int64_t visits() const { return visits_; }

  /// Where a mark of the parser is, in characters instead of bytes.
  Place place(const YAML::Mark& mark, int length = 1) const;

  /// The byte of the text at a position inside it.
  char at(const TextPosition& position) const;

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;

  void OnScalar(const YAML::Mark& mark,
                const std::string& tag,
                YAML::anchor_t anchor,
                const std::string& value) override;

  void OnSequenceStart(const YAML::Mark& mark,
                       const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override;
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override;
  void OnMapEnd() override { close(); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    std::optional<YamlNode> key;
  };
  struct Anchored {
    YamlNode node;
    Extent cost;
  };

  [[noreturn]] void abandon(const Place& where,
                            const std::string& message,
                            const std::string& help = "");

  void count(std::int64_t values, const Place& where);

  void check_depth(int below, const Place& where);

  YamlNode start(const YAML::Mark& mark, YamlNode::Kind kind, const std::string& tag);

  void open(YamlNode node, YAML::anchor_t anchor);

  void close();

  void finish(YamlNode node, YAML::anchor_t anchor);

  void add(YamlNode node);

  bool is_key(const YamlNode& key);

  const std::vector<std::string>& lines_;
  int source_;
  int first_column_;
  Diagnostics& diagnostics_;
  YamlNode root_;
  std::vector<Open> open_;
  std::set<YAML::anchor_t> open_anchors_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::int64_t visits_ = 0;
  int documents_ = 0;
};

}  // namespace elbow
