#include "tree_builder.h"

#include <algorithm>

namespace elbow {
namespace {

Extent extent(const YamlNode& node) {
  Extent out;
  const auto include = [&out](const Extent& below) {
    out.values += below.values;
    out.depth = std::max(out.depth, below.depth + 1);
  };
  for (const auto& item : node.items) include(extent(item));
  for (const auto& [key, value] : node.entries) {
    include(extent(key));
    include(extent(value));
  }
  return out;
}

/// Characters (not bytes) before a byte offset: columns count what a person sees.
int characters_before(const std::string& line, int bytes) {
  const auto end =
      line.begin() + std::min<std::ptrdiff_t>(bytes, static_cast<std::ptrdiff_t>(line.size()));
  return static_cast<int>(std::count_if(
      line.begin(), end, [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

}  // namespace

Place TreeBuilder::place(const YAML::Mark& mark, int length) const {
  const auto row = static_cast<std::size_t>(std::max(0, mark.line));
  const std::string line = row < lines_.size() ? lines_[row] : "";
  return {source_, mark.line + 1, first_column_ + characters_before(line, mark.column) + 1, length};
}

char TreeBuilder::at(const TextPosition& position) const {
  return lines_.at(static_cast<std::size_t>(position.line))
      .at(static_cast<std::size_t>(position.column));
}

void TreeBuilder::OnDocumentStart(const YAML::Mark& mark) {
  if (++documents_ > 1)
    abandon(place(mark), "expected one YAML document, got a second one", "remove the line '---'");
}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  YamlNode node = start(mark, YamlNode::Kind::null, "?");
  finish(std::move(node), anchor);
}

void TreeBuilder::OnScalar(const YAML::Mark& mark,
                           const std::string& tag,
                           YAML::anchor_t anchor,
                           const std::string& value) {
  YamlNode node = start(mark, YamlNode::Kind::scalar, tag);
  node.text = value;
  node.quoted = tag == "!";
  node.place.length =
      std::max(1, characters_before(value, static_cast<int>(value.size()))) + (node.quoted ? 2 : 0);
  finish(std::move(node), anchor);
}

void TreeBuilder::OnSequenceStart(const YAML::Mark& mark,
                                  const std::string& tag,
                                  YAML::anchor_t anchor,
                                  YAML::EmitterStyle::value) {
  open(start(mark, YamlNode::Kind::list, tag), anchor);
}

void TreeBuilder::OnMapStart(const YAML::Mark& mark,
                             const std::string& tag,
                             YAML::anchor_t anchor,
                             YAML::EmitterStyle::value) {
  open(start(mark, YamlNode::Kind::map, tag), anchor);
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const Place here = place(mark);
  if (open_anchors_.count(anchor) != 0)
    abandon(here, "the alias stands inside the value that it names (a cycle)");
  const auto found = anchors_.find(anchor);
  if (found == anchors_.end()) abandon(here, "the alias names no anchor");
  count(found->second.cost.values, here);
  check_depth(found->second.cost.depth, here);
  add(YamlNode(found->second.node));
}

void TreeBuilder::abandon(const Place& where, const std::string& message, const std::string& help) {
  diagnostics_.add(where, "", message, "", help);
  throw Abandoned{};
}

void TreeBuilder::count(std::int64_t values, const Place& where) {
  visits_ += values;
  if (visits_ > YamlLimits::kVisits)
    abandon(where, "more than " + std::to_string(YamlLimits::kVisits) + " values, aliases counted");
}

void TreeBuilder::check_depth(int below, const Place& where) {
  if (static_cast<int>(open_.size()) + below > YamlLimits::kDepth)
    abandon(where, "nested deeper than " + std::to_string(YamlLimits::kDepth) + " levels");
}

YamlNode TreeBuilder::start(const YAML::Mark& mark, YamlNode::Kind kind, const std::string& tag) {
  YamlNode node;
  node.kind = kind;
  node.place = place(mark);
  count(1, node.place);
  check_depth(1, node.place);
  if (!tag.empty() && tag != "?" && tag != "!")
    diagnostics_.add(
        node.place, "", "tags ('" + tag + "') are not used here", "", "remove the tag");
  return node;
}

void TreeBuilder::open(YamlNode node, YAML::anchor_t anchor) {
  if (anchor != 0) open_anchors_.insert(anchor);
  open_.push_back({std::move(node), anchor, std::nullopt});
}

void TreeBuilder::close() {
  Open closed = std::move(open_.back());
  open_.pop_back();
  open_anchors_.erase(closed.anchor);
  finish(std::move(closed.node), closed.anchor);
}

void TreeBuilder::finish(YamlNode node, YAML::anchor_t anchor) {
  if (anchor != 0) {
    const Extent cost = extent(node);
    count(cost.values,
          node.place);  // the copy kept for aliases; anchors in anchors would multiply it
    anchors_[anchor] = {node, cost};
  }
  add(std::move(node));
}

void TreeBuilder::add(YamlNode node) {
  if (open_.empty()) {
    root_ = std::move(node);
  } else if (Open& parent = open_.back(); parent.node.kind == YamlNode::Kind::list) {
    parent.node.items.push_back(std::move(node));
  } else if (!parent.key) {
    parent.key = std::move(node);
  } else {
    if (is_key(*parent.key))
      parent.node.entries.emplace_back(std::move(*parent.key), std::move(node));
    parent.key.reset();
  }
}

bool TreeBuilder::is_key(const YamlNode& key) {
  const bool merges = key.text == "<<" && !key.quoted;
  if (key.kind == YamlNode::Kind::scalar && !key.text.empty() && !merges) return true;
  if (merges)
    diagnostics_.add(key.place,
                     "",
                     "'<<' merges are not used here",
                     "",
                     "write the keys out, or give each value its own alias");
  else
    diagnostics_.add(key.place, "", "expected a word as key");
  return false;
}

}  // namespace elbow
