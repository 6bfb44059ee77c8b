#pragma once

#include <cstdint>
#include <memory>

#include "elbow/data/dataset/build_context.h"
#include "elbow/foundations/core/factory.h"
#include "elbow/foundations/core/layout.h"
#include "elbow/neural/nn/module.h"
#include "elbow/probability/transforms/transform.h"

namespace elbow {

/// A layer of a normalizing flow: a module whose forward pass returns a transform.
class ConditionalTransform : public Module {
 public:
  /// @param context [..., context_size()] numbers from the encoder, or an undefined tensor when
  ///                context_size() is 0. Inputs of the transform carry the same batch dimensions.
  virtual TransformPtr forward(const Tensor& context) = 0;
  virtual std::int64_t context_size() const { return 0; }
  /// What those numbers are; here: features of no name.
  virtual Layout context_layout() const {
    if (context_size() == 0) return {};
    return {{"features", {context_size()}}};
  }
  /// Whether the transforms that it returns have an inverse.
  virtual bool has_inverse() const { return true; }
  /// Sets parameters from data; the default has nothing to set. @param x [N, D] inputs of this
  /// layer
  virtual void initialise(const Tensor& /*x*/) {}
  /// The same from what the layer is to give. @param y [N, D] outputs of this layer
  virtual void initialise_from_outputs(const Tensor& /*y*/) {}
};
using ConditionalTransformPtr = std::shared_ptr<ConditionalTransform>;

/// planar, radial, householder, sylvester_orthogonal, sylvester_householder, sylvester_triangular,
/// actnorm, affine, permutation, lu_linear, affine_coupling, additive_coupling, spline_coupling,
/// maf, iaf, autoregressive_spline. Values are drawn from the default CPU generator: seed it
/// before. Traits: FlowTraits. Every row has the key `count`, which FlowStack reads.
Factory<ConditionalTransformPtr, const BuildContext&>& flow_factory();

}  // namespace elbow
