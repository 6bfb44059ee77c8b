#include "fixed_batch.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/zeros_like.h>

#include <limits>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/timing.h"
#include "elbow/neural/nn/dropout.h"
#include "elbow/runs/evaluate/evaluation.h"
#include "elbow/runs/evaluate/work_ahead.h"

namespace elbow {
namespace {

constexpr std::uint64_t kWarmUpGradients = 100;

/// What the run's own estimator has learned.
void take_over(GradientEstimator& estimator, const NamedTensors& stored) {
  const at::NoGradGuard no_grad;
  const auto copy = [&stored](const std::string& name, Tensor to) {
    for (const auto& [known, tensor] : stored)
      if (known == name) to.copy_(tensor);
  };
  for (const auto& item : estimator.named_parameters()) copy(item.key(), item.value());
  for (const auto& item : estimator.named_buffers()) copy(item.key(), item.value());
}

std::vector<Tensor> copies(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> out;
  for (const Tensor& tensor : tensors) out.push_back(tensor.clone());
  return out;
}

void put_back(std::vector<Tensor> tensors, const std::vector<Tensor>& values) {
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < tensors.size(); ++i) tensors[i].copy_(values[i]);
}

}  // namespace

TrainingMode::TrainingMode(Modules& modules) : modules_(modules), before_(copies(buffers())) {
  modules_.model->train();
  modules_.guide->train();
}

TrainingMode::~TrainingMode() {
  put_back(buffers(), before_);
  modules_.model->eval();
  modules_.guide->eval();
}

std::vector<Tensor> TrainingMode::buffers() const {
  std::vector<Tensor> out = modules_.model->buffers();
  for (const Tensor& buffer : modules_.guide->buffers()) out.push_back(buffer);
  return out;
}

FixedBatch::FixedBatch(TrainedRun& run, const Dataset& dataset, std::int64_t batch_size)
    : run_(run), dataset_(dataset) {
  const auto rows = choose_rows(dataset.size("train"), batch_size, run.seed);
  // A copy: a whole table is kept by the data set, perhaps as a tensor that takes no gradients.
  batch_ = dataset.batch("train", rows, /*epoch=*/0).clone();
  leaves_ = named_parameters(*run.modules.model, *run.modules.guide);
  updated_ = {run.modules.model->parameters(), run.modules.guide->parameters()};
  groups_ = parameter_groups(leaves_);
  for (const auto& leaf : leaves_) size_ += leaf.second.numel();
}

double FixedBatch::expected_flips() const {
  constexpr double kNothingDiscrete = std::numeric_limits<double>::infinity();
  // Models of a response have no latents of examples.
  if (run_.modules.model->response_model() != nullptr) return kNothingDiscrete;
  const at::NoGradGuard no_grad;
  const Trace located =
      locations(*run_.modules.guide->condition(batch_), run_.modules.model->sites());
  double flips = 0;
  bool is_any_discrete = false;
  for (const Site& site : located.sites()) {
    if (!site.dist().traits().is_discrete) continue;
    is_any_discrete = true;
    flips += site.dist().variance().to(at::kDouble).sum().item<double>();
  }
  return is_any_discrete ? flips : kNothingDiscrete;
}

std::string FixedBatch::try_once(const GradientVariant& variant) {
  try {
    Pair pair = make_pair(variant);
    gradient(pair, key_of_name("probe"), 0);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

DrawnGradients FixedBatch::draw(const GradientVariant& variant,
                                std::int64_t count,
                                const std::string& role) {
  Pair pair = make_pair(variant);
  const std::string name = variant.label + " at K = " + std::to_string(variant.num_particles);
  const std::uint64_t stream = key_of_name(role + " of " + name);
  settle(pair, variant, stream);
  const std::vector<Tensor> averages = copies(pair.estimator->buffers());
  DrawnGradients out{GradientMoments(size_)};
  const auto begin = SteadyClock::now();
  constexpr std::uint64_t kWarm = 3;  // draws by which the time of one is known
  for (std::uint64_t r = 0; out.moments.count() < count; ++r) {
    if (r == kWarm)
      announce_work(seconds_between(begin, SteadyClock::now()) / kWarm * static_cast<double>(count),
                    (role == "draw" ? "--draws: " : "--reference-draws, or five times --draws: ") +
                        std::to_string(count) + " gradients of " + name);
    const Tensor value = gradient(pair, stream, r);
    put_back(pair.estimator->buffers(), averages);
    if (value.isfinite().all().item<bool>())
      out.moments.add(value);
    else if (++out.not_finite > count)
      throw UsageError(name + ": more than half of its gradients are not finite at these weights",
                       "leave it out of --estimators, or diagnose an earlier --checkpoint");
  }
  out.seconds_per_draw =
      seconds_between(begin, SteadyClock::now()) / static_cast<double>(count + out.not_finite);
  return out;
}

FixedBatch::Pair FixedBatch::make_pair(const GradientVariant& variant) const {
  const ConfigNode config(variant.config.value);
  Pair out{build_objective(config, dataset_), build_estimator(config, run_.modules, dataset_)};
  out.objective->advance(run_.clock);
  return out;
}

void FixedBatch::settle(Pair& pair, const GradientVariant& variant, std::uint64_t stream) {
  if (variant.is_trained)
    take_over(*pair.estimator, run_.estimator);
  else if (!pair.estimator->buffers().empty())
    for (std::uint64_t r = 0; r < kWarmUpGradients; ++r) gradient(pair, ~stream, r);
}

Tensor FixedBatch::gradient(Pair& pair, std::uint64_t stream, std::uint64_t draw) {
  const at::Generator noise =
      seeded_generator(run_.device, derive_key(run_.seed, Purpose::diagnosis, stream, draw));
  GeneratorSource source(noise);
  const GeneratedMasks masks(noise);
  for (auto& leaf : leaves_) leaf.second.mutable_grad() = Tensor();
  Proposals proposals(
      *run_.modules.model, *run_.modules.guide, batch_, {source, dataset_.size("train")});
  back_propagate(pair.estimator->estimate(*pair.objective, proposals), updated_);
  std::vector<Tensor> parts;
  for (auto& leaf : leaves_) {
    const Tensor& grad = leaf.second.grad();
    parts.push_back((grad.defined() ? grad : at::zeros_like(leaf.second)).flatten());
    leaf.second.mutable_grad() = Tensor();
  }
  return -at::cat(parts);
}

}  // namespace elbow
