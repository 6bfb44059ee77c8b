#pragma once

#include <array>
#include <utility>

#include "elbow/foundations/core/traits/words.h"

namespace elbow {

/// How a model comes to its fit: a model says what it can be fitted by, an inference what it does.
enum class Fitting {
  gradient,     ///< ascent on an objective
  closed_form,  ///< updates of conditionally conjugate factors
};

constexpr std::array<std::pair<Fitting, const char*>, 2> words(Fitting /*of*/) {
  return {{{Fitting::gradient, "gradient"}, {Fitting::closed_form, "closed_form"}}};
}

}  // namespace elbow
