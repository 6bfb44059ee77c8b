#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace elbow {

/// Below this Pareto k averages with importance weights can be used. Vehtari et al., "Pareto
/// smoothed importance sampling", 2024, arXiv:1507.02646, section 3.
constexpr double kUsableParetoK = 0.7;

/// What leaving out each draw in turn says of log_mean: how far its expectation lies from the
/// logarithm of the expectation, and its variance over the draws. NaN where they are undefined.
struct JackknifeOfLogMean {
  double bias = 0;      ///< (K - 1) (mean over k of the log mean without w_k, minus log_mean)
  double variance = 0;  ///< (K - 1) / K sum over k of squared differences from their mean
};

/// Streaming statistics of one example's importance weights. Memory O(sqrt(K)).
class WeightStatistics {
 public:
  explicit WeightStatistics(std::int64_t expected_count);
  /// What one of so many weights takes, with what its tail is fitted from.
  static double bytes_for(std::int64_t expected_count);
  /// @param rounding nats by which rounding alone may move this log weight
  void add(double log_weight, double rounding = 0);
  std::int64_t count() const { return count_; }
  /// log (1/K) sum w_k; -inf when every weight is 0.
  double log_mean() const;
  /// (sum w)^2 / sum w^2; undefined when every weight is 0.
  double effective_sample_size() const;
  /// Shape of a generalised Pareto distribution fitted to the largest min(0.2 K, 3 sqrt(K))
  /// weights, without those that equal the smallest of them up to rounding; NaN below 25 draws and
  /// where fewer than five are left. -inf where these weights are equal up to rounding: they have
  /// no tail. Vehtari et al., "Pareto smoothed importance sampling", 2024, arXiv:1507.02646,
  /// section 2; fit by Zhang, Stephens, Technometrics 51(3), 2009, with the weak prior of the
  /// former's appendix C.
  double pareto_k() const;
  /// Efron, Stein, "The jackknife estimate of variance", Annals of Statistics 9(3), 1981. Undefined
  /// for one draw, and where one weight alone is not 0.
  ///
  /// The largest weights are left out one by one. Of the others, each with a share below 1/64, the
  /// sums of log(1 - share) and of its square come from ten terms of their power series, which is
  /// all that double precision holds.
  JackknifeOfLogMean jackknife() const;

 private:
  static constexpr std::size_t kPowers = 10;

  void add_to_rest(double log_weight);
  void rescale(double factor);

  std::int64_t count_ = 0;
  bool has_nan_ = false;  ///< then nothing is defined
  std::size_t tail_size_, kept_size_;
  double maximum_, sum_ = 0, sum_squares_ = 0;  ///< relative to the maximum
  double rounding_ = 0;                         ///< the largest that was told
  std::vector<double> kept_;  ///< min-heap of the largest log weights, one more than the tail
  std::array<double, kPowers> rest_{};  ///< sums of powers 1, 2, ... of all others
};

struct GeneralisedPareto {
  double shape, scale;
};
/// From exceedances. @param sorted ascending, positive, five or more
GeneralisedPareto fit_generalised_pareto(const std::vector<double>& sorted);

/// Logarithms of importance weights whose largest ones are replaced by what a generalised Pareto
/// distribution expects in their places, none above the largest that was. Their mean has a smaller
/// error and a bias that is small below k = 0.7. As they are where no tail can be fitted.
/// Vehtari et al., "Pareto smoothed importance sampling", 2024, arXiv:1507.02646, section 3.
std::vector<double> pareto_smoothed(std::vector<double> log_weights);

}  // namespace elbow
