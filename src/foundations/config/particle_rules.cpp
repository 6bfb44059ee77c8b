// What points that move in the space of shared latents need.
#include "all_rules.h"

namespace elbow {
namespace {

/// Whether the inference moves points of its own: particles, or the states of Markov chains.
bool moves_points(const ConfigView& view) {
  return view.has("inference", &InferenceTraits::needs_shared_latents);
}

}  // namespace

void points_move_in_shared_latents(const ConfigView& view, Violations& out) {
  const auto* model = view.traits<ModelTraits>("model");
  if (!moves_points(view) || model == nullptr || model->fitting == Fitting::closed_form) return;
  if (model->has_global_sites || !model->needs_data) return;
  const bool has_latents = model->posterior == ApproximatePosterior::guide;
  out.push_back(
      {"inference.type",
       the_inference(view) + " moves points in the space of latents that all examples share, and " +
           (has_latents ? "each example of the model '" : "the model '") + view.text("model.type") +
           (has_latents ? "' has latents of its own" : "' has no latents"),
       "set model.type=network_regression, network_classification or target, or remove the section "
       "inference"});
}

void precisions_are_moved_in(const ConfigView& view, Violations& out) {
  if (view.value("model.precision_prior") == nullptr || moves_points(view)) return;
  if (view.traits<InferenceTraits>("inference") == nullptr) return;
  out.push_back({"model.precision_prior",
                 "the guides of '" + view.text("inference.type") +
                     "' stand for the weights alone, and precisions with a prior are latents too",
                 "set inference={type: svgd} or {type: hmc}, or remove it: learn_noise and "
                 "learn_prior_scale maximise over the scales"});
}

void points_move_on_the_cpu(const ConfigView& view, Violations& out) {
  if (!moves_points(view)) return;
  if (view.text("device").rfind("cuda", 0) == 0)
    out.push_back({"device", the_inference(view) + " runs on the CPU", "set device=cpu"});
  if (view.value("trainer.ema") != nullptr)
    out.push_back({"trainer.ema",
                   "an average over steps of points that move is no draw of the posterior",
                   "remove trainer.ema"});
  const bool are_chains = view.has("inference", &InferenceTraits::counts_iterations);
  if (are_chains && view.text("dtype") == "float32")
    out.push_back(
        {"dtype",
         "the energies of the chains of " + the_inference(view) + " need float64, got 'float32'",
         "set dtype=float64"});
  const Json* batch = view.value("trainer.batch_size");
  const ComponentInfo* trainer = view.schema().section("trainer");
  const Parameter* usual = trainer == nullptr ? nullptr : trainer->find("batch_size");
  if (view.lacks("inference", &InferenceTraits::takes_minibatches) && batch != nullptr &&
      usual != nullptr && usual->default_value && *batch != *usual->default_value)
    out.push_back({"trainer.batch_size",
                   "each iteration of " + the_inference(view) + " sees all examples",
                   "remove trainer.batch_size"});
  const Json* warmup = view.value("inference.num_warmup");
  const Json* preconditioned = view.value("inference.preconditioned");
  if (preconditioned != nullptr && *preconditioned == true && warmup != nullptr && *warmup == 0)
    out.push_back({"inference.preconditioned",
                   "the steps of the coordinates are learned in the warm-up, and there is none",
                   "set inference.num_warmup=1000, or remove inference.preconditioned"});
  const std::string metric = view.text("trainer.early_stopping.metric");
  if (metric == "elbo" || metric == "reconstruction" || metric == "objective")
    out.push_back({"trainer.early_stopping.metric",
                   "points have no density, and so no '" + metric + "'",
                   "set trainer.early_stopping.metric=auto"});
}

}  // namespace elbow
