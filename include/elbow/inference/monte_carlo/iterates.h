#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

namespace elbow {

using at::Tensor;

// Whether the iterates of a stochastic optimiser have come to a stationary state, and what their
// average is worth. Dhaka, Catalina, Andersen, Magnusson, Huggins, Vehtari, "Robust, accurate
// stochastic optimization for variational inference", 2020, arXiv:2009.00666.

/// The end of a series that looks stationary.
struct IterateWindow {
  std::int64_t begin;  ///< its first row
  double r_hat;        ///< the largest of all columns
};

/// R-hat of the two halves of a series: the root of the pooled over the mean variance within. Near
/// 1 where they agree; 1 of a constant. @param series [S] float64
double r_hat_of_halves(const Tensor& series);

/// The longest of some ends of the rows whose columns all have an R-hat of halves of at most
/// `limit`; none where there is none of `fewest` rows or more. @param values [S, F] float64
std::optional<IterateWindow> stationary_window(const Tensor& values,
                                               double limit,
                                               std::int64_t fewest);

/// Monte-Carlo standard errors of the columns' means, autocorrelation considered.
/// @param values [S, F] float64 @return [F]
Tensor errors_of_means(const Tensor& values);

}  // namespace elbow
