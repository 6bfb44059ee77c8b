#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <utility>
#include <vector>

namespace elbow {

using at::Tensor;

/// While one lives, the networks that this thread runs take their dropout masks from it; the
/// innermost one decides. Without any they come from LibTorch's default generator.
///
/// An estimator that runs a network twice for the same draws needs this: f(z) under one mask and
/// f(z') under another are values of two functions, and their difference says nothing of z.
class MaskScope {
 public:
  MaskScope(const MaskScope&) = delete;
  MaskScope& operator=(const MaskScope&) = delete;
  virtual ~MaskScope();
  /// Zeros with probability `rate`, elsewhere 1 / (1 - rate), in the shape of `values`.
  virtual Tensor mask(const Tensor& values, double rate) = 0;

 protected:
  MaskScope();
  /// What a network would have got without this scope.
  Tensor outer_mask(const Tensor& values, double rate) const;

 private:
  MaskScope* outer_;
};

/// A mask for these values: from the innermost scope, else from the default generator.
Tensor dropout_mask(const Tensor& values, double rate);

/// The values under such a mask.
Tensor drop_out(const Tensor& values, double rate);

/// Masks from a generator of the values' device.
class GeneratedMasks : public MaskScope {
 public:
  explicit GeneratedMasks(at::Generator generator) : generator_(std::move(generator)) {}
  Tensor mask(const Tensor& values, double rate) override;

 private:
  at::Generator generator_;
};

/// Masks in the order in which networks asked for them.
using MaskTape = std::vector<Tensor>;

/// Keeps the masks that networks get.
class RecordedMasks : public MaskScope {
 public:
  explicit RecordedMasks(MaskTape& tape) : tape_(tape) {}
  Tensor mask(const Tensor& values, double rate) override;

 private:
  MaskTape& tape_;
};

/// Gives taped masks again, in their order.
class ReplayedMasks : public MaskScope {
 public:
  /// @param particle [B]: what ran for K particles of each example, on [K B, ...], now runs for
  /// this one of them, on [B, ...], and gets its rows; undefined: everything runs as it did
  explicit ReplayedMasks(MaskTape tape, Tensor particle = {});
  Tensor mask(const Tensor& values, double rate) override;

 private:
  MaskTape tape_;
  Tensor particle_;
  std::size_t position_ = 0;
};

/// Runs something and keeps its masks.
template <class Run>
auto recorded(MaskTape& tape, const Run& run) {
  const RecordedMasks masks(tape);
  return run();
}

/// Runs something under the masks of an earlier run.
template <class Run>
auto replayed(const MaskTape& tape, const Run& run) {
  const ReplayedMasks masks(tape);
  return run();
}

}  // namespace elbow
