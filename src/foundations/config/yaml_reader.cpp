#include <yaml-cpp/parser.h>

#include <sstream>

#include "elbow/foundations/config/yaml_tree.h"
#include "syntax_error.h"
#include "tree_builder.h"

namespace elbow {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

const std::pair<YamlNode, YamlNode>* YamlNode::find(const std::string& key) const {
  for (const auto& entry : entries)
    if (entry.first.text == key) return &entry;
  return nullptr;
}

std::pair<YamlNode, YamlNode>* YamlNode::find(const std::string& key) {
  for (auto& entry : entries)
    if (entry.first.text == key) return &entry;
  return nullptr;
}

std::optional<YamlNode> parse_yaml(const std::string& text,
                                   int source,
                                   Diagnostics& diagnostics,
                                   int first_column,
                                   std::int64_t* visits) {
  const std::vector<std::string> lines = lines_of(text);
  TreeBuilder builder(lines, source, first_column, diagnostics);
  bool readable = true;
  try {
    // yaml-cpp takes a quote that is still open after the last line break for closed.
    const std::size_t end = text.find_last_not_of(" \n");
    std::istringstream stream(end == std::string::npos ? "" : text.substr(0, end + 1));
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) continue;
  } catch (const Abandoned&) {
    readable = false;
  } catch (const YAML::ParserException& error) {
    report_syntax(error, text, builder, diagnostics);
    readable = false;
  }
  if (visits != nullptr) *visits = builder.visits();
  if (!readable) return std::nullopt;
  return builder.take_root();
}

}  // namespace elbow
