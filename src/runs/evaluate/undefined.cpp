#include "undefined.h"

#include <cmath>
#include <cstdio>
#include <limits>

#include "elbow/data/sources/value_rules.h"

namespace elbow {
namespace {

void undefine(double& value) {
  if (!std::isfinite(value)) value = std::numeric_limits<double>::quiet_NaN();
}

/// The value of a quantity and its errors, as far as they are no numbers; and of what an entry is
/// made of.
void undefine_quantities(Json& entry) {
  if (!entry.is_object()) return;
  for (auto& item : entry.items()) {
    Json& value = item.value();
    const bool is_number = entry.contains("value") && value.is_number_float();
    if (is_number && !std::isfinite(value.get<double>())) value = nullptr;
    undefine_quantities(value);
  }
}

std::string reason_of(const Evaluation& evaluation,
                      const std::string& dtype,
                      const std::string& first) {
  return "the densities of " + std::to_string(evaluation.overflowed.size()) + " of " +
         std::to_string(evaluation.rows.size()) + " examples overflow " + dtype +
         " (the first: " + first + "); look for values far beyond those of the training" +
         (dtype == "float64" ? "" : ", or train with dtype: float64, which has more room");
}

}  // namespace

void note_overflow(Evaluation& evaluation, std::size_t i) {
  auto& found = evaluation.overflowed;
  if (found.empty() || found.back() != i) found.push_back(i);
}

void note_overflows_of_draws(Evaluation& evaluation) {
  for (std::size_t i = 0; i < evaluation.examples.size(); ++i) {
    const ExampleEstimate& example = evaluation.examples[i];
    if (!std::isfinite(example.elbo) || !std::isfinite(example.log_evidence))
      note_overflow(evaluation, i);
  }
}

void explain_overflow(Evaluation& evaluation,
                      const Dataset& dataset,
                      const std::string& split,
                      const std::string& dtype) {
  if (evaluation.overflowed.empty()) return;
  for (auto& item : evaluation.summary.items()) undefine_quantities(item.value());
  for (const std::size_t i : evaluation.overflowed) {
    if (i >= evaluation.examples.size()) break;
    ExampleEstimate& example = evaluation.examples[i];
    for (double* value :
         {&example.elbo, &example.reconstruction, &example.kl, &example.log_evidence})
      undefine(*value);
  }
  const std::string first =
      data::place_of_example(dataset.raw(), split, evaluation.rows[evaluation.overflowed.front()]);
  evaluation.summary["undefined"] = {{"examples", evaluation.overflowed.size()},
                                     {"first", first},
                                     {"reason", reason_of(evaluation, dtype, first)}};
}

std::string number_cell(double value) {
  if (std::isnan(value)) return "undefined";
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

}  // namespace elbow
