#pragma once

#include <memory>
#include <vector>

#include "elbow/neural/flows/conditional_transform.h"

namespace elbow {

struct LayerRun;

/// The layers of a flow, first to last from the base to the variable.
class FlowStack : public Module {
 public:
  /// @param nodes components of kind "flow"; `count` of each repeats it with parameters of its own
  /// @param context of the whole stack: its vectors are [D], and layers that take numbers are
  /// refused where it is given nothing
  FlowStack(const std::vector<ConfigNode>& nodes, const BuildContext& context);
  /// @param context [..., context_size()], cut into one piece for each layer; undefined when
  ///                context_size() is 0
  /// @return all layers, composed
  TransformPtr forward(const Tensor& context);
  /// What all layers ask of an encoder.
  std::int64_t context_size() const;
  /// The same, layer by layer: an empty layout for one that asks nothing.
  std::vector<Layout> context_layouts() const;
  bool has_inverse() const;
  /// Initialises layer after layer, each from the outputs of those before it.
  /// @param x [N, D] draws of the base @param context [N, context_size()] or undefined
  void initialise(const Tensor& x, const Tensor& context);
  /// Initialises from the last layer back, each from what those after it are to get, so that data
  /// come to the base. @param y [N, D] values of the variable
  /// @throws c10::Error when a layer has no inverse or takes a context
  void initialise_from_outputs(const Tensor& y);
  std::int64_t num_layers() const { return static_cast<std::int64_t>(layers_.size()); }

 private:
  void check_context(const Tensor& context) const;
  /// The context of each layer: undefined for those without.
  std::vector<Tensor> pieces(const Tensor& context) const;

  std::vector<ConditionalTransformPtr> layers_;
  std::shared_ptr<const std::vector<LayerRun>> runs_;
  bool has_kernel_ = false;  ///< whether a kernel runs any of them
};

}  // namespace elbow
