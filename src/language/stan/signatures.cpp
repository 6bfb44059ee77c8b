#include "elbow/language/stan/signatures.h"

#include <algorithm>
#include <map>
#include <sstream>

#include "signature_table.h"
#include "words.h"

namespace elbow::stan {
namespace {

Type type_named(const std::string& text) {
  static const std::map<std::string, Base> kBases{{"int", Base::integer},
                                                  {"real", Base::real},
                                                  {"vector", Base::vector},
                                                  {"row_vector", Base::row_vector},
                                                  {"matrix", Base::matrix},
                                                  {"void", Base::nothing}};
  Type out;
  const std::size_t end = text.find("] ");
  if (end != std::string::npos)
    out.array =
        1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<long>(end), ','));
  out.base = kBases.at(end == std::string::npos ? text : text.substr(end + 2));
  return out;
}

Parameter parameter_named(const std::string& text) {
  if (text == "reals") return {Pattern::reals, {Base::real, 0}};
  if (text == "ints") return {Pattern::ints, {Base::integer, 0}};
  if (text == "vectors") return {Pattern::vectors, {Base::vector, 0}};
  return {Pattern::exact, type_named(text)};
}

/// "real(vector,int) int(int)": parentheses hold no blanks but that of "array[] real".
std::vector<Overload> overloads_in(const std::string& text) {
  std::vector<Overload> out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find('(', at), close = text.find(')', open);
    Overload one;
    one.result = type_named(text.substr(at, open - at));
    std::size_t begin = open + 1;
    int depth = 0;
    for (std::size_t i = begin; i <= close && close > open + 1; ++i) {
      depth += text[i] == '[' ? 1 : text[i] == ']' ? -1 : 0;
      if ((text[i] != ',' || depth > 0) && i != close) continue;
      one.parameters.push_back(parameter_named(text.substr(begin, i - begin)));
      begin = i + 1;
    }
    out.push_back(std::move(one));
    at = close + 1;
    while (at < text.size() && text[at] == ' ') ++at;
  }
  return out;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> out;
  for (std::string word; stream >> word;) out.push_back(word);
  return out;
}

/// The density, distribution functions and draws of "normal reals reals".
void add_univariate(const std::string& row, bool is_discrete, std::vector<Signature>& out) {
  std::vector<std::string> words = words_of(row);
  std::string name = words.front();
  const bool has_cdf = name.back() != '!';
  if (!has_cdf) name.pop_back();
  words.front() = is_discrete ? "ints" : "reals";
  Overload density{{Base::real, 0}, {}};
  for (const std::string& word : words) density.parameters.push_back(parameter_named(word));
  const char* const suffix = is_discrete ? "_lpmf" : "_lpdf";
  for (const char* ending : {suffix, "_cdf", "_lcdf", "_lccdf"})
    if (has_cdf || ending == suffix) out.push_back({name + ending, Rule::listed, {density}});
  Overload draw{{is_discrete ? Base::integer : Base::real, 0}, density.parameters};
  draw.parameters.erase(draw.parameters.begin());
  out.push_back({name + "_rng", Rule::listed, {draw}});
}

std::vector<Signature> all_signatures() {
  std::vector<Signature> out;
  const auto add = [&out](const char* names, Rule rule) {
    for (const std::string& name : words_of(names)) out.push_back({name, rule, {}});
  };
  add(kUnary, Rule::unary);
  add(kBinary, Rule::binary);
  add(kLogical, Rule::logical);
  add(kVarying, Rule::varying);
  for (int i = 0; i < kNumListed; ++i)
    for (std::string name : words_of(kListed[i].names)) {
      // log2() and log10() are numbers beside the functions of one argument.
      if (name.back() == '_') name.pop_back();
      const auto known = std::find_if(
          out.begin(), out.end(), [&name](const Signature& one) { return one.name == name; });
      if (known == out.end())
        out.push_back({name, Rule::listed, overloads_in(kListed[i].overloads)});
      else
        known->overloads = overloads_in(kListed[i].overloads);
    }
  for (int i = 0; i < kNumContinuous; ++i) add_univariate(kContinuous[i], false, out);
  for (int i = 0; i < kNumDiscrete; ++i) add_univariate(kDiscrete[i], true, out);
  std::sort(out.begin(), out.end(), [](const Signature& a, const Signature& b) {
    return a.name < b.name;
  });
  return out;
}

bool matches(const Parameter& parameter, const Type& type) {
  const bool is_line = type.base == Base::vector || type.base == Base::row_vector;
  const bool is_number = type.base == Base::integer || type.base == Base::real;
  switch (parameter.pattern) {
    case Pattern::reals:
      return (is_line && type.array == 0) || (is_number && type.array <= 1);
    case Pattern::ints:
      return type.base == Base::integer && type.array <= 1;
    case Pattern::vectors:
      return is_line && type.array <= 1;
    case Pattern::exact:
      return is_assignable(type, parameter.type);
  }
  return false;
}

