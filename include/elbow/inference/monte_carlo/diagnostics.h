#pragma once

#include <ATen/core/Tensor.h>

namespace elbow {

using at::Tensor;

// What draws of Markov chains are worth: of one quantity, [C, S] float64, C chains of S draws. NaN
// where a draw is not finite or there are fewer than four.
//
// Vehtari, Gelman, Simpson, Carpenter, Buerkner, "Rank-normalization, folding, and localization: an
// improved R-hat for assessing convergence of MCMC", Bayesian Analysis 16(2), 2021,
// arXiv:1903.08008. Numbers agree with ArviZ's.

/// Rank-normalised split R-hat: the larger of that of the draws and that of their distances from
/// the median. Section 4.
double split_r_hat(const Tensor& draws);
/// Effective sample size of the middle: of the rank-normalised halves of the chains. Section 4.
double bulk_ess(const Tensor& draws);
/// The smaller of those of the 5 % and 95 % quantiles. Section 4.
double tail_ess(const Tensor& draws);
/// Of the draws as they are: what the error of their mean follows from.
double mean_ess(const Tensor& draws);
/// Monte-Carlo standard error of the mean: the draws' standard deviation over the root of
/// `mean_ess`.
double mcse_of_mean(const Tensor& draws);
/// Of the standard deviation, by the delta method on the mean of the squares. Section 4 and
/// appendix A.
double mcse_of_sd(const Tensor& draws);
/// Energy Bayesian fraction of missing information of each chain: how much of the energy's variance
/// one iteration explores; below 0.3 the tails are not. Betancourt, 2016, arXiv:1604.00695, section
/// 3. @param energies [C, S] @return [C]
Tensor e_bfmi(const Tensor& energies);
/// The value below which a share of the numbers lies, interpolated linearly between the two
/// nearest.
/// @param values of any shape
double quantile_of(const Tensor& values, double share);
/// 1-Wasserstein distance between two sets of numbers of equal weight: the area between their
/// distribution functions. @param a [N] @param b [M]
double wasserstein_1(const Tensor& a, const Tensor& b);

}  // namespace elbow
