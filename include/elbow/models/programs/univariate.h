#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace elbow::programs {

using at::Tensor;

/// What an argument of a distribution must be, else its draw is rejected.
enum class Domain {
  finite,
  positive,       ///< finite, above 0
  nonnegative,    ///< finite, 0 or above
  probability,    ///< in [0, 1]
  open_interval,  ///< in (0, 1)
  not_nan,        ///< infinite is right too
};

/// Random numbers in a fixed order, for `_rng` functions.
class Draws {
 public:
  /// @param key such as derive_key gives
  explicit Draws(std::uint64_t key) : key_(key) {}
  double uniform();  ///< in (0, 1)
  double normal();
  double gamma(double shape);  ///< of rate 1

 private:
  std::uint64_t key_, count_ = 0;
};

/// A distribution of one number, as a Stan program names it: normal(mu, sigma). Functions take the
/// value and the arguments, float64, which broadcast, and answer for each element; differentiable
/// in each of them that is continuous. Where the value is outside the support: -inf, and no NaN in
/// any derivative.
///
/// Stan Functions Reference 2.36, "Unbounded continuous distributions" and on.
struct Univariate {
  using Log = Tensor (*)(const std::vector<Tensor>& value_and_arguments);

  std::string name;          ///< "normal"
  bool is_discrete = false;  ///< _lpmf instead of _lpdf; values and `count` arguments are integers
  std::vector<Domain> domains;  ///< of the arguments
  std::vector<int> counts;      ///< which arguments are integers, from 0: N of a binomial
  Log log_density = nullptr;
  Log log_cdf = nullptr, log_ccdf = nullptr;  ///< null: Stan has none, or it is not supported
  double (*draw)(const std::vector<double>& arguments, Draws& draws) = nullptr;
};

/// All of them, by name.
const std::vector<Univariate>& univariates();
/// Null for an unknown name.
const Univariate* find_univariate(const std::string& name);

}  // namespace elbow::programs
