#pragma once

#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/component.h"
#include "elbow/models/generative/decoder.h"
#include "elbow/models/generative/generative_model.h"
#include "elbow/models/generative/prior.h"

namespace elbow {

/// z ~ p(z), x ~ p(x | z): one latent vector per example.
/// Kingma, Welling, "Auto-Encoding Variational Bayes", 2014, arXiv:1312.6114, section 2.1.
class LatentModel : public GenerativeModel, public Decoder {
 public:
  /// Makes p(z), which may be made of the guide's posterior.
  using MakePrior = std::function<PriorPtr(const ConditionalDistributionPtr& posterior)>;

  static ComponentInfo info();
  static GenerativeModelPtr create(const ConfigNode& node, const DataContext& data);
  /// Without a prior until it is complete.
  /// @param support of the latents, the prior's
  LatentModel(MakePrior make_prior,
              ConditionalDistributionPtr likelihood,
              std::int64_t latent_size,
              Support support);
  LatentModel(PriorPtr prior, ConditionalDistributionPtr likelihood, std::int64_t latent_size);

  /// "z", [L].
  std::vector<SiteSpec> sites() const override { return {{"z", {latent_size_}, support_}}; }
  Trace score(const Batch& batch, const Trace& latents, const ModelContext& context) override;
  Trace sample(std::int64_t n, const ModelContext& context) override;
  void complete(const PosteriorOf& posterior_of) override;
  Decoder* decoder() override { return this; }

  DistributionPtr decode(const Tensor& z) override { return likelihood_->forward(z); }
  DistributionPtr prior() override { return prior_->distribution(); }
  std::int64_t latent_size() const override { return latent_size_; }
  const Prior& prior_module() const override { return *prior_; }

 private:
  void take(PriorPtr prior);

  MakePrior make_prior_;
  PriorPtr prior_;
  ConditionalDistributionPtr likelihood_;
  std::int64_t latent_size_;
  Support support_ = Support::real();
};

}  // namespace elbow
