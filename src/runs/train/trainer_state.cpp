#include "elbow/runs/train/trainer_state.h"

#include "elbow/foundations/core/error.h"

namespace elbow {

namespace {

Json optional_number(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::optional<double> optional_number(const Json& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<double>();
}

}  // namespace

Json TrainerState::to_json() const {
  Json names = Json::object();
  for (const auto& [name, sum] : sums.sums) names[name] = sum;
  return {{"step", step},
          {"epoch", epoch},
          {"position", position},
          {"order_offset", order_offset},
          {"best", optional_number(best)},
          {"best_metric", best_metric},
          {"best_step", best_step},
          {"evaluations_without_gain", evaluations_without_gain},
          {"last_elbo", optional_number(last_metric)},
          {"sums", names},
          {"sums_count", sums.count},
          {"metrics_bytes", metrics_bytes},
          {"seconds", seconds}};
}

void TrainerState::judge_by(const std::string& metric) {
  // Where none is named it was the ELBO or the reconstruction, and the same as now unless it
  // changed.
  const bool is_same =
      best_metric.empty() ? metric == "elbo" || metric == "reconstruction" : best_metric == metric;
  best_metric = metric;
  if (is_same) return;
  best.reset();
  best_step = evaluations_without_gain = 0;
}

TrainerState TrainerState::from_json(const Json& value, const std::string& source) {
  try {
    TrainerState out;
    out.step = value.at("step").get<std::int64_t>();
    out.epoch = value.at("epoch").get<std::int64_t>();
    out.position = value.at("position").get<std::int64_t>();
    out.order_offset = value.at("order_offset").get<std::int64_t>();
    out.best = optional_number(value.at("best"));
    out.best_metric = value.value("best_metric", "");
    out.best_step = value.at("best_step").get<std::int64_t>();
    out.evaluations_without_gain = value.at("evaluations_without_gain").get<std::int64_t>();
    out.last_metric = optional_number(value.at("last_elbo"));
    for (const auto& [name, sum] : value.at("sums").items())
      out.sums.sums.emplace_back(name, sum.get<double>());
    out.sums.count = value.at("sums_count").get<double>();
    out.metrics_bytes = value.at("metrics_bytes").get<std::int64_t>();
    out.seconds = value.at("seconds").get<double>();
    if (out.step < 0 || out.epoch < 1 || out.position < 0)
      throw DataError(source + ": a counter is negative");
    return out;
  } catch (const Json::exception&) {
    throw DataError(source + ": state.json lacks a number that a resume needs",
                    "use another checkpoint");
  }
}

}  // namespace elbow
