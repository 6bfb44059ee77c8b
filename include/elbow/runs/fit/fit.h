#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "elbow/data/dataset/batch.h"
#include "elbow/foundations/config/loader.h"
#include "elbow/inference/methods/experiment.h"
#include "elbow/inference/methods/inference.h"
#include "elbow/runs/evaluate/fitted_model.h"
#include "elbow/runs/train/trainer_options.h"

namespace elbow {

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

  /// Examples as the model takes them, with a batch size of N.
  Batch batch(const Tensor& examples) const;
  const Modules& modules() const { return experiment_.modules; }
  Inference& inference() { return *experiment_.inference; }
  std::int64_t step() const { return step_; }

 private:
  struct Epoch;
  ConfigNode node() const { return ConfigNode(config_.value); }
  /// What elbo() and the others are asked about, as the split "test".
  std::shared_ptr<Dataset> dataset_of(const Tensor& examples) const;
  bool is_finished() const;
  /// Steps through the rest of an epoch.
  void train_epoch(Epoch& epoch);

  ResolvedConfig config_;
  TrainerOptions options_;  ///< of these seed, epochs or steps, batch_size and accumulate
  at::Device device_ = at::Device(at::kCPU);
  Experiment experiment_;
  FittedModelPtr fitted_;
  std::int64_t epoch_ = 1, position_ = 0, step_ = 0;
  NanPolicy nan_policy_{NanPolicy::Kind::skip};
};

}  // namespace elbow
