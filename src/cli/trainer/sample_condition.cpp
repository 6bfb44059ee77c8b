#include "cli/trainer/sample_condition.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <sstream>
#include <vector>

#include "elbow/data/sources/covariates.h"
#include "elbow/data/sources/input.h"
#include "elbow/data/sources/labels.h"
#include "elbow/data/sources/value_rules.h"
#include "elbow/foundations/config/scalar.h"
#include "elbow/foundations/core/contains.h"
#include "elbow/foundations/core/error.h"
#include "elbow/models/generative/conditions.h"
#include "elbow/models/generative/generative_model.h"

namespace elbow::cli {
namespace {

[[noreturn]] void refuse_condition(const std::string& text,
                                   const std::string& what,
                                   const std::string& help) {
  throw UsageError("--condition: " + what + ", got '" + text + "'", help);
}

/// One NAME=VALUE, and the whole that it stands in.
struct Assignment {
  std::string name, value, text;
};

constexpr char kNumberHelp[] = "a number in the units of the training data";

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? ""
                                    : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

/// NaN for what is no number.
double number_in(const std::string& text) {
  char* end = nullptr;
  const double out = std::strtod(text.c_str(), &end);
  return text.empty() || *end != '\0' ? std::nan("") : out;
}

double number_of(const Assignment& part, const std::string& expected) {
  const double out = number_in(part.value);
  if (!std::isfinite(out)) refuse_condition(part.text, "expected " + expected, kNumberHelp);
  return out;
}

/// The position of a class among those of the training data.
std::int64_t label_of(const Assignment& part, const data::Classes& classes) {
  const auto found = std::find(classes.begin(), classes.end(), number_in(part.value));
  if (found != classes.end()) return found - classes.begin();
  std::vector<std::string> names;
  for (const double own : classes) names.push_back(data::text_of_number(own));
  refuse_condition(
      part.text, "expected a label of the training data", "they are " + comma_list(names));
}

void set_covariate(const Assignment& part,
                   const data::Covariates& known,
                   std::int64_t number,
                   SampleOptions& options) {
  const auto i = static_cast<std::size_t>(number);
  options.covariates.resize(known.numbers.size(), 0.0);
  const double value = number_of(part, "a number for the covariate " + part.name);
  options.covariates[i] = (value - known.mean[i]) / known.deviation[i];
}

/// What the model of a run, or one of its latents, is given: by the names that users write.
std::vector<std::string> names_known(const TrainedRun& run, const data::Covariates& covariates) {
  std::vector<std::string> given, out;
  if (run.modules.model) {
    given = run.modules.model->conditions();
    for (const auto& choice : run.modules.model->choices()) given.push_back(choice);
  }
  for (const std::string& name : given) {
    if (name != kCovariates) out.push_back(name);
    for (std::size_t i = 0; name == kCovariates && i < covariates.numbers.size(); ++i)
      out.push_back(covariates.name_of(i));
  }
  return out;
}

}  // namespace

void read_condition(const std::string& text, const TrainedRun& run, SampleOptions& options) {
  const data::Reading reading = data::reading_from(run.facts);
  const std::vector<std::string> known = names_known(run, reading.covariates);
  if (known.empty())
    refuse_condition(text,
                     "the model of this run is given nothing, and none of its latents is the label",
                     "leave it out");
  std::istringstream parts(text);
  std::vector<std::string> read;
  for (std::string one; std::getline(parts, one, ',');) {
    const std::size_t equals = one.find('=');
    const Assignment part{trimmed(one.substr(0, equals)),
                          equals == std::string::npos ? "" : trimmed(one.substr(equals + 1)),
                          trimmed(one)};
    const std::int64_t covariate = data::covariate_named(reading.covariates, part.name);
    if (equals == std::string::npos || (!contains(known, part.name) && covariate < 0))
      refuse_condition(part.text,
                       "expected NAME=VALUE, NAME being one of " + comma_list(known),
                       "several stand side by side with commas: NAME=VALUE,NAME=VALUE");
    if (contains(read, part.name))
      refuse_condition(text, "expected each name once", "remove one " + part.name);
    read.push_back(part.name);
    if (covariate >= 0) {
      set_covariate(part, reading.covariates, covariate, options);
    } else if (part.name == kLabel) {
      options.label = label_of(part, reading.classes);
    } else {
      options.library_size = number_of(part, "a library size of at least 1");
      if (options.library_size < 1)
        refuse_condition(part.text, "expected a library size of at least 1", kNumberHelp);
    }
  }
}

}  // namespace elbow::cli
