#pragma once

#include <string>
#include <vector>

#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/component.h"
#include "elbow/foundations/core/config_node.h"
#include "elbow/inference/guides/guide.h"
#include "elbow/inference/guides/relaxation.h"
#include "elbow/neural/conditional/posterior.h"

namespace elbow {

/// q(z | x) as a product over named latents, each given x, latents drawn before it, or both:
/// q(y | x) q(z | x, y). Its order is its own: the first in the model's order that may be drawn.
/// Kingma, Mohamed, Rezende, Welling, 2014, arXiv:1406.5298, section 3.1.
class NamedGuide : public Guide {
 public:
  static ComponentInfo info();
  static GuidePtr create(const ConfigNode& node,
                         const std::vector<SiteSpec>& sites,
                         const DataContext& data);
  ConditionedGuidePtr condition(const Batch& batch) override;
  std::shared_ptr<Posterior> posterior_of(const std::string& site) override;
  void advance(const Clock& clock) override;
  /// {"y_temperature", 0.5}
  std::vector<std::pair<std::string, double>> schedule_values() const override;
  RelaxedValues relaxed_values() const override;

  /// One latent, what it is given, and q of it.
  struct Part {
    SiteSpec site;
    std::vector<std::string> given;
    std::shared_ptr<Posterior> q;
    std::int64_t size_of_condition = 0;  ///< C, where it is given the label
    RelaxationPtr relaxation = nullptr;  ///< of a discrete latent; null: none
  };
  /// @param parts in the order in which they are drawn
  /// @param label_weight of ln q(label | x) in training
  explicit NamedGuide(std::vector<Part> parts, double label_weight = 0);

 private:
  std::vector<Part> parts_;
  double label_weight_;
};

}  // namespace elbow
