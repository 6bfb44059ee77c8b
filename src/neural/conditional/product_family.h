#pragma once

#include "elbow/neural/conditional/family.h"

namespace elbow {

/// A family of which every parameter tensor has one number for each latent unit, [..., L], beside
/// `num_shared` numbers for all: what is not a normal. All but the discrete have pathwise
/// gradients.
struct ProductRow {
  const char* name;
  const char* summary;
  const char* paper;
  SupportKind latent_kind;
  std::vector<double> start;  ///< of each tensor: where a learned member begins
  std::int64_t num_shared;    ///< numbers that belong to no unit
  DistributionPtr (*make)(const std::vector<Tensor>& tensors, const Tensor& shared);
};

class ProductFamily : public Family {
 public:
  /// @throws ConfigError for a single unit where the support needs two
  ProductFamily(const ProductRow& row, const ConfigNode& node, const BuildContext& context);
  static ComponentInfo info(const ProductRow& row);
  static const std::vector<ProductRow>& rows();
  std::int64_t num_parameters() const override {
    return static_cast<std::int64_t>(row_.start.size()) * size_ + row_.num_shared;
  }
  Layout layout() const override;
  DistributionPtr distribution(const Tensor& flat) const override;
  Tensor initial() const override;

 private:
  ProductRow row_;
  std::int64_t size_;
};

}  // namespace elbow
