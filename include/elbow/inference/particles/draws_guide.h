#pragma once

#include "elbow/inference/particles/point_guide.h"

namespace elbow {

/// The draws of Markov chains as an approximation of the posterior over latents that all examples
/// share.
class DrawsGuide : public PointGuide {
 public:
  /// What stands beside each draw, in this order.
  static const std::vector<std::string>& columns();

  DrawsGuide(const UnconstrainedJoint& joint, std::int64_t num_draws, std::int64_t num_chains);
  /// Unconstrained, those that have been made: [S C, 1, U]. @throws UsageError before the first
  Tensor points() const override;
  /// Of draw s the next. @param positions [C, U] @param statistics [C, columns]
  void add(const Tensor& positions, const Tensor& statistics);
  /// Draws of a checkpoint, of which there may be room for more here. @param stored by the names of
  /// the guide's buffers under "guide." @throws DataError where they are other draws, or more than
  /// there is room for
  void load(const std::vector<std::pair<std::string, Tensor>>& stored, const std::string& source);
  std::int64_t num_made() const;
  std::int64_t num_chains() const { return draws_.size(1); }
  std::int64_t num_draws() const { return draws_.size(0); }
  /// [S, C, U] and [S, C, columns], those that have been made.
  Tensor draws() const { return draws_.narrow(0, 0, num_made()); }
  Tensor statistics() const { return statistics_.narrow(0, 0, num_made()); }

 private:
  Tensor draws_, statistics_, made_;
};

}  // namespace elbow
