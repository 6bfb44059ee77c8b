#pragma once

#include <string>

namespace elbow {

/// What the label of an example is called where something is given it: a one-hot vector [C].
inline constexpr char kLabel[] = "label";
/// The columns of a table that are given and not modelled: [D], standardised.
inline constexpr char kCovariates[] = "covariates";
/// The total of an example's counts: its logarithm, [1].
inline constexpr char kLibrarySize[] = "library_size";

/// Whether a name is that of a condition: something that data say of an example, which nobody
/// draws.
inline bool is_condition(const std::string& name) {
  return name == kLabel || name == kCovariates || name == kLibrarySize;
}

/// All of them, for messages.
inline constexpr char kConditions[] = "label, covariates, library_size";

}  // namespace elbow
