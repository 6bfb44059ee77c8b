#pragma once

#include <vector>

#include "elbow/probability/distributions/random_source.h"

namespace elbow {

/// One request of a draw: what kind of noise, and its shape after [n, B].
struct NoiseRequest {
  bool is_normal;
  std::vector<std::int64_t> event;
};

/// Draws from LibTorch's generator and notes what was asked for.
class NoiseRecorder : public RandomSource {
 public:
  Tensor normal(at::IntArrayRef shape, const at::TensorOptions& options) override;
  Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& options) override;
  const std::vector<NoiseRequest>& requests() const { return requests_; }

 private:
  void note(bool is_normal, at::IntArrayRef shape);

  GeneratorSource generator_;
  std::vector<NoiseRequest> requests_;
};

/// Hands out given tensors in order: the draw becomes a function of its noise, which can be traced.
class NoiseTape : public RandomSource {
 public:
  explicit NoiseTape(std::vector<Tensor> noise) : noise_(std::move(noise)) {}
  Tensor normal(at::IntArrayRef shape, const at::TensorOptions& options) override;
  Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& options) override;

 private:
  std::vector<Tensor> noise_;
  std::size_t next_ = 0;
};

}  // namespace elbow
