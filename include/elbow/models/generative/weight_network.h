#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "elbow/neural/nn/activation.h"

namespace elbow {

using at::Tensor;

/// A multilayer perceptron as a function of its weights, which stand in one vector: layer by layer,
/// first the matrix [in, out], then the bias [out]. Many networks are evaluated at once: K draws of
/// the weights for each of G data sets.
class WeightNetwork {
 public:
  WeightNetwork(std::int64_t input_size,
                const std::vector<std::int64_t>& hidden_sizes,
                std::int64_t output_size,
                Activation activation);

  /// P.
  std::int64_t num_weights() const { return num_weights_; }
  /// 1 / sqrt(in + 1) of the layer that a weight belongs to, [P]: what keeps a layer's outputs of
  /// the size of its inputs. Hernandez-Lobato, Adams, 2015, arXiv:1502.05336, section 3.
  Tensor fan_in_scales() const;
  /// Sums of squares over the elements of all matrices and over those of all biases.
  struct Squares {
    Tensor of_matrices, of_biases;
  };
  /// @param weights [..., P] @return [...] each
  Squares squares(const Tensor& weights) const;
  /// @param x [G, B, in] @param weights [K, G, P]
  /// @param dropout share of each layer's inputs that is left out, the others scaled up; anew for
  /// each example and draw, under the masks of the innermost MaskScope: Gal, Ghahramani, 2016,
  /// arXiv:1506.02142, section 3
  /// @return [K, G, B, out]
  Tensor forward(const Tensor& x, const Tensor& weights, double dropout = 0) const;

 private:
  std::vector<std::int64_t> sizes_;  ///< input, hidden, output
  Activation activation_;
  std::int64_t num_weights_ = 0;
};

}  // namespace elbow
