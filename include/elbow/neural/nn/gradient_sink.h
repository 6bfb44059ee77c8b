#pragma once

namespace elbow {

/// While one lives, `packed` parameters whose graph is built on this thread take their gradient
/// straight into the leaves' grad(), in one loop in place of a node for each leaf.
///
/// Right only where every backward pass over those graphs accumulates into all leaves: by
/// torch::autograd::backward without `inputs`, without create_graph, and without hooks on leaves.
class AccumulatesToLeaves {
 public:
  AccumulatesToLeaves();
  ~AccumulatesToLeaves();
  AccumulatesToLeaves(const AccumulatesToLeaves&) = delete;
  AccumulatesToLeaves& operator=(const AccumulatesToLeaves&) = delete;
  static bool is_on();

 private:
  bool before_;
};

}  // namespace elbow
