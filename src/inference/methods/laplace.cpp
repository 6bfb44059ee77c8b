#include "elbow/inference/methods/laplace.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tril_indices.h>

#include <stdexcept>

#include "elbow/foundations/core/error.h"

namespace elbow {
namespace {

Tensor number_in(double value) { return at::scalar_tensor(value, at::kDouble); }

const Target& target_of(const GenerativeModel& model) {
  if (model.target() == nullptr) throw std::logic_error("Laplace: the model is no target");
  return *model.target();
}

}  // namespace

LaplaceApproximation::LaplaceApproximation(GenerativeModelPtr model,
                                           GuidePtr guide,
                                           Tensor parameters,
                                           ModeSearch::Options options)
    : model_(std::move(model)),
      guide_(std::move(guide)),
      parameters_(std::move(parameters)),
      options_(options),
      size_(target_of(*model_).size()),
      search_(target_of(*model_), options) {
  const std::int64_t of_full = size_ + size_ * (size_ + 1) / 2;
  if (parameters_.numel() != of_full && parameters_.numel() != 2 * size_)
    throw std::logic_error("Laplace: the guide is no normal of the target's size");
}

bool LaplaceApproximation::has_converged() const {
  return search_.has_ended() && search_.has_mode();
}

void LaplaceApproximation::write_guide() {
  const at::NoGradGuard no_grad;
  Tensor rest;
  if (parameters_.numel() == 2 * size_ && size_ > 1) {
    rest = -0.5 * search_.precision().diagonal().log();
  } else {
    const Tensor lower = factor_of_inverse(search_.precision());
    const Tensor places = at::tril_indices(size_, size_, /*offset=*/-1);
    const Tensor strict = lower.flatten().index_select(0, places[0] * size_ + places[1]);
    rest = at::cat({lower.diagonal().log(), strict});
  }
  parameters_.copy_(at::cat({search_.mode(), rest}).to(parameters_.scalar_type()));
}

StepReport LaplaceApproximation::step(const MicroBatches&, const Clock&) {
  StepReport report;
  report.found_non_finite = at::full({}, 0.0, at::kFloat);
  // Without a mode, or without a point to begin at.
  if (search_.has_ended() || !search_.step()) {
    report.found_non_finite.fill_(1.0);
    return report;
  }
  if (search_.has_mode()) write_guide();
  if (search_.has_ended() && !has_converged()) report.found_non_finite.fill_(1.0);
  report.means = {{metrics().front().name, number_in(search_.value())},
                  {"newton_decrement", number_in(search_.decrement())}};
  return report;
}

EvaluationTerms LaplaceApproximation::evaluate(const Batch& batch, RandomSource&) {
  return {{metrics().front().name, at::full({batch.size()}, search_.value(), at::kDouble)}};
}

std::vector<Metric> LaplaceApproximation::metrics() const {
  return {{"log_density",
           "log density at the mode",
           "nats",
           /*is_higher_better=*/true,
           /*is_mean_over_examples=*/false}};
}

InferenceState LaplaceApproximation::state() const {
  InferenceState out;
  for (const auto& item : model_->named_buffers())
    out.model.emplace_back("model." + item.key(), item.value().detach().clone());
  for (const auto& item : guide_->named_parameters())
    out.model.emplace_back("guide." + item.key(), item.value().detach().clone());
  out.optimizer = search_.state("laplace.");
  return out;
}

void LaplaceApproximation::load(const InferenceState& state, const std::string& source) {
  const at::NoGradGuard no_grad;
  std::vector<Tensor> of_guide;
  for (const auto& item : guide_->named_parameters()) {
    const std::string name = "guide." + item.key();
    for (const auto& [key, tensor] : state.model)
      if (key == name && tensor.numel() == item.value().numel()) of_guide.push_back(tensor);
  }
  if (of_guide.size() != guide_->named_parameters().size())
    throw DataError(source + ": the guide's numbers are missing",
                    "the checkpoint belongs to another configuration");
  search_.load(state.optimizer, "laplace.", source);
  std::size_t at = 0;
  for (auto& item : guide_->named_parameters()) item.value().copy_(of_guide[at++]);
}

Json LaplaceApproximation::explain_non_finite(const MicroBatches&, const Clock&) {
  if (search_.has_ended())
    return {{"first",
             "no start of " + std::to_string(options_.num_starts) +
                 " led to a peak: the Hessian there is not negative definite"},
            {"try",
             "the density may have no mode (a scale whose density rises towards 0); use "
             "inference.type=gradient or hmc"}};
  return {{"first", "no point of 100 had a finite log density and gradient"},
          {"try", "set a smaller inference.start_scale, or another seed"}};
}

}  // namespace elbow
