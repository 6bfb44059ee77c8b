#include "example_tile.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "elbow/core/shape.h"
#include "elbow/core/timing.h"
#include "elbow/distributions/kl.h"
#include "elbow/models/decoder.h"

namespace elbow {
namespace {

double machine_epsilon(at::ScalarType type) {
  return type == at::kDouble ? std::numeric_limits<double>::epsilon()
                             : std::numeric_limits<float>::epsilon();
}

}  // namespace

ExampleTile::ExampleTile(GenerativeModel& model,
                         Guide& guide,
                         const Tensor& x,
                         std::vector<std::int64_t> rows,
                         const ImportanceOptions& options)
    : decoder_(model.decoder()),
      x_(x),
      rows_(std::move(rows)),
      options_(options),
      posterior_(posterior_of(model, guide, x_, rows_, options.refinement)),
      prior_(model.prior()),
      num_terms_(static_cast<double>(x.numel() / x.size(0) + num_elements(prior_->event_shape()))),
      epsilon_(machine_epsilon(x.scalar_type())) {}

void ExampleTile::run(std::int64_t valid, ExampleEstimate* out) {
  std::vector<WeightStatistics> weights(static_cast<std::size_t>(valid),
                                        WeightStatistics(options_.particles));
  std::vector<double> sum(weights.size(), 0.0), sum_ratio(weights.size(), 0.0);
  std::vector<DrawSpread> spreads(weights.size());
  const auto closed = kl_divergence(*posterior_, *prior_);
  const Tensor closed_kl = closed ? closed->to(at::kCPU, at::kDouble).contiguous() : Tensor();
  for (std::int64_t first = 0; first < options_.particles; first += kTileParticles) {
    const Terms terms = tile(first);
    const double* reconstruction = terms.reconstruction.const_data_ptr<double>();
    const double* ratio = terms.log_ratio.const_data_ptr<double>();
    const double* size = terms.size_of_ratio.const_data_ptr<double>();
    for (std::int64_t k = 0; k < std::min(kTileParticles, options_.particles - first); ++k)
      for (std::int64_t b = 0; b < valid; ++b) {
        const auto i = static_cast<std::size_t>(b);
        const std::int64_t place = k * kTileExamples + b;
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

ExampleTile::Terms ExampleTile::tile(std::int64_t first_particle) const {
  std::vector<std::int64_t> particles = row_range(first_particle, first_particle + kTileParticles);
  KeyedSource source(options_.seed, Purpose::evaluation_noise, rows_, std::move(particles));
  const auto [z, log_q] = posterior_->sample_and_log_prob({kTileParticles}, source);
  const Tensor log_p = prior_->log_prob(z);
  const Tensor reconstruction =
      decoder_ != nullptr ? decoder_->decode(z)->log_prob(x_) : at::zeros_like(log_q);
  const Tensor p = log_p.to(at::kCPU, at::kDouble), q = log_q.to(at::kCPU, at::kDouble);
  return {reconstruction.to(at::kCPU, at::kDouble).contiguous(),
          (p - q).contiguous(),
          (p.abs() + q.abs()).contiguous()};
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
  const Tensor mean = posterior_->location().to(at::kCPU, at::kDouble).contiguous();
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
    const std::int64_t units = mean.size(-1);
    example.posterior_mean.assign(mean.const_data_ptr<double>() + b * units,
                                  mean.const_data_ptr<double>() + (b + 1) * units);
  }
}

}  // namespace elbow
