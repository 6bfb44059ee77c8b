#pragma once

#include <vector>

#include "elbow/kernels/energies.h"
#include "elbow/probability/targets/target.h"

namespace elbow {

/// What quadrature gives for a proper energy (scripts/make_target_constants.py).
struct EnergyConstants {
  double log_normaliser;
  double mean[2];
  double variance[2];
  double covariance;
};

/// One of the four densities exp(-U(z)) in the plane that the first planar flows were shown on.
///
/// Rezende, Mohamed, "Variational inference with normalizing flows", 2015, arXiv:1505.05770, table
/// 1. With w1 = sin(2 pi z1 / 4), w2 = 3 exp(-((z1 - 1) / 0.6)^2 / 2), w3 = 3 sigmoid((z1 - 1) /
/// 0.3):
///   u1: U = ((|z| - 2) / 0.4)^2 / 2 - ln(exp(-((z1 - 2) / 0.6)^2 / 2) + the same at z1 + 2)
///   u2: U = ((z2 - w1) / 0.4)^2 / 2
///   u3: U = -ln(exp(-((z2 - w1) / 0.35)^2 / 2) + exp(-((z2 - w1 + w2) / 0.35)^2 / 2))
///   u4: U = -ln(exp(-((z2 - w1) / 0.4)^2 / 2) + exp(-((z2 - w1 + w3) / 0.35)^2 / 2))
/// u2, u3 and u4 are improper in z1, so by default they are confined: U + (z1^4 + z2^4) / (2 8^4).
class EnergyTarget : public Target {
 public:
  /// One row of the table.
  struct Energy {
    const char* name;
    const char* summary;
    Tensor (*log_density)(const Tensor& z);  ///< -U by LibTorch's operators
    kernels::Energy kernel;                  ///< the same with its gradient, on the CPU
    bool is_proper;                          ///< has a finite integral without the confinement
    EnergyConstants constants;  ///< of the proper density: u1 itself, u2 to u4 confined
  };
  static const std::vector<Energy>& energies();

  EnergyTarget(const Energy& energy, bool is_confined)
      : energy_(energy), is_confined_(is_confined) {}
  static ComponentInfo info(const Energy& energy);
  static TargetPtr create(const Energy& energy, const ConfigNode& config);

  std::string name() const override { return energy_.name; }
  std::int64_t size() const override { return 2; }
  /// To 1e-11; none without confinement, but for u1.
  std::optional<double> log_normaliser() const override;
  /// To 1e-10; none without confinement, but for u1.
  std::optional<Moments> moments() const override;

 protected:
  Tensor log_density_of(const Tensor& z) const override;

 private:
  bool is_normalisable() const { return energy_.is_proper || is_confined_; }

  Energy energy_;
  bool is_confined_;
};

}  // namespace elbow
