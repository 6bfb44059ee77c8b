#include "build_gradient_vi.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>

#include "elbow/core/philox.h"

namespace elbow {

namespace {

/// On the device and of the type of model and guide; initial weights are a function of the seed.
GradientEstimatorPtr build_estimator(const ConfigNode& config,
                                     const Modules& modules,
                                     const Dataset& dataset) {
  const Tensor like = named_parameters(*modules.model, *modules.guide).front().second;
  {
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    const std::lock_guard<std::mutex> lock(generator.mutex());
    const auto seed = static_cast<std::uint64_t>(config.integer("seed"));
    generator.set_current_seed(derive_key(seed, Purpose::initialisation, /*a=*/1));
  }
  const bool has_data = config.child("model").type() != "target";
  auto estimator = estimator_factory().create(
      config.child("estimator"), EstimatorFacts{has_data ? dataset.event_shape() : Shape{}});
  estimator->to(like.device(), like.scalar_type());
  return estimator;
}

}  // namespace

std::shared_ptr<GradientVi> build_gradient_vi(const ConfigNode& config,
                                              const Modules& modules,
                                              const Dataset& dataset) {
  GradientVi::Options options;
  options.seed = static_cast<std::uint64_t>(config.integer("seed"));
  const ConfigNode optimizer = config.child("optimizer");
  options.learning_rate = schedule_factory().create(optimizer.child("learning_rate"));
  if (optimizer.has("clip_norm")) options.clip_norm = optimizer.number("clip_norm");
  const ConfigNode trainer = config.child("trainer");
  if (trainer.has("ema")) options.ema_decay = trainer.child("ema").number("decay");
  auto make_optimizer = [&](const Tensor& values) {
    return optimizer_factory().create(optimizer, values);
  };
  return std::make_shared<GradientVi>(
      modules.model,
      modules.guide,
      objective_factory().create(config.child("objective"), ObjectiveFacts{dataset.size("train")}),
      build_estimator(config, modules, dataset),
      make_optimizer,
      options);
}

}  // namespace elbow