/// Draws of arguments that hold more than one number are as many: an array.
Type type_of_draws(const std::string& name,
                   const Overload& overload,
                   const std::vector<Type>& arguments) {
  Type out = overload.result;
  if (!ends_in(name, "_rng")) return out;
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (overload.parameters[i].pattern != Pattern::exact && !arguments[i].is_scalar())
      out.array = 1;
  return out;
}

Type real_of(Type type) {
  if (type.base == Base::integer) type.base = Base::real;
  return type;
}

std::optional<Type> result_of_binary(const std::vector<Type>& arguments) {
  if (arguments.size() != 2) return std::nullopt;
  const Type a = real_of(arguments[0]), b = real_of(arguments[1]);
  if (a == b || b.is_real()) return a;
  if (a.is_real()) return b;
  return std::nullopt;
}

std::optional<Type> result_of_unary(const std::string& name, const std::vector<Type>& arguments) {
  if (arguments.size() != 1) return std::nullopt;
  const Type& type = arguments[0];
  if (type.base == Base::nothing || type.base == Base::text) return std::nullopt;
  return name == "abs" && type.base == Base::integer ? type : real_of(type);
}

std::string word_of(const Parameter& parameter) {
  switch (parameter.pattern) {
    case Pattern::reals:
      return "reals";
    case Pattern::ints:
      return "ints";
    case Pattern::vectors:
      return "vectors";
    case Pattern::exact:
      return name_of(parameter.type);
  }
  return "";
}

}  // namespace

std::optional<Type> result_of_varying(const std::string& name, const std::vector<Type>& arguments);

const std::vector<Signature>& signatures() {
  static const std::vector<Signature> all = all_signatures();
  return all;
}

const Signature* find_signature(const std::string& name) {
  const auto& all = signatures();
  const auto found = std::lower_bound(
      all.begin(), all.end(), name, [](const Signature& one, const std::string& key) {
        return one.name < key;
      });
  return found != all.end() && found->name == name ? &*found : nullptr;
}

bool is_density_name(const std::string& name) {
  for (const char* ending : {"_lpdf", "_lpmf", "_lupdf", "_lupmf", "_cdf", "_lcdf", "_lccdf"})
    if (ends_in(name, ending)) return true;
  return false;
}

std::string density_of(const std::string& distribution) {
  for (const char* ending : {"_lpdf", "_lpmf"})
    if (find_signature(distribution + ending) != nullptr) return distribution + ending;
  return "";
}

std::vector<std::string> distributions() {
  std::vector<std::string> out;
  for (const Signature& one : signatures())
    if (ends_in(one.name, "_lpdf") || ends_in(one.name, "_lpmf"))
      out.push_back(one.name.substr(0, one.name.size() - 5));
  return out;
}

bool is_assignable(const Type& from, const Type& to) {
  return from == to ||
         (from.base == Base::integer && to.base == Base::real && from.array == to.array);
}

std::optional<Type> result_of(const Signature& signature, const std::vector<Type>& arguments) {
  for (const Overload& overload : signature.overloads) {
    if (overload.parameters.size() != arguments.size()) continue;
    bool fits = true;
    for (std::size_t i = 0; i < arguments.size(); ++i)
      fits = fits && matches(overload.parameters[i], arguments[i]);
    if (fits) return type_of_draws(signature.name, overload, arguments);
  }
  switch (signature.rule) {
    case Rule::listed:
      return std::nullopt;
    case Rule::unary:
      return result_of_unary(signature.name, arguments);
    case Rule::binary:
      return result_of_binary(arguments);
    case Rule::logical:
      if (arguments.size() == 2 && arguments[0].is_scalar() && arguments[1].is_scalar())
        return Type{Base::integer, 0};
      return std::nullopt;
    case Rule::varying:
      return result_of_varying(signature.name, arguments);
  }
  return std::nullopt;
}

std::string describe(const Signature& signature) {
  switch (signature.rule) {
    case Rule::unary:
      return signature.name + "(x): of numbers, element by element";
    case Rule::binary:
      return signature.name + "(x, y): of numbers, element by element";
    case Rule::logical:
      return signature.name + ": of two numbers";
    case Rule::varying:
      return signature.name + "(...)";
    case Rule::listed:
      break;
  }
  std::string out;
  for (const Overload& overload : signature.overloads) {
    out += (out.empty() ? "" : "; ") + signature.name + "(";
    for (std::size_t i = 0; i < overload.parameters.size(); ++i)
      out += (i == 0                                      ? ""
              : i == 1 && is_density_name(signature.name) ? " | "
                                                          : ", ") +
             word_of(overload.parameters[i]);
    out += "): " + name_of(overload.result);
  }
  return out;
}

}  // namespace elbow::stan
