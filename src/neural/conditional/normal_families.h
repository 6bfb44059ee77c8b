#pragma once

#include "elbow/neural/conditional/family.h"

namespace elbow {

/// Limits of a log scale: outside, its gradient is zero.
struct LogScaleLimits {
  double low, high;
  /// Reads min_log_scale and max_log_scale. @throws ConfigError when they are in the wrong order
  static LogScaleLimits from(const ConfigNode& node);
  static std::vector<Parameter> parameters();
  Tensor apply(const Tensor& log_scale) const { return log_scale.clamp(low, high); }
};

/// N(loc, diag(scale^2)). Kingma, Welling, 2013, arXiv:1312.6114, appendix C.2.
class DiagNormalFamily : public Family {
 public:
  static ComponentInfo info();
  DiagNormalFamily(const ConfigNode& node, const BuildContext& context);
  std::int64_t num_parameters() const override { return 2 * size_; }
  Layout layout() const override;
  DistributionPtr distribution(const Tensor& flat) const override;
  DistributionPtr repeated(const Tensor& flat, std::int64_t batch_size) const override;
  Tensor centred_at(const Tensor& location, double scale) const override;

 private:
  std::int64_t size_;
  LogScaleLimits limits_;
};

/// N(loc, C C') with a lower-triangular C: L + L(L+1)/2 numbers. Kucukelbir et al., "Automatic
/// Differentiation Variational Inference", 2017, arXiv:1603.00788, section 2.4.
class FullRankNormalFamily : public Family {
 public:
  static ComponentInfo info();
  FullRankNormalFamily(const ConfigNode& node, const BuildContext& context);
  std::int64_t num_parameters() const override { return size_ + size_ * (size_ + 1) / 2; }
  Layout layout() const override;
  DistributionPtr distribution(const Tensor& flat) const override;
  Tensor centred_at(const Tensor& location, double scale) const override;

 private:
  std::int64_t size_;
  LogScaleLimits limits_;
};

/// N(loc, diag(scale^2) + F F') with F of `rank` columns. Ong, Nott, Smith, "Gaussian variational
/// approximation with a factor covariance structure", 2018, arXiv:1701.03208, section 3.
class LowRankNormalFamily : public Family {
 public:
  static ComponentInfo info();
  LowRankNormalFamily(const ConfigNode& node, const BuildContext& context);
  std::int64_t num_parameters() const override { return size_ * (2 + rank_); }
  Layout layout() const override;
  DistributionPtr distribution(const Tensor& flat) const override;
  /// Small factors of alternating sign: at zero the gradient of F vanishes.
  Tensor initial() const override;
  Tensor centred_at(const Tensor& location, double scale) const override;

 private:
  std::int64_t size_, rank_;
  LogScaleLimits limits_;
};

/// Mixture of diagonal normals, drawn by strata: one particle from each component, weighted.
/// Morningstar et al., "Automatic Differentiation Variational Inference with Mixtures", 2021,
/// arXiv:2003.01687, section 3.
class MixtureNormalFamily : public Family {
 public:
  static ComponentInfo info();
  MixtureNormalFamily(const ConfigNode& node, const BuildContext& context);
  std::int64_t num_parameters() const override { return components_ * (1 + 2 * size_); }
  Layout layout() const override;
  DistributionPtr distribution(const Tensor& flat) const override;
  /// Means spread over a standard normal's quantiles: equal components would stay equal.
  Tensor initial() const override;

 private:
  std::int64_t size_, components_;
  LogScaleLimits limits_;
};

}  // namespace elbow
