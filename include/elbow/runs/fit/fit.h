#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace elbow {

using at::Tensor;
struct Batch;
class Inference;
struct Modules;

/// A model fitted to tensors, in memory: the way in for a C++ program (docs/cpp-library.md). It has
/// no run directory; `Trainer` writes one.
///
/// Configured by the YAML of `elbow train`, whose keys mean the same here and give the same
/// weights. `data` is {type: tensors} and may be left out; of `trainer` there are epochs or steps,
/// batch_size, accumulate and ema. Threads are the program's (at::set_num_threads).
///
/// Examples are uint8 [N, C, H, W], read as k / 255 (`data.binarize` makes 0 and 1 of them);
/// bool of any shape; or numbers: [N, D], images [N, C, H, W], or sequences [N, T, D] with NaN past
/// the end of each. They are copied.
class Fit {
 public:
  /// Builds data, model, guide and their initial weights, which the seed alone decides. LibTorch's
  /// default generator is left as it was.
  /// @param yaml     the configuration, not the name of a file
  /// @param examples [N, event...] what is trained on
  /// @throws ConfigError with all mistakes, by line; DataError for examples that the model cannot
  /// score
  Fit(const std::string& yaml, const Tensor& examples);

  /// The end of an epoch, or of the training.
  struct Progress {
    std::int64_t epoch = 0, step = 0;
    /// Means over the epoch's steps: elbo, reconstruction, kl.
    std::vector<std::pair<std::string, double>> means;
  };
  /// Trains on, to the end that `trainer.epochs` or `trainer.steps` names or until the fit has
  /// converged.
  /// @param each told of each epoch; false ends the training there, and train() goes on from it
  /// @throws NumericalError when bound or gradient is not finite again and again; such steps leave
  /// the weights alone
  void train(const std::function<bool(const Progress&)>& each = nullptr);

  /// Mean bound on log p(x), in nats per example, from one draw each that is keyed by the seed: the
  /// same number each time. @param examples [N, event...]
  double elbo(const Tensor& examples);
  /// q(z | x) in named parts, such as mean and scale, [N, ...] each.
  /// @throws UsageError for a model without local latents
  std::vector<std::pair<std::string, Tensor>> encode(const Tensor& examples);
  /// Means of p(x | z) at the posterior's locations. @return [N, event...]
  Tensor reconstruct(const Tensor& examples);
  /// @return [n, event...] draws of the model, keyed by the seed
  Tensor sample(std::int64_t n, std::uint64_t seed = 1);

  /// Examples as the model takes them, in one batch of N.
  Batch batch(const Tensor& examples) const;
  const Modules& modules() const;
  Inference& inference();
  /// Steps that were taken.
  std::int64_t step() const;

  Fit(Fit&&) noexcept;
  Fit& operator=(Fit&&) noexcept;
  ~Fit();

 private:
  /// Apart, so that this header costs a compiler little.
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace elbow
