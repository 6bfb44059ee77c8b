#pragma once

#include "elbow/conditional/conditional_distribution.h"
#include "elbow/models/decoder.h"
#include "elbow/models/generative_model.h"
#include "elbow/models/prior.h"

namespace elbow {

/// z ~ p(z), x ~ p(x | z): one latent vector per example.
/// Kingma, Welling, "Auto-Encoding Variational Bayes", 2014, arXiv:1312.6114, section 2.1.
class LatentModel : public GenerativeModel, public Decoder {
 public:
  LatentModel(PriorPtr prior, ConditionalDistributionPtr likelihood, std::int64_t latent_size);
  Trace score(const Tensor& x, const Trace& guide_trace) override;
  Trace sample(std::int64_t n, RandomSource& source) override;
  DistributionPtr decode(const Tensor& z) override { return likelihood_->forward(z); }
  DistributionPtr prior() override { return prior_->distribution(); }
  std::int64_t latent_size() const override { return latent_size_; }
  Decoder* decoder() override { return this; }
  ConditionalDistributionPtr likelihood() const { return likelihood_; }
  const Prior& prior_module() const override { return *prior_; }

 private:
  PriorPtr prior_;
  ConditionalDistributionPtr likelihood_;
  std::int64_t latent_size_;
};

}  // namespace elbow
