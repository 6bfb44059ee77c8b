#include <algorithm>

#include "report_parts.h"
#include "text_format.h"

namespace elbow::report {
namespace {

constexpr std::size_t kMaxRows = 60, kMaxValues = 24, kMaxHeads = 8;

using Rows = std::vector<std::vector<std::string>>;

std::string count_of(std::size_t count) {
  return text::thousands(static_cast<std::int64_t>(count));
}

/// A number with four digits, or a list of them; what is nested deeper only says how long it is.
std::string cell(const Json& value) {
  if (value.is_number_float()) return text::significant(value.get<double>(), 4);
  if (value.is_object()) return count_of(value.size()) + " entries";
  if (!value.is_array()) return value_text(value);
  std::string out;
  for (std::size_t i = 0; i < std::min(value.size(), kMaxValues); ++i) {
    const Json& one = value[i];
    out +=
        (i == 0 ? "" : ", ") + (one.is_structured() ? count_of(one.size()) + " values" : cell(one));
  }
  if (value.size() > kMaxValues) out += ", \u2026 (" + count_of(value.size()) + " in all)";
  return out;
}

bool holds(const Json& list, bool (Json::*is_kind)() const noexcept) {
  return list.is_array() && !list.empty() &&
         std::all_of(
             list.begin(), list.end(), [is_kind](const Json& one) { return (one.*is_kind)(); });
}

/// A list of lists has a row for each, numbered from 0.
void add_rows(const std::string& name, const Json& value, Rows* rows) {
  if (!holds(value, &Json::is_array)) {
    rows->push_back({name, cell(value)});
    return;
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (rows->size() >= kMaxRows) {
      rows->push_back({name, "\u2026 (" + count_of(value.size()) + " rows in all)"});
      return;
    }
    rows->push_back({name + "[" + std::to_string(i) + "]", cell(value[i])});
  }
}

/// A list of objects is a table of its own, with a column for each key.
std::string object_table(const std::string& name, const Json& list) {
  std::vector<std::string> heads{"number"};
  for (const Json& entry : list)
    for (const auto& [key, value] : entry.items())
      if (heads.size() <= kMaxHeads && std::find(heads.begin(), heads.end(), key) == heads.end())
        heads.push_back(key);
  Rows rows;
  for (std::size_t i = 0; i < std::min(list.size(), kMaxRows); ++i) {
    rows.push_back({std::to_string(i)});
    for (std::size_t k = 1; k < heads.size(); ++k) {
      const auto found = list[i].find(heads[k]);
      rows.back().push_back(found == list[i].end() ? "" : cell(*found));
    }
  }
  std::string caption = name + ": " + count_of(list.size());
  if (list.size() > kMaxRows)
    caption += ", of which the first " + count_of(kMaxRows) + " are listed";
  return table(heads, rows, caption);
}

}  // namespace

std::string learned_model(const Json& evaluation) {
  if (!evaluation.is_object()) return "";
  const auto model = evaluation.find("model");
  if (model == evaluation.end() || !model->is_object()) return "";
  Rows rows;
  std::string tables;
  std::size_t shown = 0;
  for (const auto& [key, value] : model->items()) {
    if (++shown > kMaxRows) break;
    if (holds(value, &Json::is_object))
      tables += object_table(key, value);
    else
      add_rows(key, value, &rows);
  }
  const std::string unit = words(evaluation, "model_unit");
  const std::string caption =
      "What the model has learned" + (unit.empty() ? "" : "; numbers of the data are of " + unit);
  return (rows.empty() ? "" : table({"learned", "value"}, rows, caption)) + tables;
}

}  // namespace elbow::report
