#include "elbow/inference/methods/hmc.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "elbow/foundations/core/philox.h"

namespace elbow {
namespace {

constexpr std::int64_t kMostStarts = 100;

double mean_acceptance(const std::vector<Transition>& found) {
  double sum = 0;
  for (const Transition& one : found) sum += one.acceptance;
  return sum / static_cast<double>(found.size());
}

Tensor number_tensor(double value) { return at::scalar_tensor(value, at::kDouble); }

}  // namespace

Hmc::Hmc(GenerativeModelPtr model,
         std::shared_ptr<DrawsGuide> guide,
         std::vector<Batch> data,
         Options options)
    : model_(std::move(model)),
      guide_(std::move(guide)),
      data_(std::move(data)),
      options_(std::move(options)),
      plan_(options_.num_warmup),
      averaging_(options_.target_acceptance),
      covariance_(guide_->joint().size(), options_.mass == Mass::dense),
      mass_(guide_->joint().size()) {}

DensityAt Hmc::density(const Tensor& points) {
  const c10::AutoGradMode with_gradients(true);
  const Tensor flat = points.unsqueeze(1).detach().requires_grad_();
  DensityAt out;
  GeneratorSource nothing_drawn;
  Tensor total;
  for (std::size_t i = 0; i < data_.size(); ++i) {
    const auto terms = guide_->joint().terms(flat, data_[i], data_[i].size(), nothing_drawn);
    // What is said of all examples together is said once.
    const Tensor part = i == 0 ? terms.log_joint() : terms.log_likelihood;
    total = total.defined() ? total + part : part;
  }
  out.gradient = torch::autograd::grad({total.sum()}, {flat})[0].squeeze(1).contiguous();
  out.value = total.detach().squeeze(1).contiguous();
  num_gradients_ += points.size(0);
  return out;
}

void Hmc::evaluate_points(const std::vector<std::size_t>& which,
                          const std::vector<std::vector<double>>& points,
                          std::vector<double>& values,
                          std::vector<std::vector<double>>& gradients) {
  const auto size = static_cast<std::size_t>(guide_->joint().size());
  std::vector<double> together;
  together.reserve(which.size() * size);
  for (const std::size_t chain : which)
    together.insert(together.end(), points[chain].begin(), points[chain].end());
  const Tensor flat =
      at::tensor(together, at::kDouble).reshape({static_cast<std::int64_t>(which.size()), -1});
  const DensityAt found = density(flat);
  const double *value = found.value.const_data_ptr<double>(),
               *gradient = found.gradient.const_data_ptr<double>();
  for (std::size_t i = 0; i < which.size(); ++i) {
    values[which[i]] = value[i];
    gradients[which[i]].assign(gradient + i * size, gradient + (i + 1) * size);
  }
}

bool Hmc::find_starts() {
  const auto size = static_cast<std::size_t>(guide_->joint().size()),
             count = static_cast<std::size_t>(num_chains());
  std::vector<std::vector<double>> points(count), gradients(count);
  std::vector<double> values(count);
  std::vector<std::size_t> open;
  for (std::size_t chain = 0; chain < count; ++chain) open.push_back(chain);
  for (std::int64_t attempt = 0; attempt < kMostStarts && !open.empty(); ++attempt) {
    for (const std::size_t chain : open) {
      ChainNoise noise(derive_key(options_.seed,
                                  Purpose::initialisation,
                                  static_cast<std::uint64_t>(chain) + 1,
                                  static_cast<std::uint64_t>(attempt)));
      points[chain].resize(size);
      if (attempt == 0 && options_.starts.defined()) {
        const Tensor given = options_.starts[static_cast<std::int64_t>(chain)].contiguous();
        const double* numbers = given.const_data_ptr<double>();
        points[chain].assign(numbers, numbers + size);
        continue;
      }
      for (double& value : points[chain]) value = (2 * noise.uniform() - 1) * options_.start_scale;
    }
    evaluate_points(open, points, values, gradients);
    std::vector<std::size_t> left;
    for (const std::size_t chain : open) {
      const auto& gradient = gradients[chain];
      const bool is_finite =
          std::isfinite(values[chain]) &&
          std::all_of(gradient.begin(), gradient.end(), [](double v) { return std::isfinite(v); });
      if (!is_finite) left.push_back(chain);
    }
    open = left;
  }
  rejected_.assign(open.begin(), open.end());
  if (!open.empty()) return false;
  chains_.clear();
  for (std::size_t chain = 0; chain < count; ++chain)
    chains_.push_back({points[chain], gradients[chain], values[chain]});
  return true;
}

double Hmc::acceptance_of_one_step(double step, std::int64_t iteration) {
  const std::size_t count = chains_.size();
  std::vector<LeapfrogPoint> moving;
  std::vector<std::vector<double>> points(count), gradients(count);
  std::vector<double> values(count), before(count);
  std::vector<std::size_t> all;
  for (std::size_t chain = 0; chain < count; ++chain) {
    // Iterations of the search stand before the first.
    ChainNoise noise =
        ChainNoise::of(options_.seed, -1 - iteration, static_cast<std::int64_t>(chain));
    moving.emplace_back(chains_[chain], mass_.draw(noise));
    before[chain] = moving.back().energy(mass_);
    points[chain] = moving.back().drift(step, mass_);
    all.push_back(chain);
  }
  evaluate_points(all, points, values, gradients);
  double sum = 0;
  for (std::size_t chain = 0; chain < count; ++chain) {
    moving[chain].kick(step, values[chain], gradients[chain].data());
    sum += std::min(1.0, std::exp(before[chain] - moving[chain].energy(mass_)));
  }
  return sum / static_cast<double>(count);
}

double Hmc::find_step(double from, std::int64_t iteration) {
  constexpr int kMostChanges = 100;
  double step = from;
  const bool is_high = acceptance_of_one_step(step, iteration) > options_.target_acceptance;
  for (int i = 0; i < kMostChanges; ++i) {
    const double next = is_high ? 2 * step : step / 2;
    const bool is_still_high = acceptance_of_one_step(next, iteration) > options_.target_acceptance;
    if (is_still_high != is_high) return is_high ? step : next;
    step = next;
  }
  return step;
}

double Hmc::present_step(std::int64_t iteration) const {
  return iteration < options_.num_warmup ? averaging_.step() : averaging_.averaged();
}

std::vector<Transition> Hmc::transitions(std::int64_t iteration) {
  std::vector<std::unique_ptr<Trajectory>> paths;
  for (std::size_t chain = 0; chain < chains_.size(); ++chain) {
    TrajectoryStart start{
        chains_[chain],
        present_step(iteration),
        mass_,
        ChainNoise::of(options_.seed, iteration, static_cast<std::int64_t>(chain))};
    paths.push_back(options_.is_nuts ? no_u_turn(std::move(start), options_.max_depth)
                                     : fixed_path(std::move(start), options_.num_leapfrog));
  }
  std::vector<std::vector<double>> points(paths.size()), gradients(paths.size());
  std::vector<double> values(paths.size());
  while (true) {
    std::vector<std::size_t> moving;
    for (std::size_t chain = 0; chain < paths.size(); ++chain) {
      if (paths[chain]->is_over()) continue;
      points[chain] = paths[chain]->wanted();
      moving.push_back(chain);
    }
    if (moving.empty()) break;
    evaluate_points(moving, points, values, gradients);
    for (const std::size_t chain : moving)
      paths[chain]->take(values[chain], gradients[chain].data());
  }
  std::vector<Transition> out;
  for (std::size_t chain = 0; chain < paths.size(); ++chain) {
    chains_[chain] = paths[chain]->end();
    out.push_back(paths[chain]->transition());
  }
  return out;
}

void Hmc::adapt(const std::vector<Transition>& found, std::int64_t iteration) {
  averaging_.update(mean_acceptance(found));
  if (options_.mass == Mass::identity) return;
  if (plan_.is_in_window(iteration))
    for (const ChainPoint& chain : chains_) covariance_.add(chain.position);
  if (!plan_.ends_window(iteration)) return;
  mass_ = covariance_.mass();
  covariance_.clear();
  averaging_.restart(find_step(averaging_.step(), iteration));
}

void Hmc::keep_draw(const std::vector<Transition>& found) {
  std::vector<Tensor> positions, statistics;
  for (std::size_t chain = 0; chain < chains_.size(); ++chain) {
    const Transition& one = found[chain];
    positions.push_back(at::tensor(chains_[chain].position, at::kDouble));
    statistics.push_back(at::tensor({chains_[chain].log_density,
                                     one.acceptance,
                                     averaging_.averaged(),
                                     static_cast<double>(one.depth),
                                     static_cast<double>(one.num_leapfrog),
                                     one.is_divergent ? 1.0 : 0.0,
                                     one.energy},
                                    at::kDouble));
    num_divergent_ += one.is_divergent;
  }
  guide_->add(at::stack(positions), at::stack(statistics));
}

StepReport Hmc::step(const MicroBatches&, const Clock& clock) {
  if (model_->is_training()) model_->train(false);
  const std::int64_t iteration = clock.step;
  StepReport report;
  report.found_non_finite = at::full({}, 0.0, at::kFloat);
  if (chains_.empty()) {
    if (!find_starts()) {
      report.found_non_finite.fill_(1.0);
      return report;
    }
    averaging_.restart(options_.step_size > 0 ? options_.step_size : find_step(1.0, iteration));
  }
  const std::vector<Transition> found = transitions(iteration);
  const at::NoGradGuard no_grad;
  const bool is_warming_up = iteration < options_.num_warmup;
  is_warming_up ? adapt(found, iteration) : keep_draw(found);
  double density = 0, depth = 0, leapfrogs = 0, divergent = 0;
  for (std::size_t chain = 0; chain < chains_.size(); ++chain) {
    density += chains_[chain].log_density;
    depth += static_cast<double>(found[chain].depth);
    leapfrogs += static_cast<double>(found[chain].num_leapfrog);
    divergent += found[chain].is_divergent;
  }
  const auto count = static_cast<double>(chains_.size());
  report.means = {{metrics().front().name, number_tensor(density / count)},
                  {"acceptance", number_tensor(mean_acceptance(found))},
                  {"leapfrog_steps", number_tensor(leapfrogs / count)},
                  {"divergent", number_tensor(divergent / count)}};
  if (options_.is_nuts) report.means.emplace_back("tree_depth", number_tensor(depth / count));
  return report;
}

EvaluationTerms Hmc::evaluate(const Batch& batch, RandomSource& source) {
  const at::NoGradGuard no_grad;
  std::vector<Tensor> positions;
  for (const ChainPoint& chain : chains_)
    positions.push_back(at::tensor(chain.position, at::kDouble));
  const bool has_draws = guide_->num_made() > 0;
  if (!has_draws && positions.empty())
    return {{metrics().front().name, at::full({batch.size()}, std::nan(""), at::kDouble)}};
  const Tensor points = has_draws ? guide_->points() : at::stack(positions).unsqueeze(1);
  const auto terms = guide_->joint().terms(points, batch, options_.num_examples, source);
  return {{metrics().front().name, terms.log_joint().mean().expand({batch.size()})}};
}

std::vector<Metric> Hmc::metrics() const {
  return {{"log_density", "log density of the chains", "nats per draw", /*is_higher_better=*/true}};
}

std::vector<std::pair<std::string, double>> Hmc::schedule_values(const Clock& clock) {
  return {{"step_size", chains_.empty() ? std::nan("") : present_step(clock.step)}};
}

}  // namespace elbow
