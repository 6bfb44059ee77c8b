#pragma once

#include <string>

#include "elbow/runs/evaluate/evaluation.h"

namespace elbow {

/// Notes an example whose numbers are not finite, unless it is there already.
/// @param i its position in evaluation.rows
void note_overflow(Evaluation& evaluation, std::size_t i);
/// Notes the examples without a finite bound or NLL.
void note_overflows_of_draws(Evaluation& evaluation);

/// Leaves no number where the densities of some examples overflowed, neither theirs nor a mean over
/// them, and says why in summary["undefined"]: {"examples", "first", "reason"}. A mean of
/// infinities says nothing of the examples.
void explain_overflow(Evaluation& evaluation,
                      const Dataset& dataset,
                      const std::string& split,
                      const std::string& dtype);

/// A number as a cell of a table of examples: "undefined" for NaN.
std::string number_cell(double value);

}  // namespace elbow
