#include "elbow/inference/methods/build_gradient_vi.h"

#include "elbow/foundations/core/philox.h"

namespace elbow {
namespace {

/// What can be told of the data without reading them.
DataContext sizes_of(const Dataset& dataset) {
  DataContext out;
  out.event_shape = dataset.event_shape();
  out.num_examples = dataset.size("train");
  out.num_responses = dataset.num_responses();
  out.num_classes = static_cast<std::int64_t>(dataset.classes().size());
  out.num_covariates = dataset.num_covariates();
  return out;
}

}  // namespace

GradientEstimatorPtr build_estimator(const ConfigNode& config,
                                     const Modules& modules,
                                     const Dataset& dataset) {
  const Tensor like = named_parameters(*modules.model, *modules.guide).front().second;
  const auto seed = static_cast<std::uint64_t>(config.integer("seed"));
  const SeededDefaultGenerator seeded(derive_key(seed, Purpose::initialisation, /*a=*/1));
  DataContext data = sizes_of(dataset);
  if (modules.model->target() != nullptr) data.event_shape = {};  // there are none
  auto estimator = estimator_factory().create(config.child("estimator"), data);
  estimator->to(like.device(), like.scalar_type());
  return estimator;
}

ObjectivePtr build_objective(const ConfigNode& config, const Dataset& dataset) {
  return objective_factory().create(config.child("objective"), sizes_of(dataset));
}

std::shared_ptr<GradientVi> build_gradient_vi(const ConfigNode& config,
                                              const Modules& modules,
                                              const Dataset& dataset) {
  GradientVi::Options options;
  options.seed = static_cast<std::uint64_t>(config.integer("seed"));
  options.num_examples = dataset.size("train");
  const ConfigNode optimizer = config.child("optimizer");
  options.learning_rate = schedule_factory().create(optimizer.child("learning_rate"));
  if (optimizer.has("clip_norm")) options.clip_norm = optimizer.number("clip_norm");
  const ConfigNode trainer = config.child("trainer");
  if (trainer.has("ema")) {
    options.ema_decay = trainer.child("ema").number("decay");
    options.evaluates_average = trainer.child("ema").text("evaluate") == "ema";
  }
  if (trainer.has("early_stopping"))
    options.evaluates_objective = trainer.child("early_stopping").text("metric") == "objective";
  auto make_optimizer = [&](const Tensor& values) {
    return optimizer_factory().create(optimizer, values);
  };
  auto out = std::make_shared<GradientVi>(modules.model,
                                          modules.guide,
                                          build_objective(config, dataset),
                                          build_estimator(config, modules, dataset),
                                          make_optimizer,
                                          options);
  if (config.text("engine") == "graph") out->ask_for_graph();
  return out;
}

}  // namespace elbow
