#include "elbow/inference/objectives/aggregate.h"

#include <ATen/TensorOperators.h>

#include <stdexcept>

#include "log_means.h"

namespace elbow {

namespace {

ObjectiveTraits aggregate_traits() {
  ObjectiveTraits out;
  out.estimators = {"pathwise"};
  out.needs_local_weights = true;
  out.needs_latents_of_data = true;
  out.refuses_strata = true;
  out.is_about_batches = true;
  return out;
}

}  // namespace

Tensor PenalisedElbo::reduce(const Tensor& log_weights, const Tensor& log_masses) const {
  return mean_log(log_weights, log_masses);
}

BoundTerms PenalisedElbo::terms(const Trace& model,
                                const Trace& guide,
                                RandomSource* source) const {
  if (guide.sites().size() != 1 || guide.sites().front().scope() != Scope::local)
    throw std::logic_error("the aggregated posterior is of a guide with one latent per example");
  BoundTerms out = parts(model, guide);
  penalty_->apply(out, {model, guide, num_examples(), source});
  return out;
}

ComponentInfo DisentangledPrior::info() {
  ObjectiveTraits traits = aggregate_traits();
  traits.needs_units = true;
  return ComponentInfo::of("dip",
                           "ELBO minus a penalty on the covariance of the aggregated posterior")
      .source(
          "Kumar, Sattigeri, Balakrishnan, Variational inference of disentangled latent concepts, "
          "2018, arXiv:1711.00848, equations 5 to 7")
      .takes({particles_parameter(1, "draws per example, averaged"),
              Parameter::choice(
                  "kind", {"1", "2"}, "1: covariance of the encoder's means; 2: of the draws")
                  .defaults("2"),
              Parameter::number("off_diagonal", "weight of the squared covariances")
                  .defaults(10.0)
                  .at_least(0),
              Parameter::number("diagonal", "weight of the squared distances of variances from 1")
                  .defaults(5.0)
                  .at_least(0)})
      .with(traits);
}

ObjectivePtr DisentangledPrior::create(const ConfigNode& node) {
  Options options;
  options.kind = node.text("kind") == "1" ? 1 : 2;
  options.off_diagonal = node.number("off_diagonal");
  options.diagonal = node.number("diagonal");
  return std::make_shared<PenalisedElbo>(node.integer("num_particles"),
                                         std::make_unique<DisentangledPrior>(options));
}

void DisentangledPrior::apply(BoundTerms& terms, const LatentBatch& batch) const {
  const Site& proposed = batch.guide.sites().front();
  const Tensor mean = proposed.dist().mean();
  const Tensor centred = mean - mean.mean(0);
  Tensor covariance = centred.t().matmul(centred) / static_cast<double>(mean.size(0));
  if (options_.kind == 2) covariance = covariance + proposed.dist().variance().mean(0).diag();
  const Tensor diagonal = covariance.diagonal();
  const Tensor squared = diagonal.square().sum();
  const Tensor off = (covariance.square().sum() - squared) * options_.off_diagonal;
  const Tensor own = (diagonal - 1).square().sum() * options_.diagonal;
  terms.bound = terms.elbo - (off + own);
  terms.more = {{"covariance_penalty", off + own}};
}

ComponentInfo MaximumMeanDiscrepancy::info() {
  return ComponentInfo::of(
             "mmd",
             "InfoVAE and Wasserstein autoencoder: maximum mean discrepancy of q(z) from p(z)")
      .source(
          "Zhao, Song, Ermon, InfoVAE, 2019, arXiv:1706.02262, equation 6; Tolstikhin et al., "
          "2018, "
          "arXiv:1711.01558, section 4")
      .takes(
          {particles_parameter(1, "draws per example, averaged"),
           Parameter::number("alpha", "the KL weighs 1 - alpha; 1 is a Wasserstein autoencoder")
               .defaults(0.0)
               .at_most(1),
           Parameter::number("lambda", "the discrepancy weighs alpha + lambda - 1").defaults(10.0),
           Parameter::choice("kernel", {"imq", "rbf"}, "inverse multiquadric or Gaussian")
               .defaults("imq"),
           Parameter::number("bandwidth", "squared length scale, in units of two per latent")
               .defaults(1.0)
               .above(0)})
      .with(aggregate_traits());
}

ObjectivePtr MaximumMeanDiscrepancy::create(const ConfigNode& node) {
  Options options;
  options.alpha = node.number("alpha");
  options.lambda = node.number("lambda");
  options.kernel = node.text("kernel") == "imq" ? Kernel::inverse_multiquadric : Kernel::gaussian;
  options.bandwidth = node.number("bandwidth");
  return std::make_shared<PenalisedElbo>(node.integer("num_particles"),
                                         std::make_unique<MaximumMeanDiscrepancy>(options));
}

Tensor MaximumMeanDiscrepancy::kernel(const Tensor& a, const Tensor& b) const {
  const Tensor squared = (a.unsqueeze(-2) - b.unsqueeze(-3)).square().sum(-1);
  // Twice the number of latents is what a standard normal's draws are apart, squared.
  const double length = options_.bandwidth * 2.0 * static_cast<double>(a.size(-1));
  if (options_.kernel == Kernel::gaussian) return (squared / -length).exp();
  return (squared / length + 1).reciprocal();
}

void MaximumMeanDiscrepancy::apply(BoundTerms& terms, const LatentBatch& batch) const {
  const Site& proposed = batch.guide.sites().front();
  const Tensor& z = proposed.value();
  const std::int64_t particles = z.size(0), size = z.size(1);
  GeneratorSource global;
  const Tensor other = batch.model.at(proposed.name())
                           .dist()
                           .sample({particles, size}, batch.source ? *batch.source : global);
  const auto count = static_cast<double>(size);
  const double pairs = count > 1 ? count * (count - 1) : 1.0;
  const auto among = [&](const Tensor& draws) {
    const Tensor all = kernel(draws, draws);
    // Every draw is at distance 0 from itself, which says nothing.
    return (all.sum({-2, -1}) - count) / pairs;
  };
  const Tensor across = kernel(z, other).mean({-2, -1});
  const Tensor discrepancy = (among(z) + among(other) - 2 * across).mean();
  terms.bound = terms.reconstruction - terms.kl * (1 - options_.alpha) -
                discrepancy * (options_.alpha + options_.lambda - 1);
  terms.more = {{"mmd", discrepancy}};
}

}  // namespace elbow
