// Svgd: its state, and which particles are lost.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "elbow/inference/methods/flat_state.h"
#include "elbow/inference/methods/svgd.h"

namespace elbow {
namespace {

/// "3, 17 and 20"; of many the first ten.
std::string list_of(const Tensor& numbers) {
  constexpr std::int64_t kMost = 10;
  std::string out;
  const std::int64_t count = numbers.numel();
  for (std::int64_t i = 0; i < std::min(count, kMost); ++i)
    out += (i == 0           ? ""
            : i + 1 == count ? " and "
                             : ", ") +
           std::to_string(numbers[i].item<std::int64_t>() + 1);
  return out + (count > kMost ? " and " + std::to_string(count - kMost) + " more" : "");
}

}  // namespace

InferenceState Svgd::state() const {
  InferenceState out = flat_state(parameters_, all_buffers(), update_);
  out.random.emplace_back("svgd.residual", residual_.clone());
  out.random.emplace_back("svgd.held_dimensions", held_.clone());
  if (options_.keeps_first_metric) out.random.emplace_back("svgd.metric", factors_.clone());
  return out;
}

void Svgd::load(const InferenceState& state, const std::string& source) {
  load_flat_state(state, source, parameters_, all_buffers(), update_);
  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : state.random) {
    if (name == "svgd.residual") residual_.copy_(tensor);
    if (name == "svgd.held_dimensions") held_.copy_(tensor);
    if (name == "svgd.metric" && factors_.defined()) factors_.copy_(tensor);
  }
}

void Svgd::set_retry(std::int64_t seed_offset, double rate_factor) {
  seed_offset_ = seed_offset;
  rate_factor_ = rate_factor;
}

Json Svgd::explain_non_finite(const MicroBatches& micro_batches, const Clock& clock) {
  for (std::size_t i = 0; i < micro_batches.size(); ++i)
    if (const Tensor x = micro_batches[i].x; !x.isfinite().all().item<bool>())
      return {{"first", "data"}};
  const Scores found = scores(micro_batches, clock);
  const auto lost_of = [](const Tensor& values) {
    return values.isfinite().flatten(1).all(1).logical_not().nonzero().squeeze(1);
  };
  for (const auto& [what, values] : {std::pair<std::string, Tensor>{"log joint", found.log_joint},
                                     {"score", found.of_particles}}) {
    const Tensor lost = lost_of(values);
    if (lost.numel() == 0) continue;
    return {{"first", what + " of particle " + list_of(lost)},
            {"terms", {{"particles", values.size(0)}, {"not_finite", lost.numel()}}},
            {"try",
             "set a smaller optimizer.learning_rate or optimizer.clip_norm" +
                 std::string(options_.holds_lost ? ""
                                                 : ", or inference.non_finite_particles=hold, "
                                                   "which leaves them where they are")}};
  }
  return {{"terms", Json::object()}};
}

}  // namespace elbow
