#pragma once

#include "elbow/foundations/core/component.h"
#include "elbow/models/generative/conditions.h"
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
  void complete(const PosteriorOf& posterior_of) override;
  std::vector<std::string> conditions() const override;
  std::vector<std::string> choices() const override;
  std::int64_t num_classes() const override { return data_.num_classes; }

 private:
  /// What a latent or the likelihood is given, side by side. @param values a site of each latent
  Tensor input_of(const std::vector<std::string>& given,
                  const Trace& values,
                  const Batch& batch) const;
  /// p of one latent, from values [..., L] of those drawn before it.
  DistributionPtr distribution(const NamedLatent& latent,
                               const Trace& values,
                               const Batch& batch) const;
  /// 0 for a name that is neither a latent nor a condition.
  std::int64_t size_of(const std::string& name) const;
  std::int64_t size_of_all(const std::vector<std::string>& names) const;
  /// The value of a drawn latent: the label that a draw is given, or one of its own.
  Tensor draw(const NamedLatent& latent,
              const DistributionPtr& p,
              std::int64_t n,
              const ModelContext& context) const;
  at::TensorOptions options() const;
  /// p(x | ...), from values of all latents.
  DistributionPtr decoded(const Trace& values, const Batch& batch) const;
  /// What draws are given, with what nobody has chosen.
  Batch completed(const Batch& given) const;

  DataContext data_;
  std::vector<NamedLatent> latents_;
  bool is_sized_ = false;  ///< the likelihood is given the size of an example
  Tensor library_size_;    ///< 0-dim buffer: the typical one, where something is given it
  std::vector<std::string> decoded_;  ///< the latents and conditions that the likelihood is given
  ConditionalDistributionPtr likelihood_;
};

}  // namespace elbow
