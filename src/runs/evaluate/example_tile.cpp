#include "example_tile.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "elbow/foundations/core/shape.h"
#include "elbow/foundations/core/timing.h"
#include "elbow/models/generative/decoder.h"
#include "elbow/probability/distributions/kl.h"
#include "elbow/probability/distributions/masked.h"

namespace elbow {
namespace {

/// Of what is asked of a few draws, whatever the size of a tile.
constexpr std::int64_t kFewDraws = 16;

double machine_epsilon(at::ScalarType type) {
  return type == at::kDouble ? std::numeric_limits<double>::epsilon()
                             : std::numeric_limits<float>::epsilon();
}

}  // namespace

ExampleTile::ExampleTile(GenerativeModel& model,
                         Guide& guide,
                         Batch batch,
                         const ImportanceOptions& options,
                         std::int64_t num_particles)
    : model_(model),
      batch_(std::move(batch)),
      sites_(model.sites()),
      options_(options),
      num_particles_(num_particles),
      num_terms_(static_cast<double>(batch_.x.numel() / batch_.size() + num_latents(sites_))),
      epsilon_(machine_epsilon(batch_.x.scalar_type())) {
  if (options.relaxed_objective && guide.relaxed_values() != RelaxedValues::none) {
    relaxed_ = guide.condition(batch_);
    is_soft_ = guide.relaxed_values() == RelaxedValues::soft;
  }
  if (sites_.size() == 1) posterior_ = posterior_of(model, guide, batch_, options.refinement);
  if (posterior_) {
    if (model.decoder() != nullptr) prior_ = model.decoder()->prior();
    return;
  }
  if (options.refinement.steps > 0) refuse_to_refine();
  guide_ = guide.condition(batch_);
}

void ExampleTile::run(std::int64_t valid, ExampleEstimate* out) {
  std::vector<WeightStatistics> weights(static_cast<std::size_t>(valid),
                                        WeightStatistics(options_.particles));
  std::vector<double> sum(weights.size(), 0.0), sum_ratio(weights.size(), 0.0);
  std::vector<DrawSpread> spreads(weights.size());
  const auto closed = prior_ ? kl_divergence(*posterior_, *prior_) : std::nullopt;
  const Tensor closed_kl = closed ? closed->to(at::kCPU, at::kDouble).contiguous() : Tensor();
  for (std::int64_t first = 0; first < options_.particles; first += num_particles_) {
    const Terms terms = tile(first);
    const double* reconstruction = terms.reconstruction.const_data_ptr<double>();
    const double* ratio = terms.log_ratio.const_data_ptr<double>();
    const double* size = terms.size_of_ratio.const_data_ptr<double>();
    for (std::int64_t k = 0; k < std::min(num_particles_, options_.particles - first); ++k)
      for (std::int64_t b = 0; b < valid; ++b) {
        const auto i = static_cast<std::size_t>(b);
        const std::int64_t place = k * batch_.size() + b;
        const double r = reconstruction[place], d = ratio[place];
        const double term = closed ? r : r + d;  // what varies in the ELBO over draws
        sum[i] += r;
        sum_ratio[i] += d;
        spreads[i].add(term);
        weights[i].add(r + d, rounding_of(std::abs(r) + size[place]));
      }
  }
  finish(valid, weights, sum, sum_ratio, spreads, closed_kl, out);
}

double ExampleTile::seconds_of_a_tile() const {
  tile(0);
  const auto begin = SteadyClock::now();
  tile(0);
  return seconds_between(begin, SteadyClock::now());
}

/// The prior is asked for once: one that is made of posteriors runs an encoder.
ExampleTile::LogDensities ExampleTile::decoded(RandomSource& source) const {
  const auto [z, log_q] = posterior_->sample_and_log_prob({num_particles_}, source);
  const Tensor log_p = prior_->log_prob(z);
  return {
      observed_part(model_.decoder()->decode(z), batch_.seen)->log_prob(batch_.x), log_p, log_q};
}

/// Any latents: sums over the sites of model and guide.
ExampleTile::LogDensities ExampleTile::traced(RandomSource& source) const {
  Trace latents;
  if (posterior_) {
    auto [z, log_q] = posterior_->sample_and_log_prob({num_particles_}, source);
    Site site(sites_.front().name, posterior_, std::move(z), /*is_observed=*/false);
    site.set_log_prob(std::move(log_q));
    latents.add(std::move(site));
  } else {
    latents = guide_->draw(num_particles_, source, DrawGradient::none);
  }
  const Trace scored = model_.score(batch_, latents, {source});
  LogDensities out;
  const auto add = [](Tensor& total, const Tensor& part) {
    total = total.defined() ? total + part : part;
  };
  out.posterior = latents.log_prob();
  for (const Site& site : scored.sites())
    add(site.is_observed() ? out.reconstruction : out.prior, site.log_prob());
  if (!out.reconstruction.defined()) out.reconstruction = at::zeros_like(out.posterior);
  return out;
}

ExampleTile::Terms ExampleTile::tile(std::int64_t first_particle) const {
  std::vector<std::int64_t> particles = row_range(first_particle, first_particle + num_particles_);
  KeyedSource source(
      options_.seed, Purpose::evaluation_noise, batch_.indices, std::move(particles));
  const LogDensities drawn = prior_ ? decoded(source) : traced(source);
  const Tensor p = drawn.prior.to(at::kCPU, at::kDouble),
               q = drawn.posterior.to(at::kCPU, at::kDouble);
  return {drawn.reconstruction.to(at::kCPU, at::kDouble).contiguous(),
          (p - q).contiguous(),
          (p.abs() + q.abs()).contiguous()};
}

/// Of all latents side by side, [examples, L].
Tensor ExampleTile::posterior_location() const {
  if (posterior_) return posterior_->location();
  std::vector<Tensor> parts;
  const Trace located = locations(*guide_, sites_);
  Trace drawn;  // the mean of some draws stands for what is not known
  if (located.sites().size() < sites_.size()) {
    KeyedSource source(
        options_.seed, Purpose::evaluation_noise, batch_.indices, row_range(0, kFewDraws));
    drawn = guide_->draw(kFewDraws, source, DrawGradient::none);
  }
  for (const SiteSpec& spec : sites_) {
    const Site* known = located.find(spec.name);
    parts.push_back(
        (known != nullptr ? known->value() : drawn.at(spec.name).value().mean(0)).flatten(1));
  }
  return at::cat(parts, 1);
}

Tensor ExampleTile::relaxed_elbo() const {
  if (!relaxed_ || !is_soft_) return {};
  KeyedSource source(
      options_.seed, Purpose::evaluation_noise, batch_.indices, row_range(0, kFewDraws));
  const Trace drawn = relaxed_->draw_relaxed(kFewDraws, source);
  const Trace scored = relaxed_->relaxed(model_.score(batch_, drawn, {source}), drawn);
  return options_.relaxed_objective->parts(scored, drawn)
      .elbo.to(at::kCPU, at::kDouble)
      .contiguous();
}

double ExampleTile::rounding_of(double size_of_parts) const {
  constexpr double kFactor = 16;
  return kFactor * epsilon_ * (size_of_parts + num_terms_);
}

void ExampleTile::finish(std::int64_t valid,
                         const std::vector<WeightStatistics>& weights,
                         const std::vector<double>& sum,
                         const std::vector<double>& sum_ratio,
                         const std::vector<DrawSpread>& spreads,
                         const Tensor& closed_kl,
                         ExampleEstimate* out) const {
  const double count = static_cast<double>(options_.particles);
  const Tensor mean = posterior_location().to(at::kCPU, at::kDouble).contiguous();
  const Tensor relaxed = relaxed_elbo();
  for (std::int64_t b = 0; b < valid; ++b) {
    const auto i = static_cast<std::size_t>(b);
    ExampleEstimate& example = out[b];
    example.reconstruction = sum[i] / count;
    example.kl =
        closed_kl.defined() ? closed_kl.const_data_ptr<double>()[b] : -sum_ratio[i] / count;
    example.elbo = example.reconstruction - example.kl;
    example.elbo_variance = spreads[i].variance_of_mean();
    example.log_evidence = weights[i].log_mean();
    example.effective_sample_size = weights[i].effective_sample_size();
    const JackknifeOfLogMean left_out = weights[i].jackknife();
    example.log_evidence_variance = left_out.variance;
    example.log_evidence_bias = left_out.bias;
    example.pareto_k = weights[i].pareto_k();
    if (relaxed_)
      example.relaxed_elbo = is_soft_ ? relaxed.const_data_ptr<double>()[b] : example.elbo;
    const std::int64_t units = mean.size(-1);
    example.posterior_mean.assign(mean.const_data_ptr<double>() + b * units,
                                  mean.const_data_ptr<double>() + (b + 1) * units);
  }
}

}  // namespace elbow
