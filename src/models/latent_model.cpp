#include "elbow/models/latent_model.h"

namespace elbow {

LatentModel::LatentModel(PriorPtr prior,
                         ConditionalDistributionPtr likelihood,
                         std::int64_t latent_size)
    : prior_(register_module("prior", std::move(prior))),
      likelihood_(register_module("likelihood", std::move(likelihood))),
      latent_size_(latent_size) {}

Trace LatentModel::score(const Tensor& x, const Trace& guide_trace) {
  const Tensor& z = guide_trace.at("z").value();
  Trace trace;
  trace.add(Site("z", prior_->distribution(), z, /*is_observed=*/false));
  trace.add(Site("x", likelihood_->forward(z), x, /*is_observed=*/true));
  return trace;
}

Trace LatentModel::sample(std::int64_t n, RandomSource& source) {
  // The leading 1 is the particle: keyed sources want [K, B, ...].
  const auto prior = prior_->distribution();
  const Tensor z = prior->sample({1, n}, source);
  const auto likelihood = likelihood_->forward(z);
  const Tensor x = likelihood->sample({}, source);
  Trace trace;
  trace.add(Site("z", prior, z.squeeze(0), /*is_observed=*/false));
  trace.add(Site("x", likelihood, x.squeeze(0), /*is_observed=*/false));
  return trace;
}

}  // namespace elbow
