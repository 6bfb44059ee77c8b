#pragma once

#include <memory>
#include <vector>

#include "dense_stack.h"
#include "elbow/neural/nn/network.h"
#include "hidden.h"
#include "linear.h"

namespace elbow {

/// Fully connected layers on the flattened event, plain or gated.
class Mlp : public Network {
 public:
  enum class Kind { plain, gated };
  /// The row of `mlp` or `gated_mlp`.
  static ComponentInfo info(Kind kind);
  Mlp(Kind kind, const ConfigNode& node, const BuildContext& context);
  Tensor forward(const Tensor& input) override;
  void set_output_bias(const Tensor& value) override { output_->set_bias(value); }

 private:
  /// All layers, where each is a linear map and a nonlinearity of our kernels; else none.
  std::vector<DenseLayer> dense_layers() const;

  Kind kind_;
  Shape output_shape_;
  bool is_symlog_;
  std::vector<std::shared_ptr<Linear>> layers_;
  std::vector<std::shared_ptr<HiddenTail>> tails_;
  std::shared_ptr<Linear> output_;
};

}  // namespace elbow
