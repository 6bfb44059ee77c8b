#pragma once

#include "elbow/inference/objectives/objective.h"

namespace elbow {

/// (1/a) log (1/K) sum_k w_k^a, the logarithm of the weights' power mean of order a: a = 1 is the
/// importance-weighted bound, a -> 0 the ELBO, a -> infinity the largest weight. Non-decreasing in
/// a. In Li and Turner's convention alpha = 1 - a: alpha -> 1 the ELBO, 0 the importance-weighted
/// bound. For a <= 1 a lower bound on log p(x) that rises with K to the variational Renyi bound;
/// for a > 1 that limit lies above log p(x), while K = 1 still gives the ELBO, so that no finite K
/// is a bound of either kind.
///
/// Burda, Grosse, Salakhutdinov, "Importance Weighted Autoencoders", 2015, arXiv:1509.00519,
/// section 3; Li, Turner, "Renyi divergence variational inference", 2016, arXiv:1602.02311,
/// equations 14 to 16. With latents that all examples share: Hernandez-Lobato et al., "Black-box
/// alpha divergence minimization", 2016, arXiv:1511.03243, equation 10, whose alpha is a.
class PowerMean : public Objective {
 public:
  enum class Convention { order, renyi };  ///< what the schedule gives: a, or alpha = 1 - a
  struct Options {
    std::int64_t num_particles = 1;
    SchedulePtr value;  ///< null: a = 1, nothing to show
    Convention convention = Convention::order;
    std::string name = "order";  ///< of the value in metrics
  };
  /// With a schedule each example's factor takes its share of prior and guide: the tilted weights
  /// of black-box alpha.
  explicit PowerMean(Options options)
      : Objective(options.num_particles, options.value ? SharedSites::split : SharedSites::refused),
        options_(std::move(options)) {}

  static ComponentInfo iwae_info();
  static ComponentInfo renyi_info();
  static ComponentInfo power_mean_info();
  static ComponentInfo bb_alpha_info();
  static ObjectivePtr create_iwae(const ConfigNode& node);
  static ObjectivePtr create_renyi(const ConfigNode& node);
  static ObjectivePtr create_power_mean(const ConfigNode& node);
  static ObjectivePtr create_bb_alpha(const ConfigNode& node);

  void advance(const Clock& clock) override;
  std::vector<std::pair<std::string, double>> schedule_values() const override;
  /// The order chooses a formula.
  std::string form() const override { return std::to_string(order_); }
  Tensor reduce(const Tensor& log_weights, const Tensor& log_masses = {}) const override;
  std::optional<WeightDerivatives> derivatives(const Tensor& log_weights) const override;
  double order() const { return order_; }

 private:
  Options options_;
  double order_ = 1.0;
};

}  // namespace elbow
