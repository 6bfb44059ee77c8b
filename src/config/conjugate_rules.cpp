// What closed-form inference needs, and what has no part in it.
#include <cstdio>

#include "facts.h"

namespace elbow {
namespace {

bool is_conjugate(const Facts& facts) { return facts.text("inference.type") == "conjugate"; }

bool is_default(const Facts& facts, const std::string& section, const std::string& key) {
  const ComponentInfo* info = facts.schema().section(section);
  const Parameter* parameter = info == nullptr ? nullptr : info->find(key);
  const Json* found = facts.value(section + "." + key);
  return parameter == nullptr || found == nullptr || !parameter->default_value ||
         *found == *parameter->default_value;
}

}  // namespace

void models_have_their_inference(const Facts& facts, Violations& out) {
  const std::string model = facts.text("model.type"), inference = facts.text("inference.type");
  if (facts.info("model") == nullptr || inference.empty()) return;
  const bool needs_conjugate = facts.property("model", "inference") == "conjugate";
  if (needs_conjugate && !is_conjugate(facts))
    out.push_back({"inference.type",
                   "the model '" + model + "' is fitted in closed form, not by '" + inference + "'",
                   "set inference={type: conjugate}"});
  if (!needs_conjugate && inference == "conjugate")
    out.push_back({"inference.type",
                   "'conjugate' fits models with closed-form updates, and '" + model + "' has none",
                   "remove the section inference, or name a conjugate model (elbow list model)"});
}

void gradients_have_no_part_in_closed_forms(const Facts& facts, Violations& out) {
  if (!is_conjugate(facts)) return;
  for (const char* key : {"guide", "objective", "estimator", "optimizer"}) {
    const std::string changed = facts.first_change(key);
    if (changed.empty()) continue;
    out.push_back(
        {changed,
         "the inference 'conjugate' derives its updates itself and takes no " + std::string(key),
         std::string("remove the section ") + key});
  }
  if (facts.text("engine") == "autograd")
    out.push_back({"engine",
                   "the inference 'conjugate' differentiates nothing, so 'autograd' does nothing",
                   "remove engine"});
}

void closed_forms_are_exact(const Facts& facts, Violations& out) {
  if (!is_conjugate(facts)) return;
  if (facts.text("dtype") == "float32")
    out.push_back({"dtype",
                   "the inference 'conjugate' computes in float64, got 'float32'",
                   "set dtype=float64"});
  if (facts.text("device").rfind("cuda", 0) == 0)
    out.push_back({"device", "the inference 'conjugate' runs on the CPU", "set device=cpu"});
  if (facts.value("trainer.ema") != nullptr)
    out.push_back({"trainer.ema",
                   "global factors are distributions: their parameters have no moving average",
                   "remove trainer.ema; a smaller inference.rho averages over steps"});
  if (!is_default(facts, "trainer", "batch_size"))
    out.push_back({"trainer.batch_size",
                   "the inference 'conjugate' has a batch_size of its own",
                   "set inference.batch_size instead"});
  const std::string metric = facts.text("trainer.early_stopping.metric");
  if (metric == "reconstruction" || metric == "objective")
    out.push_back({"trainer.early_stopping.metric",
                   metric == "objective" ? "the inference 'conjugate' has no objective but the ELBO"
                                         : "closed-form bounds have no reconstruction term",
                   "set trainer.early_stopping.metric=elbo"});
}

void steps_fit_their_batches(const Facts& facts, Violations& out) {
  if (!is_conjugate(facts)) return;
  const bool is_whole = facts.text("inference.batch_size") == "all";
  const bool is_full_step = facts.text("inference.rho.type") == "constant" &&
                            facts.number("inference.rho.value", 0) == 1.0;
  if (!is_whole && is_full_step)
    out.push_back({"inference.rho",
                   "a step of 1 forgets all but the last minibatch",
                   "set inference.rho={type: robbins_monro, delay: 1, kappa: 0.7}, or "
                   "inference.batch_size=all"});
  const double value = facts.number("inference.rho.value", 0.5);
  if (facts.text("inference.rho.type") == "constant" && !(value > 0 && value <= 1))
    out.push_back({"inference.rho", "steps lie in (0, 1]", "set inference.rho=1"});
}

void steps_satisfy_robbins_and_monro(const Facts& facts, Violations& out) {
  for (const char* path : {"inference.rho", "optimizer.learning_rate"}) {
    if (facts.text(std::string(path) + ".type") != "robbins_monro") continue;
    const std::string key = std::string(path) + ".kappa";
    const double kappa = facts.number(key, 0.7);
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

void conjugate_models_know_the_events(const Facts& facts, Violations& out) {
  if (!is_conjugate(facts)) return;
  const std::string model = facts.text("model.type"), wants = facts.property("model", "event"),
                    has = facts.property("data", "event");
  if (!wants.empty() && !has.empty() && wants != has)
    out.push_back({"data.type",
                   "the model '" + model + "' takes examples of kind '" + wants + "', but '" +
                       facts.text("data.type") + "' has '" + has + "'",
                   "elbow list data shows the data sets"});
  const bool has_response =
      facts.value("data.response") != nullptr || facts.flag("data", "has_response");
  if (!facts.flag("model", "needs_response") && has_response)
    out.push_back({"data.response",
                   "the model '" + model + "' explains all columns alike and predicts none",
                   "remove data.response"});
}

void flat_priors_are_of_points(const Facts& facts, Violations& out) {
  const Json* points = facts.value("inference.point_mass");
  if (!is_conjugate(facts) || !facts.is_true("inference.flat_priors")) return;
  if (points != nullptr && !points->empty()) return;
  out.push_back({"inference.flat_priors",
                 "only point masses can do without a prior, and inference.point_mass names none",
                 "set inference.point_mass=[all]"});
}

}  // namespace elbow
