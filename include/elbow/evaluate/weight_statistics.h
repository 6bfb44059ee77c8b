#pragma once

#include <cstdint>
#include <vector>

namespace elbow {

/// Streaming statistics of one example's importance weights. Memory O(sqrt(K)).
class WeightStatistics {
 public:
  explicit WeightStatistics(std::int64_t expected_count);
  void add(double log_weight);
  std::int64_t count() const { return count_; }
  /// log (1/K) sum w_k; -inf when every weight is 0.
  double log_mean() const;
  /// (sum w)^2 / sum w^2.
  double effective_sample_size() const;
  /// Shape of a generalised Pareto distribution fitted to the largest min(0.2 K, 3 sqrt(K))
  /// weights; NaN below 25 draws. Vehtari et al., "Pareto smoothed importance sampling", 2024,
  /// arXiv:1507.02646, section 2; fit by Zhang, Stephens, Technometrics 51(3), 2009, with the weak
  /// prior of the former's appendix C.
  double pareto_k() const;

 private:
  std::int64_t count_ = 0;
  std::size_t tail_size_;
  double maximum_, sum_ = 0, sum_squares_ = 0;  ///< relative to the maximum
  std::vector<double> tail_;  ///< min-heap of the largest log-weights, one more than the tail
};

/// Shape k of a generalised Pareto distribution from exceedances. @param sorted ascending, positive
double fit_generalised_pareto(const std::vector<double>& sorted);

}  // namespace elbow
