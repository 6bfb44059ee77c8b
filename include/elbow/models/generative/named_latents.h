#pragma once

#include "elbow/foundations/core/component.h"
#include "elbow/models/generative/generative_model.h"
#include "elbow/models/generative/latent_factory.h"

namespace elbow {

/// Several latents of each example by name, drawn in their order, each given some of those before
/// it: p(z_1) p(z_2 | z_1) ... p(x | z). One-hot and binary latents stand beside continuous ones.
/// Kingma, Mohamed, Rezende, Welling, "Semi-supervised Learning with Deep Generative Models", 2014,
/// arXiv:1406.5298, equation 2.
class NamedLatentsModel : public GenerativeModel {
 public:
  static ComponentInfo info();
  /// @throws ConfigError for a latent that is given one which does not stand before it
  NamedLatentsModel(const ConfigNode& node, const DataContext& data);

  std::vector<SiteSpec> sites() const override;
  Trace score(const Batch& batch, const Trace& latents, const ModelContext& context) override;
  Trace sample(std::int64_t n, const ModelContext& context) override;

 private:
  /// p of one latent, from values [..., L] of those drawn before it.
  DistributionPtr distribution(const NamedLatent& latent, const Trace& values) const;
  std::int64_t size_of(const std::vector<std::string>& names) const;

  std::vector<NamedLatent> latents_;
  std::vector<std::string> decoded_;  ///< the latents that the likelihood is given
  ConditionalDistributionPtr likelihood_;
};

/// Values of these latents side by side, [..., C]. @param values a site [..., L] of each
Tensor joined_values(const Trace& values, const std::vector<std::string>& names);

}  // namespace elbow
