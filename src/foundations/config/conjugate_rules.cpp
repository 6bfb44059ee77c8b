// What closed-form inference needs, and what has no part in it.
#include <cstdio>

#include "all_rules.h"

namespace elbow {
namespace {

/// Whether the inference fits in closed form.
bool is_conjugate(const ConfigView& view) {
  const auto* inference = view.traits<InferenceTraits>("inference");
  return inference != nullptr && inference->fitting == Fitting::closed_form;
}

bool is_constant_schedule(const ConfigView& view, const std::string& path) {
  return view.has(path, &ScheduleTraits::is_constant);
}

bool is_default(const ConfigView& view, const std::string& section, const std::string& key) {
  const ComponentInfo* info = view.schema().section(section);
  const Parameter* parameter = info == nullptr ? nullptr : info->find(key);
  const Json* found = view.value(section + "." + key);
  return parameter == nullptr || found == nullptr || !parameter->default_value ||
         *found == *parameter->default_value;
}

}  // namespace

void models_have_their_inference(const ConfigView& view, Violations& out) {
  const std::string model = view.text("model.type"), inference = view.text("inference.type");
  const auto* traits = view.traits<ModelTraits>("model");
  if (traits == nullptr || view.traits<InferenceTraits>("inference") == nullptr) return;
  const bool needs_conjugate = traits->fitting == Fitting::closed_form;
  if (needs_conjugate && !is_conjugate(view))
    out.push_back({"inference.type",
                   "the model '" + model + "' is fitted in closed form, not by '" + inference + "'",
                   "set inference={type: conjugate}"});
  if (!needs_conjugate && is_conjugate(view))
    out.push_back(
        {"inference.type",
         "'" + inference + "' fits models with closed-form updates, and '" + model + "' has none",
         "remove the section inference, or name a conjugate model (elbow list model)"});
}

void sections_have_their_part(const ConfigView& view, Violations& out) {
  const auto* inference = view.traits<InferenceTraits>("inference");
  if (inference == nullptr) return;
  std::vector<std::string> unused;
  if (!inference->takes_guide) unused = {"guide"};
  if (!inference->takes_guide || !inference->takes_objective)
    unused.insert(unused.end(), {"objective", "estimator"});
  if (!inference->takes_optimizer) unused.push_back("optimizer");
  for (const std::string& key : unused) {
    const std::string changed = view.first_change(key);
    if (changed.empty()) continue;
    out.push_back({changed,
                   the_inference(view) + (is_conjugate(view)
                                              ? " derives its updates itself and takes no " + key
                                              : " takes no " + key),
                   "remove the section " + key});
  }
  if (is_conjugate(view) && view.text("engine") != "auto")
    out.push_back({"engine",
                   the_inference(view) + " differentiates nothing, so '" + view.text("engine") +
                       "' does nothing",
                   "remove engine"});
  if (!is_conjugate(view) && !inference->takes_guide && view.text("engine") == "graph")
    out.push_back({"engine", the_inference(view) + " is not captured", "remove engine"});
}

void closed_forms_are_exact(const ConfigView& view, Violations& out) {
  if (!is_conjugate(view)) return;
  if (view.text("dtype") == "float32")
    out.push_back({"dtype",
                   the_inference(view) + " computes in float64, got 'float32'",
                   "set dtype=float64"});
  if (view.text("device").rfind("cuda", 0) == 0)
    out.push_back({"device", the_inference(view) + " runs on the CPU", "set device=cpu"});
  if (view.value("trainer.ema") != nullptr)
    out.push_back({"trainer.ema",
                   "global factors are distributions: their parameters have no moving average",
                   "remove trainer.ema; a smaller inference.rho averages over steps"});
  if (!is_default(view, "trainer", "batch_size"))
    out.push_back({"trainer.batch_size",
                   the_inference(view) + " has a batch_size of its own",
                   "set inference.batch_size instead"});
  const std::string metric = view.text("trainer.early_stopping.metric");
  if (metric == "reconstruction" || metric == "objective")
    out.push_back({"trainer.early_stopping.metric",
                   metric == "objective"
                       ? the_inference(view) + " has no objective but the ELBO"
                       : std::string("closed-form bounds have no reconstruction term"),
                   "set trainer.early_stopping.metric=elbo"});
}

void steps_fit_their_batches(const ConfigView& view, Violations& out) {
  if (!is_conjugate(view)) return;
  const bool is_whole = view.text("inference.batch_size") == "all";
  const bool is_full_step =
      is_constant_schedule(view, "inference.rho") && view.number("inference.rho.value", 0) == 1.0;
  if (!is_whole && is_full_step)
    out.push_back({"inference.rho",
                   "a step of 1 forgets all but the last minibatch",
                   "set inference.rho={type: robbins_monro, delay: 1, kappa: 0.7}, or "
                   "inference.batch_size=all"});
  const double value = view.number("inference.rho.value", 0.5);
  if (is_constant_schedule(view, "inference.rho") && !(value > 0 && value <= 1))
    out.push_back({"inference.rho", "steps lie in (0, 1]", "set inference.rho=1"});
}

void steps_satisfy_robbins_and_monro(const ConfigView& view, Violations& out) {
  for (const char* path : {"inference.rho", "optimizer.learning_rate"}) {
    if (!view.has(path, &ScheduleTraits::decays_by_power)) continue;
    const std::string key = std::string(path) + ".kappa";
    const double kappa = view.number(key, 0.7);
    if (kappa > 0.5 && kappa <= 1) continue;
    char found[32];
    std::snprintf(found, sizeof found, "%g", kappa);
    out.push_back(
        {key,
         "must be > 0.5 and <= 1, got " + std::string(found) + ": " +
             (kappa > 1
                  ? "above 1 the steps have a finite sum and may stop short of the optimum"
                  : "up to 0.5 their squares have an infinite sum and the noise never dies out") +
             " (Robbins and Monro, 1951)",
         "set " + key + "=0.7"});
  }
}

void conjugate_models_know_the_events(const ConfigView& view, Violations& out) {
  if (!is_conjugate(view)) return;
  const std::string model = view.text("model.type");
  const auto* traits = view.traits<ModelTraits>("model");
  const auto* data = view.traits<DataTraits>("data");
  if (traits != nullptr && data != nullptr && !traits->events.empty() &&
      !traits->takes(data->event))
    out.push_back({"data.type",
                   "the model '" + model + "' takes examples of kind '" +
                       word_of(traits->events.front()) + "', but '" + view.text("data.type") +
                       "' has '" + word_of(data->event) + "'",
                   "elbow list data shows the data sets"});
  const bool has_response =
      view.value("data.response") != nullptr || view.has("data", &DataTraits::has_response);
  if (!view.has("model", &ModelTraits::needs_response) && has_response)
    out.push_back({"data.response",
                   "the model '" + model + "' explains all columns alike and predicts none",
                   "remove data.response"});
}

void flat_priors_are_of_points(const ConfigView& view, Violations& out) {
  const Json* points = view.value("inference.point_mass");
  if (!is_conjugate(view) || !view.is_true("inference.flat_priors")) return;
  if (points != nullptr && !points->empty()) return;
  out.push_back({"inference.flat_priors",
                 "only point masses can do without a prior, and inference.point_mass names none",
                 "set inference.point_mass=[all]"});
}

}  // namespace elbow
