#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "elbow/foundations/core/factory.h"
#include "elbow/probability/distributions/random_source.h"

namespace elbow {

/// Mean [D] and covariance [D, D], float64 on the CPU.
struct Moments {
  Tensor mean, covariance;
};

/// A number that people read of a point: what it is called, and its mean and standard deviation
/// under the target where they are known (NaN where not).
struct TargetQuantity {
  std::string name;
  double mean, sd;
  bool is_parameter = true;  ///< else it follows from others, or is drawn from them
};

/// Quantities that imitate data: draws of them are draws of the posterior predictive distribution.
struct Replication {
  std::string name;                     ///< "y_rep"
  std::vector<std::size_t> quantities;  ///< where its N elements stand
  Tensor observed;  ///< [N] float64, the data that they imitate; undefined where none are known
};

/// How many points were evaluated so far, how many of them had no density, and why the first had
/// none.
struct Rejections {
  std::int64_t evaluated = 0, rejected = 0;
  std::string first_reason;
};

/// An unnormalised density exp(log_density(z)) on R^D and what is known of it: an immutable value
/// that a guide is fitted to without data. The bound of a guide that fits exactly is
/// log_normaliser.
class Target {
 public:
  virtual ~Target() = default;

  virtual std::string name() const = 0;
  virtual std::int64_t size() const = 0;  ///< D
  /// ln of the unnormalised density, in nats, differentiable.
  /// @param z [..., D] float32 or float64  @return [...]
  /// @throws c10::Error when the last dimension is not D
  Tensor log_density(const Tensor& z) const;

  /// ln of the integral of exp(log_density): exact, or to 1e-11 where the row says so. None for an
  /// improper density.
  virtual std::optional<double> log_normaliser() const = 0;
  /// Exact moments, or to 1e-10 where the row says so; none where they are not known.
  virtual std::optional<Moments> moments() const { return std::nullopt; }

  /// What people read of a point: its coordinates, z[1] to z[D], unless the target stands for
  /// variables with names and supports of their own.
  virtual std::vector<TargetQuantity> quantities() const;
  /// Their values. @param z [..., D] @return [..., Q]
  virtual Tensor quantities_at(const Tensor& z) const { return z; }

  virtual std::vector<Replication> replications() const { return {}; }

  /// Of a density that says why a point has none; nothing for others.
  virtual Rejections rejections() const { return {}; }

  virtual bool has_sample() const { return false; }
  /// Independent exact draws. @return [n, D] float64
  /// @throws c10::Error when `has_sample()` is false
  Tensor sample(std::int64_t n, RandomSource& source) const;

 protected:
  /// @param z [..., D], checked
  virtual Tensor log_density_of(const Tensor& z) const = 0;
  /// Draws of shape [1, n, D]: the source wants a dimension of particles.
  virtual Tensor draw(std::int64_t n, RandomSource& source) const;
};

using TargetPtr = std::shared_ptr<const Target>;

/// Kind "target". Traits: TargetTraits.
Factory<TargetPtr>& target_factory();

}  // namespace elbow
