#include "elbow/language/stan/program_data.h"

#include <algorithm>
#include <set>

#include "elbow/foundations/core/error.h"

namespace elbow::stan {

ProgramData parse_data(const std::string& text, const std::string& file) {
  ProgramData out;
  out.file = file;
  std::set<std::string> names;
  const auto refuse_twice = [&](int depth, Json::parse_event_t event, const Json& found) {
    if (depth == 1 && event == Json::parse_event_t::key &&
        !names.insert(found.get<std::string>()).second)
      throw DataError(file + ": '" + found.get<std::string>() + "' is there twice",
                      "remove one of them");
    return true;
  };
  try {
    out.values = Json::parse(text, refuse_twice);
  } catch (const Json::out_of_range& error) {
    throw DataError(file + ": a number is beyond those of float64, about 1.8e308",
                    "write a smaller number, or \"Infinity\"");
  } catch (const Json::parse_error& error) {
    const std::size_t end = std::min(error.byte == 0 ? 0 : error.byte - 1, text.size());
    int line = 1, column = 1;
    for (std::size_t i = 0; i < end; ++i) {
      column = text[i] == '\n' ? 1 : column + 1;
      line += text[i] == '\n';
    }
    throw DataError(
        file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": this is no JSON",
        "the data are a map from names to numbers and lists: {\"N\": 3, \"y\": [1, 2, 3]}");
  }
  if (!out.values.is_object())
    throw DataError(file + ":1:1: expected a map from names to values",
                    "write {\"N\": 3, \"y\": [1, 2, 3]}");
  return out;
}

namespace {

/// Names with commas, cut where there are many.
std::string shortened_list(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 200;
  std::string out;
  for (const std::string& name : names) {
    if (out.size() > kMost) return out + ", ...";
    out += (out.empty() ? "" : ", ") + name;
  }
  return out;
}

}  // namespace

std::vector<std::string> check_names(const Program& program, const ProgramData& data) {
  std::vector<std::string> declared, missing, wanted;
  for (const StatementPtr& one : program.block(Block::data)) {
    declared.push_back(one->name);
    // What has no elements may be left out, which only its sizes can tell.
    if (data.values.contains(one->name) || one->declared->type.num_dimensions() > 0) continue;
    missing.push_back("'" + one->name + "'");
    wanted.push_back(name_of(one->declared->type) + " " + one->name);
  }
  if (!missing.empty()) {
    std::vector<std::string> there;
    for (const auto& [name, value] : data.values.items()) there.push_back(name);
    throw DataError(data.file + ": " + shortened_list(missing) +
                        (missing.size() == 1 ? " is missing" : " are missing"),
                    "the program declares " + shortened_list(wanted) + "; the file has " +
                        (there.empty() ? "nothing" : shortened_list(there)));
  }
  std::vector<std::string> unused;
  for (const auto& [name, value] : data.values.items())
    if (std::find(declared.begin(), declared.end(), name) == declared.end()) unused.push_back(name);
  return unused;
}

std::string text_of_declaration(const Program& program, const Statement& declaration) {
  // From the line of the name: what stands before it is the type.
  const auto line = static_cast<std::size_t>(declaration.place.line - 1);
  const auto column = static_cast<std::size_t>(declaration.place.column - 1);
  if (line >= program.lines.size()) return declaration.name;
  const std::string& text = program.lines[line];
  std::size_t begin = text.find_last_of(";{", column == 0 ? 0 : column - 1);
  begin = begin == std::string::npos || begin >= column ? 0 : begin + 1;
  begin = text.find_first_not_of(" \t", begin);
  return text.substr(begin, column + declaration.name.size() - begin);
}

}  // namespace elbow::stan
