#pragma once

#include <optional>
#include <string>

#include "elbow/models/conjugate/basis.h"
#include "elbow/models/conjugate/conjugate_model.h"
#include "elbow/models/conjugate/precision.h"
#include "elbow/models/conjugate/response_prediction.h"

namespace elbow {

/// Multilevel regression with varying intercepts and slopes: y_n = w_g(n) . phi(x_n) + noise, w_g ~
/// N(m, diag(alpha)^-1) for each group g, m ~ N(0, centre_variance I), alpha_j and the noise
/// precision gamma. One input column holds the group, a whole number from 0.
///
/// Gelman, Hill, "Data analysis using regression and multilevel/hierarchical models", 2007, chapter
/// 13; the updates are those of Bishop, "Pattern Recognition and Machine Learning", 2006,
/// section 10.1.
class HierarchicalRegression : public ConjugateModel, public ResponsePrediction {
 public:
  HierarchicalRegression(const ConfigNode& node, const DataContext& data);
  static ComponentInfo info();

  /// Statistics: Phi^T Phi, Phi^T y of each group, and y^T y.
  LocalStep local_step(const Batch& batch,
                       const Globals& globals,
                       const Tensor& local) const override;
  std::vector<Tensor> initial(const InitialData& data, RandomSource& source) const override;
  /// The frame is a packed RegressionFrame, the same for all groups. The centre stays that of the
  /// features' coefficients: its precision is diagonal there, and in the frame of columns far from
  /// 0 it would be lost.
  Globals start(const InitialData& data, RandomSource& source) const override;
  Tensor optimum(std::size_t i,
                 const Statistics& statistics,
                 const Globals& globals) const override;
  double expected_log_joint(const Statistics& statistics, const Globals& globals) const override;
  /// E[ln p(w_g | m, alpha)] belongs to the term of "coefficients". Flat coefficients are those of
  /// a least-squares fit to each group, which centre and spread then do not touch.
  double global_term(std::size_t i, const Globals& globals) const override;
  /// ln p(y_n | x_n, data) of a known group.
  Tensor log_predictive(const Batch& batch, const Globals& globals) const override;
  Prediction predict(const Tensor& x, const Globals& globals, double mass) const override;
  const ResponsePrediction* response() const override { return this; }
  Json summary(const Globals& globals) const override;

  const Basis& basis() const { return *basis_; }
  /// E[w_g], [G, P].
  Tensor coefficients(const Globals& globals) const;

 private:
  struct Rows {
    Tensor phi;       ///< [B, P]
    Tensor response;  ///< [B] or undefined
    Tensor group;     ///< [B] int64
  };
  /// In the frame. @throws DataError when a group is not one of 0 .. G - 1
  Rows rows_of(const Tensor& x, const Globals& globals) const;
  Rows rows_of(const Tensor& x) const;
  Statistics statistics_of(const Rows& rows) const;
  /// Means [B] and variances [B] of the responses without noise, in the frame.
  std::pair<Tensor, Tensor> respond(const Rows& rows, const Globals& globals) const;
  Tensor coefficients_optimum(const Statistics& statistics, const Globals& globals) const;
  Tensor centre_optimum(const Globals& globals) const;
  /// E[(w_gj - m_j)^2], [G, P].
  Tensor deviations(const Globals& globals) const;
  /// E[(y - w_g . phi)^2] summed over the examples, [1].
  Tensor expected_residual(const Statistics& statistics, const Globals& globals) const;

  std::int64_t num_inputs_, group_column_, num_groups_;
  BasisPtr basis_;
  std::optional<Precision> spread_, noise_;
};

}  // namespace elbow
