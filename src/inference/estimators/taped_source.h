#pragma once

#include <vector>

#include "elbow/probability/distributions/random_source.h"

namespace elbow {

/// Noise that was drawn, in order.
using TapedNoise = std::vector<Tensor>;

/// Draws from another source and keeps what it drew.
class RecordingSource : public RandomSource {
 public:
  RecordingSource(RandomSource& source, TapedNoise& tape) : source_(source), tape_(tape) {}
  Tensor normal(at::IntArrayRef shape, const at::TensorOptions& options) override;
  Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& options) override;

 private:
  RandomSource& source_;
  TapedNoise& tape_;
};

/// Gives taped noise again, in the order and of the shapes in which it is asked for.
class ReplayingSource : public RandomSource {
 public:
  explicit ReplayingSource(TapedNoise tape) : tape_(std::move(tape)) {}
  Tensor normal(at::IntArrayRef shape, const at::TensorOptions&) override { return next(shape); }
  Tensor uniform(at::IntArrayRef shape, const at::TensorOptions&) override { return next(shape); }

 private:
  Tensor next(at::IntArrayRef shape);
  TapedNoise tape_;
  std::size_t position_ = 0;
};

/// The noise of one particle for each example. @param tape tensors [K, B, ...] @param index [B]
/// @return tensors [1, B, ...]
TapedNoise select_particles(const TapedNoise& tape, const Tensor& index);

}  // namespace elbow
