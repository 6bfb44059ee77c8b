#pragma once

#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/component.h"
#include "elbow/models/generative/generative_model.h"
#include "elbow/models/generative/prior.h"

namespace elbow {

/// p(x) itself, without latents: a learned density on vectors, such as a flow. Its ELBO is the
/// exact log likelihood. Dinh, Sohl-Dickstein, Bengio, 2017, arXiv:1605.08803, section 3.1.
class DensityModel : public GenerativeModel {
 public:
  static ComponentInfo info();
  static GenerativeModelPtr create(const ConfigNode& node, const DataContext& data);
  /// @param density event shape [D], any prior of that size @param event_shape of the data, D
  /// numbers
  DensityModel(PriorPtr density, Shape event_shape);
  std::vector<SiteSpec> sites() const override { return {}; }
  /// @return the observed site "x", log_prob [1, B]
  Trace score(const Batch& batch, const Trace& latents, const ModelContext& context) override;
  Trace sample(std::int64_t n, const ModelContext& context) override;
  DistributionPtr density() override { return density_->distribution(); }

 private:
  PriorPtr density_;
  Shape event_shape_;
};

}  // namespace elbow
