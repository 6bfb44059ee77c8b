// Advi: its state, and what it says of itself.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>

#include <cstdio>

#include "elbow/foundations/core/error.h"
#include "elbow/inference/methods/advi.h"

namespace elbow {
namespace {

/// A checkpoint holds finite numbers only.
constexpr double kUnknown = -1;

double stored(double value) { return std::isnan(value) ? kUnknown : value; }
double read_back(double value) { return value == kUnknown ? std::nan("") : value; }

std::string digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

const char* const kPrefix = "advi.";

}  // namespace

std::vector<Metric> Advi::metrics() const {
  Metric out;
  out.is_mean_over_examples = false;
  return {out};
}

std::vector<std::pair<std::string, double>> Advi::schedule_values(const Clock&) {
  std::vector<std::pair<std::string, double>> out{{"learning_rate", rate_ * rate_factor_}};
  if (!std::isnan(error_)) out.emplace_back("monte_carlo_error", error_);
  return out;
}

InferenceState Advi::state() const {
  InferenceState out;
  for (const auto& item : model_->named_buffers())
    out.model.emplace_back("model." + item.key(), item.value().detach().clone());
  for (const auto& item : guide_->named_parameters())
    out.model.emplace_back("guide." + item.key(), item.value().detach().clone());
  for (const auto& item : guide_->named_buffers())
    out.model.emplace_back("guide." + item.key(), item.value().detach().clone());
  out.optimizer = search_.state(std::string(kPrefix) + "search.");
  const std::string prefix = kPrefix;
  for (const auto& [name, tensor] : NamedTensors{{"mean_factor", mean_factor_},
                                                 {"curvature", curvature_},
                                                 {"iterate", iterate_},
                                                 {"first_moment", first_moment_},
                                                 {"second_moment", second_moment_},
                                                 {"sum", sum_},
                                                 {"start", start_},
                                                 {"best", best_},
                                                 {"previous", previous_},
                                                 {"block_parameters", blocks_.parameters},
                                                 {"block_values", blocks_.values}})
    out.optimizer.emplace_back(prefix + name, tensor.clone());
  const std::vector<double> numbers{static_cast<double>(phase_),
                                    has_scale_ ? 1.0 : 0.0,
                                    uses_curvature_ ? 1.0 : 0.0,
                                    static_cast<double>(adam_steps_),
                                    static_cast<double>(trial_),
                                    static_cast<double>(stage_),
                                    static_cast<double>(in_part_),
                                    best_elbo_,
                                    best_rate_,
                                    rate_,
                                    static_cast<double>(blocks_.length),
                                    stored(r_hat_),
                                    stored(error_),
                                    stored(shift_)};
  out.optimizer.emplace_back(prefix + "numbers", at::tensor(numbers, at::kDouble));
  return out;
}

void Advi::load(const InferenceState& state, const std::string& source) {
  const at::NoGradGuard no_grad;
  const auto need = [&](const NamedTensors& all, const std::string& name, const Tensor& like) {
    for (const auto& [key, tensor] : all)
      if (key == name && tensor.dim() == like.dim() &&
          (like.dim() == 0 || tensor.size(-1) == like.size(-1)))
        return tensor.clone();
    throw DataError(source + ": tensor '" + name + "' of another run, or missing",
                    "the checkpoint belongs to another configuration");
  };
  constexpr std::int64_t kNumbers = 14;
  const std::string prefix = kPrefix;
  const Tensor numbers =
      need(state.optimizer, prefix + "numbers", at::empty({kNumbers}, at::kDouble));
  std::vector<std::pair<Tensor, Tensor>> of_guide;  // where to, what
  for (auto& item : guide_->named_parameters())
    of_guide.emplace_back(item.value(), need(state.model, "guide." + item.key(), item.value()));
  for (auto& item : guide_->named_buffers())
    of_guide.emplace_back(item.value(), need(state.model, "guide." + item.key(), item.value()));
  std::vector<std::pair<Tensor*, Tensor>> own;
  for (const auto& [name, tensor] :
       std::vector<std::pair<std::string, Tensor*>>{{"mean_factor", &mean_factor_},
                                                    {"curvature", &curvature_},
                                                    {"iterate", &iterate_},
                                                    {"first_moment", &first_moment_},
                                                    {"second_moment", &second_moment_},
                                                    {"sum", &sum_},
                                                    {"start", &start_},
                                                    {"best", &best_},
                                                    {"previous", &previous_},
                                                    {"block_parameters", &blocks_.parameters},
                                                    {"block_values", &blocks_.values}})
    own.emplace_back(tensor, need(state.optimizer, prefix + name, *tensor));
  search_.load(state.optimizer, prefix + "search.", source);
  for (auto& [to, value] : of_guide) to.copy_(value);
  for (auto& [to, value] : own) *to = value;
  const double* all = numbers.const_data_ptr<double>();
  phase_ = static_cast<Phase>(static_cast<int>(all[0]));
  has_scale_ = all[1] != 0;
  uses_curvature_ = all[2] != 0;
  adam_steps_ = static_cast<std::int64_t>(all[3]);
  trial_ = static_cast<std::int64_t>(all[4]);
  stage_ = static_cast<std::int64_t>(all[5]);
  in_part_ = static_cast<std::int64_t>(all[6]);
  best_elbo_ = all[7];
  best_rate_ = all[8];
  rate_ = all[9];
  blocks_.length = static_cast<std::int64_t>(all[10]);
  r_hat_ = read_back(all[11]);
  error_ = read_back(all[12]);
  shift_ = read_back(all[13]);
}

void Advi::set_retry(std::int64_t seed_offset, double rate_factor) {
  seed_offset_ = seed_offset;
  rate_factor_ = rate_factor;
}

std::optional<Convergence> Advi::convergence() const {
  return Convergence{has_converged(), error_, options_.tolerance};
}

std::string Advi::ending() const {
  if (phase_ == Phase::search || phase_ == Phase::trials) return "the fit has not begun";
  const std::string error =
      std::isnan(error_)
          ? "the iterates are not stationary"
          : "Monte-Carlo error " + digits(error_) + " (wanted: " + digits(options_.tolerance) +
                "), R-hat of the iterates " + (std::isnan(r_hat_) ? "above 1.1" : digits(r_hat_));
  if (std::isnan(shift_)) return error;
  return error + "; halving the step moved means by at most " + digits(shift_) +
         " standard deviations";
}

Json Advi::explain_non_finite(const MicroBatches&, const Clock&) {
  const std::string reason = target().rejections().first_reason;
  const std::string why = reason.empty() ? "" : ": " + reason;
  if (phase_ == Phase::search)
    return {{"first", "no point of 100 had a finite log density and gradient" + why},
            {"try", "set a smaller inference.start_scale, or another seed"}};
  return {{"first", "no draw of the guide had a finite log density and gradient" + why},
          {"try",
           "the posterior may be improper: give every parameter a prior; else set a smaller "
           "inference.start_scale, or another seed"}};
}

}  // namespace elbow
