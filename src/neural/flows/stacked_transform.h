#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "parameter_flow.h"

namespace elbow {

/// Consecutive layers of a stack: either one of any kind, or some that one kernel runs.
struct LayerRun {
  std::vector<ConditionalTransformPtr> layers;
  std::vector<const ParameterFlow*> stacked;  ///< the same layers; empty where no kernel runs them
  std::int64_t context_start = 0, context_size = 0;
};

/// As few runs as the layers allow, in their order.
std::vector<LayerRun> runs_of(const std::vector<ConditionalTransformPtr>& layers);

/// All layers of a stack, composed: runs of one kind as one operation where that is possible, and
/// as class Composed everywhere else, whose parameters these are.
class StackedTransform : public Transform {
 public:
  /// @param context of the whole stack, or undefined
  StackedTransform(std::shared_ptr<const std::vector<LayerRun>> runs, const Tensor& context);
  std::string name() const override { return "composed"; }
  std::pair<Tensor, Tensor> forward_and_log_det(const Tensor& x) const override;
  std::pair<Tensor, Tensor> inverse_and_log_det(const Tensor& y) const override;
  bool has_inverse() const override;
  TransformPtr map_parameters(const ParameterMap& map) const override;

 private:
  /// A run with its piece of the context, or the transform of its one layer.
  struct Part {
    const LayerRun* run;
    Tensor context;
    TransformPtr transform;  ///< null for a run of a kernel's layers
  };
  /// Layer by layer; built when it is asked for.
  const Transform& composed() const;
  std::vector<TransformPtr> transforms_of(const Part& part) const;
  bool can_run(const Part& part, const Tensor& x) const;
  std::pair<Tensor, Tensor> forward(const Part& part, const Tensor& x) const;

  std::shared_ptr<const std::vector<LayerRun>> runs_;
  std::vector<Part> parts_;
  mutable std::once_flag is_composed_;
  mutable TransformPtr composed_;
};

}  // namespace elbow
