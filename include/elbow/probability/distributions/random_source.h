#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "elbow/foundations/core/philox.h"

namespace elbow {

using at::Tensor;

/// Where the random numbers of a draw come from. Every distribution draws through it and through
/// nothing else.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  /// Standard normal. @param options dtype and device of the result
  virtual Tensor normal(at::IntArrayRef shape, const at::TensorOptions& options) = 0;
  /// Uniform in (0, 1): never 0, never 1.
  virtual Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& options) = 0;
  /// Where the draws of a latent come from that belongs to no example, such as weights: shapes
  /// begin with [K].
  virtual RandomSource& shared(const std::string& /*site*/) { return *this; }
};

/// A generator of the device that belongs to whoever asks: LibTorch's default ones stay as they
/// are.
at::Generator seeded_generator(at::Device device, std::uint64_t key);

/// While it lives, LibTorch's default generator of the CPU, which fresh weights are drawn from, is
/// seeded; afterwards it is as it was.
class SeededDefaultGenerator {
 public:
  explicit SeededDefaultGenerator(std::uint64_t key);
  ~SeededDefaultGenerator();
  SeededDefaultGenerator(const SeededDefaultGenerator&) = delete;
  SeededDefaultGenerator& operator=(const SeededDefaultGenerator&) = delete;

 private:
  Tensor before_;
};

/// Draws from a LibTorch generator (the default one when none is given).
class GeneratorSource : public RandomSource {
 public:
  explicit GeneratorSource(std::optional<at::Generator> generator = std::nullopt);
  Tensor normal(at::IntArrayRef shape, const at::TensorOptions& options) override;
  Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& options) override;

 private:
  std::optional<at::Generator> generator_;
};

/// The noise of a training step. A generator of the CPU gives a key for each draw, whose float32 or
/// float64 numbers Philox makes all at once, the same on every machine; others draw themselves, and
/// so does that of the CPU while a LibTorchNoise lives.
class StepNoise : public RandomSource {
 public:
  explicit StepNoise(at::Generator generator);
  Tensor normal(at::IntArrayRef shape, const at::TensorOptions& options) override;
  Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& options) override;

 private:
  /// Whether Philox makes these numbers.
  bool is_streamed(const at::TensorOptions& options) const;
  at::Generator generator_;
  GeneratorSource others_;
};

/// Stateless draws keyed by (seed, purpose, example, particle, call number, element): the noise of
/// an example's particle does not depend on the batch, tile, order or thread that computes it. Made
/// on the CPU by Philox and Box-Muller in double precision (the float32 draw is the rounded float64
/// one), then moved to the device.
///
/// Shapes asked for must begin with [K, B], K = number of particles, B = number of examples. Draws
/// that belong to no example are keyed by (seed, purpose, site, particle, call number, element),
/// the same whatever the examples: shared().
class KeyedSource : public RandomSource {
 public:
  /// @param examples  [B] identity of each row (its index in the data set)
  /// @param particles [K] identity of each particle
  KeyedSource(std::uint64_t seed,
              Purpose purpose,
              std::vector<std::int64_t> examples,
              std::vector<std::int64_t> particles);
  Tensor normal(at::IntArrayRef shape, const at::TensorOptions& options) override;
  Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& options) override;
  /// Any shape [K, ...]; its particles are 0 to K - 1.
  RandomSource& shared(const std::string& site) override;

 private:
  class Shared;

  Tensor draw(at::IntArrayRef shape, const at::TensorOptions& options, bool is_normal);
  std::uint64_t key_;
  std::vector<std::int64_t> examples_, particles_;
  std::uint32_t calls_ = 0;
  std::map<std::string, std::shared_ptr<Shared>> shared_;  ///< by the site's name
};

}  // namespace elbow
