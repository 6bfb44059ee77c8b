#include "elbow/models/programs/program_data.h"

#include <ATen/ops/empty.h>

#include <cmath>
#include <limits>

#include "elbow/foundations/core/error.h"

namespace elbow::programs {
namespace {

using stan::Base;

class Reader {
 public:
  Reader(const ProgramData& data,
         const stan::Statement& declaration,
         const std::vector<std::int64_t>& sizes)
      : data_(data), declaration_(declaration), sizes_(sizes) {}

  Value read(const Json& json) {
    const stan::Type type = declaration_.declared->type;
    collect(json, 0);
    if (type.is_integer()) return Value::of(integers_.front());
    if (type.is_real()) return Value::of(numbers_.front());
    Value out;
    out.type = type;
    const bool is_integer = type.base == Base::integer;
    out.tensor = at::empty(sizes_, is_integer ? at::kLong : at::kDouble);
    if (is_integer)
      std::copy(integers_.begin(), integers_.end(), out.tensor.mutable_data_ptr<std::int64_t>());
    else
      std::copy(numbers_.begin(), numbers_.end(), out.tensor.mutable_data_ptr<double>());
    return out;
  }

 private:
  [[noreturn]] void refuse(const std::string& what, const std::string& help) const {
    std::string place;
    for (const std::size_t one : path_) place += "[" + std::to_string(one + 1) + "]";
    throw DataError(data_.file + ": " + declaration_.name + place + ": " + what, help);
  }

  void collect(const Json& json, std::size_t depth) {
    if (depth == sizes_.size()) return add(json);
    if (!json.is_array())
      refuse("expected a list of " + std::to_string(sizes_[depth]) + ", found " + shown(json),
             "'" + declaration_.name + "' is declared as " +
                 stan::name_of(declaration_.declared->type));
    if (static_cast<std::int64_t>(json.size()) != sizes_[depth])
      refuse("expected " + std::to_string(sizes_[depth]) + " elements, found " +
                 std::to_string(json.size()),
             "check the sizes in the data and in the program");
    for (std::size_t i = 0; i < json.size(); ++i) {
      path_.push_back(i);
      collect(json[i], depth + 1);
      path_.pop_back();
    }
  }

  void add(const Json& json) {
    const bool wants_integer = declaration_.declared->type.base == Base::integer;
    if (wants_integer) {
      if (!json.is_number_integer())
        refuse("expected an integer, found " + shown(json),
               "integers are written without a decimal point");
      const auto found = json.get<std::int64_t>();
      if (found > std::numeric_limits<std::int32_t>::max() ||
          found < std::numeric_limits<std::int32_t>::min())
        refuse("the integer " + std::to_string(found) + " has more than 32 bits",
               "declare it real");
      integers_.push_back(found);
      return;
    }
    if (json.is_number()) {
      numbers_.push_back(json.get<double>());
      return;
    }
    const std::string word = json.is_string() ? json.get<std::string>() : "";
    const double infinity = std::numeric_limits<double>::infinity();
    if (word == "Infinity" || word == "+Infinity" || word == "Inf" || word == "+Inf")
      numbers_.push_back(infinity);
    else if (word == "-Infinity" || word == "-Inf")
      numbers_.push_back(-infinity);
    else if (word == "NaN" || json.is_null())
      refuse("not a number",
             "a program has no missing values; make them parameters, or leave the rows out");
    else
      refuse("expected a number, found " + shown(json),
             "strings and maps are no data of a program");
  }

  static std::string shown(const Json& json) {
    constexpr std::size_t kLongest = 40;
    if (json.is_array()) return "a list of " + std::to_string(json.size());
    std::string out = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    return out.size() > kLongest ? out.substr(0, kLongest) + "..." : out;
  }

  const ProgramData& data_;
  const stan::Statement& declaration_;
  const std::vector<std::int64_t>& sizes_;
  std::vector<std::size_t> path_;
  std::vector<std::int64_t> integers_;
  std::vector<double> numbers_;
};

}  // namespace

Value data_value(const ProgramData& data,
                 const stan::Statement& declaration,
                 const std::vector<std::int64_t>& sizes) {
  const auto found = data.values.find(declaration.name);
  if (found == data.values.end()) {
    // Without elements it may be left out, as by other programs that write such files.
    for (const std::int64_t size : sizes)
      if (size == 0) {
        Value none;
        none.type = declaration.declared->type;
        none.tensor = at::empty(sizes, none.type.base == Base::integer ? at::kLong : at::kDouble);
        return none;
      }
    std::string names;
    for (const auto& [name, value] : data.values.items()) {
      if (names.size() > 200) break;
      names += (names.empty() ? "" : ", ") + name;
    }
    throw DataError(data.file + ": '" + declaration.name + "' is missing",
                    "the program declares it as " + stan::name_of(declaration.declared->type) +
                        "; the file has " + (names.empty() ? "nothing" : names));
  }
  return Reader(data, declaration, sizes).read(*found);
}

}  // namespace elbow::programs
