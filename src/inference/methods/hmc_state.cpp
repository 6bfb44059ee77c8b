// Hmc: its state, and what there is to say of a start that nobody found.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>

#include <algorithm>

#include "elbow/foundations/core/error.h"
#include "elbow/inference/methods/flat_state.h"
#include "elbow/inference/methods/hmc.h"

namespace elbow {
namespace {

const Tensor* find(const NamedTensors& stored, const std::string& name) {
  for (const auto& [key, tensor] : stored)
    if (key == name) return &tensor;
  return nullptr;
}

const Tensor& need(const NamedTensors& stored, const std::string& name, const std::string& source) {
  const Tensor* found = find(stored, name);
  if (found == nullptr)
    throw DataError(source + ": tensor '" + name + "' is missing",
                    "the checkpoint belongs to another configuration");
  return *found;
}

std::vector<double> numbers_in(const Tensor& tensor) {
  const Tensor flat = tensor.contiguous();
  return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

void need_size(const Tensor& tensor,
               std::int64_t size,
               const std::string& name,
               const std::string& source) {
  if (tensor.numel() != size)
    throw DataError(source + ": tensor '" + name + "': expected " + std::to_string(size) +
                        " numbers, found " + std::to_string(tensor.numel()),
                    "the checkpoint belongs to another configuration");
}

}  // namespace

InferenceState Hmc::state() const {
  InferenceState out;
  for (const auto& item : model_->named_buffers())
    out.model.emplace_back("model." + item.key(), item.value().detach().clone());
  for (const auto& item : guide_->named_buffers())
    out.model.emplace_back("guide." + item.key(), item.value().detach().clone());
  out.optimizer.emplace_back("averaging", averaging_.state());
  for (const auto& [name, tensor] : covariance_.state())
    out.optimizer.emplace_back("covariance." + name, tensor);
  out.optimizer.emplace_back("inverse_mass", mass_.inverse());
  out.optimizer.emplace_back("num_gradients",
                             at::full({}, static_cast<double>(num_gradients_), at::kDouble));
  for (std::size_t chain = 0; chain < chains_.size(); ++chain) {
    const std::string name = "chain_" + std::to_string(chain + 1);
    out.optimizer.emplace_back(name + ".position",
                               at::tensor(chains_[chain].position, at::kDouble));
    out.optimizer.emplace_back(name + ".gradient",
                               at::tensor(chains_[chain].gradient, at::kDouble));
    out.optimizer.emplace_back(name + ".log_density",
                               at::scalar_tensor(chains_[chain].log_density, at::kDouble));
  }
  return out;
}

void Hmc::load(const InferenceState& state, const std::string& source) {
  const at::NoGradGuard no_grad;
  NamedTensors buffers;
  for (const auto& item : model_->named_buffers())
    buffers.emplace_back("model." + item.key(), item.value());
  const NamedTensors& own = state.optimizer;
  const std::int64_t size = guide_->joint().size();
  std::vector<ChainPoint> chains;
  if (find(own, "chain_1.position") != nullptr)
    for (std::int64_t chain = 1; chain <= num_chains(); ++chain) {
      const std::string name = "chain_" + std::to_string(chain);
      for (const char* part : {".position", ".gradient"})
        need_size(need(own, name + part, source), size, name + part, source);
      chains.push_back({numbers_in(need(own, name + ".position", source)),
                        numbers_in(need(own, name + ".gradient", source)),
                        need(own, name + ".log_density", source).item<double>()});
    }
  const bool is_dense = options_.mass == Mass::dense;
  const Tensor& inverse = need(own, "inverse_mass", source);
  NamedState moments;
  for (const char* part : {"count", "mean", "moments"})
    moments.emplace_back(part, need(own, std::string("covariance.") + part, source));
  need_size(moments[2].second, is_dense ? size * size : size, "covariance.moments", source);
  // The checks are behind: a state that does not fit has changed nothing.
  load_named_weights({}, buffers, state.model, /*use_average=*/false, source);
  guide_->load(state.model, source);
  chains_ = std::move(chains);
  averaging_.load(need(own, "averaging", source).contiguous());
  covariance_.load(moments);
  mass_ =
      inverse.dim() == 2 ? MassMatrix::dense(inverse) : MassMatrix::diagonal(numbers_in(inverse));
  num_gradients_ = static_cast<std::int64_t>(need(own, "num_gradients", source).item<double>());
}

Json Hmc::explain_non_finite(const MicroBatches& micro_batches, const Clock&) {
  for (std::size_t i = 0; i < micro_batches.size(); ++i)
    if (const Tensor x = micro_batches[i].x; !x.isfinite().all().item<bool>())
      return {{"first", "data"}};
  if (rejected_.empty()) return {{"terms", Json::object()}};
  Json chains = Json::array();
  for (const std::int64_t chain : rejected_) chains.push_back(chain + 1);
  return {
      {"first",
       "the start of " + std::to_string(rejected_.size()) + " of " + std::to_string(num_chains()) +
           " chains: no point of 100 had a finite log density and gradient"},
      {"terms", {{"chains", chains}}},
      {"try", "set a smaller inference.start_scale, or another seed"}};
}

}  // namespace elbow
