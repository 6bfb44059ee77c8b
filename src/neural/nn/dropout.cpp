#include "elbow/neural/nn/dropout.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/empty_like.h>
#include <c10/util/Exception.h>

#include <optional>
#include <utility>

namespace elbow {
namespace {

thread_local MaskScope* innermost_scope = nullptr;

Tensor drawn_mask(const Tensor& values, double rate, std::optional<at::Generator> generator) {
  return at::empty_like(values).bernoulli_(1 - rate, std::move(generator)).div_(1 - rate);
}

Tensor mask_from(MaskScope* scope, const Tensor& values, double rate) {
  if (scope != nullptr) return scope->mask(values, rate);
  return drawn_mask(values, rate, std::nullopt);
}

}  // namespace

MaskScope::MaskScope() : outer_(std::exchange(innermost_scope, this)) {}

MaskScope::~MaskScope() { innermost_scope = outer_; }

Tensor MaskScope::outer_mask(const Tensor& values, double rate) const {
  return mask_from(outer_, values, rate);
}

Tensor dropout_mask(const Tensor& values, double rate) {
  return mask_from(innermost_scope, values, rate);
}

Tensor drop_out(const Tensor& values, double rate) {
  // LibTorch's own is one kernel on a GPU.
  if (innermost_scope == nullptr) return at::dropout(values, rate, /*train=*/true);
  return values * dropout_mask(values, rate);
}

Tensor GeneratedMasks::mask(const Tensor& values, double rate) {
  return drawn_mask(values, rate, generator_);
}

Tensor RecordedMasks::mask(const Tensor& values, double rate) {
  tape_.push_back(outer_mask(values, rate));
  return tape_.back();
}

ReplayedMasks::ReplayedMasks(MaskTape tape, Tensor particle)
    : tape_(std::move(tape)), particle_(std::move(particle)) {}

Tensor ReplayedMasks::mask(const Tensor& values, double) {
  TORCH_CHECK(position_ < tape_.size(), "more masks are asked for than were taped");
  const Tensor& mask = tape_[position_++];
  if (mask.sizes() == values.sizes()) return mask;
  const std::int64_t batch = values.size(0);
  TORCH_CHECK(particle_.defined() && particle_.size(0) == batch && mask.size(0) % batch == 0 &&
                  mask.sizes().slice(1) == values.sizes().slice(1),
              "a mask for shape ",
              values.sizes(),
              " is asked for, where shape ",
              mask.sizes(),
              " was taped");
  return mask.index_select(0, particle_ * batch + at::arange(batch, particle_.options()));
}

}  // namespace elbow
