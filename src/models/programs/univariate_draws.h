#pragma once

#include <cstdint>

#include "elbow/models/programs/univariate.h"

namespace elbow::programs {

/// log of a gamma draw of rate 1, which does not underflow for a small shape. Marsaglia, Tsang, "A
/// simple method for generating gamma variables", 2000.
double draw_log_gamma(double shape, Draws& draws);
double draw_exponential(Draws& draws);  ///< of rate 1
double draw_logistic(Draws& draws);     ///< of location 0 and scale 1
double draw_beta(double a, double b, Draws& draws);
double draw_poisson(double rate, Draws& draws);
double draw_binomial(double trials, double probability, Draws& draws);

}  // namespace elbow::programs
