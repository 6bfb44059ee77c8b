#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

namespace elbow {

using at::Tensor;
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// All parameters in one contiguous buffer, all gradients in another, with the module's tensors as
/// views into them. Build the modules, move them to their device, then flatten; never move them
/// afterwards.
class FlatParameters {
 public:
  /// @param named leaves that require grad, same dtype and device; a tensor that comes twice
  /// (shared) is kept once, under its first name
  explicit FlatParameters(const NamedTensors& named);

  const Tensor& values() const { return values_; }        ///< [P]
  const Tensor& gradients() const { return gradients_; }  ///< [P]
  /// Zeroes the gradient buffer and makes sure that every parameter's grad still is its view.
  /// @throws std::logic_error otherwise
  void zero_gradients();
  /// The name of the parameter that holds flat element `index`.
  std::string name_of(std::int64_t index) const;
  /// Contiguous copies by name of any buffer laid out like `values()`.
  NamedTensors split(const Tensor& flat) const;
  /// Copies named tensors back into such a buffer. @throws DataError on missing or extra names,
  /// other shapes or dtypes
  void join(const NamedTensors& named, const Tensor& flat, const std::string& source) const;
  const NamedTensors& named() const { return named_; }

 private:
  NamedTensors named_;
  std::vector<std::int64_t> offsets_;
  Tensor values_, gradients_;
};

}  // namespace elbow
