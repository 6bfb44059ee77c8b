#include "elbow/runs/evaluate/response_mixture.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/logaddexp.h>
#include <ATen/ops/special_ndtr.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <cmath>

#include "elbow/data/dataset/dataset.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/inference/particles/point_guide.h"
#include "elbow/models/generative/sourced_masks.h"
#include "elbow/probability/distributions/bernoulli.h"
#include "elbow/probability/distributions/kl.h"
#include "elbow/probability/distributions/normal.h"

namespace elbow {
namespace {

constexpr std::int64_t kDrawsAtOnce = 50;

void add_in(Tensor& total, const Tensor& part) { total = total.defined() ? total + part : part; }

/// As what is asked for of a mixture: on the CPU, wherever it was computed.
Tensor answer_of(const Tensor& computed) { return computed.to(at::kCPU, at::kDouble); }

/// The central interval of a response that is 1 with the given probability, else 0: simulated
/// responses could leave out a value that their mean gives more than the tail's mass.
std::pair<Tensor, Tensor> interval_of_probability(const Tensor& probability, double mass) {
  const double tail = (1 - mass) / 2;
  const Tensor lower = (1 - probability) < tail, upper = probability >= tail;
  return {lower.to(at::kDouble), upper.to(at::kDouble)};
}

}  // namespace

ResponseMixture::ResponseMixture(SupervisedModel& model,
                                 Guide& guide,
                                 std::int64_t num_draws,
                                 std::uint64_t seed)
    : model_(model), guide_(guide), num_draws_(num_draws), seed_(seed) {
  if (!has_global_site(model.sites())) return;
  const at::NoGradGuard no_grad;
  if (auto* points = dynamic_cast<PointGuide*>(&guide)) {
    const Tensor all = points->points();
    num_draws_ = all.size(0);
    latents_ = points->joint().values(all);
    return;
  }
  GeneratorSource source(
      at::detail::createCPUGenerator(derive_key(seed, Purpose::evaluation_noise)));
  // With their densities: flows without an inverse know those of their own draws alone.
  const DistributionPtr q = posterior();
  auto [weights, log_q] = q->sample_and_log_prob({num_draws}, source);
  log_q_ = log_q;
  latents_.add(Site(model.sites().front().name, q, weights, /*is_observed=*/false, Scope::global));
}

DistributionPtr ResponseMixture::posterior() const {
  return only_distribution(guide_, {}, model_.sites());
}

at::Device ResponseMixture::device() const {
  return latents_.sites().empty() ? model_.parameters().front().device()
                                  : latents_.sites().front().value().device();
}

void ResponseMixture::each_part(const Tensor& inputs,
                                const std::vector<std::int64_t>& rows,
                                const Use& use) const {
  const at::NoGradGuard no_grad;
  const Tensor there = inputs.to(device());
  for (std::int64_t begin = 0; begin < num_draws_; begin += kDrawsAtOnce) {
    const std::int64_t count = std::min(kDrawsAtOnce, num_draws_ - begin);
    const std::vector<std::int64_t> draws = row_range(begin, begin + count);
    Trace latents;
    for (const Site& site : latents_.sites())
      latents.add(site.with(site.dist_ptr(), site.value().narrow(0, begin, count)));
    KeyedSource source(seed_, Purpose::evaluation_noise, rows, draws);
    const SourcedMasks masks(source, count);
    use(*model_.responses(there, latents, count), draws);
  }
}

ResponseMixture::Answer ResponseMixture::at(const Tensor& inputs,
                                            const Tensor& responses,
                                            const std::vector<std::int64_t>& rows) const {
  Tensor sum, second, log_sum, log_terms;
  std::vector<Tensor> log_densities;
  each_part(inputs, rows, [&](const Distribution& part, const auto&) {
    const Tensor mean = part.mean().to(at::kDouble);
    add_in(sum, mean.sum(0));
    add_in(second, (mean.square() + part.variance().to(at::kDouble)).sum(0));
    if (!responses.defined()) return;
    const Tensor log_density = part.log_prob(responses.to(device())).to(at::kDouble);
    add_in(log_terms, log_density.sum(0));
    log_densities.push_back(log_density);
    const Tensor here = log_density.logsumexp({0});
    log_sum = log_sum.defined() ? at::logaddexp(log_sum, here) : here;
  });
  const double count = static_cast<double>(num_draws_);
  Answer out;
  out.mean = answer_of(sum / count);
  out.variance = answer_of(second) / count - out.mean.square();
  if (!responses.defined()) return out;
  out.log_density = answer_of(log_sum - std::log(count));
  out.expected_log_density = answer_of(log_terms / count);
  out.log_densities = answer_of(at::cat(log_densities));
  return out;
}

std::pair<Tensor, Tensor> ResponseMixture::interval_of_draws(const Tensor& inputs,
                                                             const std::vector<std::int64_t>& rows,
                                                             double mass) const {
  std::vector<Tensor> values;
  const std::uint64_t seed = derive_key(seed_, Purpose::evaluation_noise, 1);
  each_part(inputs, rows, [&](const Distribution& part, const auto& draws) {
    KeyedSource source(seed, Purpose::evaluation_noise, rows, draws);
    values.push_back(part.sample({}, source));
  });
  const Tensor sorted = std::get<0>(answer_of(at::cat(values)).squeeze(-1).sort(0));
  const auto at_share = [&](double share) {
    return sorted.select(0, std::lround(share * static_cast<double>(num_draws_ - 1)));
  };
  return {at_share((1 - mass) / 2), at_share((1 + mass) / 2)};
}

std::pair<Tensor, Tensor> ResponseMixture::interval(const Answer& answer,
                                                    const Tensor& inputs,
                                                    const std::vector<std::int64_t>& rows,
                                                    double mass) const {
  bool all_normal = true, all_binary = true;
  each_part(inputs.narrow(0, 0, 1), {rows.front()}, [&](const Distribution& part, const auto&) {
    all_normal = all_normal && dynamic_cast<const Normal*>(&part) != nullptr;
    all_binary = all_binary && dynamic_cast<const Bernoulli*>(&part) != nullptr;
  });
  if (all_binary) return interval_of_probability(answer.mean.squeeze(1), mass);
  if (all_normal && !has_independent_draws()) return exact_interval(inputs, rows, mass);
  return interval_of_draws(inputs, rows, mass);
}

std::pair<Tensor, Tensor> ResponseMixture::exact_interval(const Tensor& inputs,
                                                          const std::vector<std::int64_t>& rows,
                                                          double mass) const {
  std::vector<Tensor> means, scales;
  each_part(inputs, rows, [&](const Distribution& part, const auto&) {
    means.push_back(answer_of(part.mean()).squeeze(-1));
    scales.push_back(answer_of(part.variance()).squeeze(-1).sqrt());
  });
  const Tensor mean = at::cat(means), scale = at::cat(scales);  // [T, B]
  const auto quantile = [&](double share) {
    // No quantile of a mixture lies beyond those of its components.
    constexpr double kReach = 40;
    Tensor low = (mean - kReach * scale).amin(0), high = (mean + kReach * scale).amax(0);
    constexpr int kHalvings = 80;
    for (int i = 0; i < kHalvings; ++i) {
      const Tensor middle = (low + high) / 2;
      const Tensor is_below = at::special_ndtr((middle - mean) / scale).mean(0) < share;
      low = at::where(is_below, middle, low);
      high = at::where(is_below, high, middle);
    }
    return (low + high) / 2;
  };
  return {quantile((1 - mass) / 2), quantile((1 + mass) / 2)};
}

Prediction ResponseMixture::predict(const Tensor& inputs,
                                    const Tensor& responses,
                                    double mass,
                                    std::int64_t first_row) const {
  const Tensor grouped = inputs.unsqueeze(1);
  const auto rows = row_range(first_row, first_row + inputs.size(0));
  const Answer answer = at(grouped, responses.defined() ? responses.unsqueeze(1) : Tensor(), rows);
  const auto [lower, upper] = interval(answer, grouped, rows, mass);
  Prediction out;
  out.mean = answer.mean.squeeze(1);
  out.standard_deviation = answer.variance.squeeze(1).clamp_min(0).sqrt();
  out.lower = lower;
  out.upper = upper;
  if (answer.log_density.defined()) out.log_density = answer.log_density.squeeze(1);
  return out;
}

Tensor ResponseMixture::kl() const {
  if (!log_q_.defined()) return {};
  const at::NoGradGuard no_grad;
  const auto closed = kl_divergence(*posterior(), *model_.prior());
  return closed ? answer_of(*closed) : kl_of_draws().mean(0);
}

Tensor ResponseMixture::kl_of_draws() const {
  if (!log_q_.defined()) return {};
  const at::NoGradGuard no_grad;
  const DistributionPtr q = posterior(), p = model_.prior();
  if (kl_divergence(*q, *p)) return {};
  return answer_of(log_q_ - p->log_prob(latents_.sites().front().value()));
}

std::function<Prediction(const Tensor& x)> prepare_mixture(SupervisedModel& model,
                                                           Guide& guide,
                                                           const PredictionOptions& options) {
  const auto mixture =
      std::make_shared<ResponseMixture>(model, guide, options.num_draws, options.seed);
  return [mixture, inputs = options.num_inputs, mass = options.mass](const Tensor& x) {
    return mixture->predict(
        x.narrow(1, 0, inputs), x.size(1) > inputs ? x.select(1, inputs) : Tensor(), mass);
  };
}

}  // namespace elbow
