// The parts of the KL of the aggregated posterior.
#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/logsumexp.h>

#include <algorithm>
#include <cmath>

#include "elbow/inference/objectives/aggregate.h"
#include "log_means.h"
#include "unit_density.h"

namespace elbow {

ComponentInfo TotalCorrelation::info() {
  ObjectiveTraits traits;
  traits.estimators = {"pathwise"};
  traits.needs_local_weights = true;
  traits.needs_latents_of_data = true;
  traits.needs_units = true;
  traits.refuses_strata = true;
  traits.is_about_batches = true;
  return ComponentInfo::of(
             "total_correlation",
             "Beta-TC: weighs mutual information, total correlation and dimension-wise KL")
      .source(
          "Chen, Li, Grosse, Duvenaud, Isolating sources of disentanglement in VAEs, 2018, "
          "arXiv:1802.04942, equation 2")
      .takes(
          {particles_parameter(1, "draws per example, averaged"),
           Parameter::number("alpha", "weight of the index-code mutual information").defaults(1.0),
           Parameter::number("beta", "weight of the total correlation").defaults(6.0),
           Parameter::number("gamma", "weight of the dimension-wise KL").defaults(1.0),
           Parameter::choice("weighting",
                             {"minibatch_weighted", "minibatch_stratified"},
                             "how q(z) is estimated from the batch")
               .defaults("minibatch_stratified")})
      .with(traits);
}

ObjectivePtr TotalCorrelation::create(const ConfigNode& node) {
  Options options;
  options.alpha = node.number("alpha");
  options.beta = node.number("beta");
  options.gamma = node.number("gamma");
  options.weighting =
      node.text("weighting") == "minibatch_weighted" ? Weighting::weighted : Weighting::stratified;
  return std::make_shared<PenalisedElbo>(node.integer("num_particles"),
                                         std::make_unique<TotalCorrelation>(options));
}

Tensor TotalCorrelation::log_example_weights(std::int64_t batch,
                                             std::int64_t num_examples,
                                             const at::TensorOptions& options) const {
  const auto examples = static_cast<double>(std::max(num_examples, batch));
  const auto size = static_cast<double>(batch);
  if (options_.weighting == Weighting::weighted || batch == 1) {
    const double share = batch == 1 ? 1.0 : 1.0 / (examples * size);
    return at::full({batch, batch}, std::log(share), options);
  }
  // The example itself is one of N; one other stands for those outside the batch.
  const double others = size - 1;
  Tensor weights = at::full({batch, batch}, 1.0 / others, options);
  const double rest = (examples - others) / (examples * others);
  weights.diagonal().fill_(1.0 / examples);
  weights.diagonal(1).fill_(rest);
  weights[batch - 1][0].fill_(rest);
  return weights.log();
}

void TotalCorrelation::apply(BoundTerms& terms, const LatentBatch& batch) const {
  const Site& proposed = batch.guide.sites().front();
  const Site& prior = batch.model.at(proposed.name());
  const Tensor& z = proposed.value();
  // [K, i, j, L]: draw of example i under the posterior of example j.
  const Tensor pairs = unit_log_prob(proposed.dist(), z.unsqueeze(2));
  const Tensor weights = log_example_weights(z.size(1), batch.num_examples, z.options());
  const Tensor joint = at::logsumexp(pairs.sum(-1) + weights, /*dim=*/2);
  const Tensor units = at::logsumexp(pairs + weights.unsqueeze(-1), /*dim=*/2).sum(-1);
  const Tensor information = (proposed.log_prob() - joint).mean(0);
  const Tensor correlation = (joint - units).mean(0);
  const Tensor dimensions = (units - prior.log_prob()).mean(0);
  terms.bound = terms.reconstruction - information * options_.alpha - correlation * options_.beta -
                dimensions * options_.gamma;
  terms.more = {{"mutual_information", information.mean()},
                {"total_correlation", correlation.mean()},
                {"dimension_wise_kl", dimensions.mean()}};
}

}  // namespace elbow
