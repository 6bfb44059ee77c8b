#include "elbow/runs/evaluate/fitted_model.h"

#include <stdexcept>

#include "fits.h"

namespace elbow {
namespace {

/// What the fits of an inference can do.
struct FitRow {
  std::string inference;
  FittedModelPtr (*make)(const Modules& modules);
};

const std::vector<FitRow>& fit_rows() {
  static const std::vector<FitRow> rows{{"gradient", gradient_fit},
                                        {"advi", gradient_fit},
                                        {"laplace", gradient_fit},
                                        {"conjugate", conjugate_fit},
                                        {"svgd", points_fit},
                                        {"hmc", points_fit},
                                        {"sgld", points_fit}};
  return rows;
}

}  // namespace

std::string FittedModel::why_not_diagnosable() const {
  return "it was fitted without gradients and without posteriors of examples to diagnose";
}

FittedModelPtr fitted_model(const ConfigNode& config, const Modules& modules) {
  const std::string name = config.child("inference").type();
  for (const FitRow& row : fit_rows())
    if (row.inference == name) return row.make(modules);
  throw std::logic_error("nothing is known of what fits by the inference '" + name + "' can do");
}

std::vector<std::string> fitted_inferences() {
  std::vector<std::string> out;
  for (const FitRow& row : fit_rows()) out.push_back(row.inference);
  return out;
}

}  // namespace elbow
