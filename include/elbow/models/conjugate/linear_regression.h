#pragma once

#include <memory>
#include <optional>
#include <string>

#include "elbow/models/conjugate/basis.h"
#include "elbow/models/conjugate/conjugate_model.h"
#include "elbow/models/conjugate/precision.h"
#include "elbow/models/conjugate/predictive_bands.h"
#include "elbow/models/conjugate/response_prediction.h"

namespace elbow {

/// Bayesian linear regression, y = w . phi(x) + noise. There are no local variables: the statistics
/// are Phi^T Phi, Phi^T y and y^T y, which no global factor touches.
///
/// posterior "full" is q(w) a normal, "factorised" a normal for each weight, both beside q(beta) of
/// the noise precision and q(alpha) of the weights where these are learned; "normal_gamma" is the
/// exact posterior of (w, beta) under w | beta ~ N(0, (alpha beta)^-1 I).
///
/// Bishop, "Pattern Recognition and Machine Learning", 2006, sections 3.3 and 10.3; Drugowitsch,
/// "Variational Bayesian inference for linear and logistic regression", 2013, arXiv:1310.5438.
class LinearRegression : public ConjugateModel, public ResponsePrediction, public PredictiveBands {
 public:
  LinearRegression(const ConfigNode& node, const DataContext& data);
  static ComponentInfo info();

  LocalStep local_step(const Batch& batch,
                       const Globals& globals,
                       const Tensor& local) const override;
  std::vector<Tensor> initial(const InitialData& data, RandomSource& source) const override;
  /// The frame is a packed RegressionFrame. Full and joint posteriors are those of its weights,
  /// factorised ones stay those of the features'.
  Globals start(const InitialData& data, RandomSource& source) const override;
  /// Over all weights at once, also when they are independent: the mean is then the full
  /// posterior's, the variances are 1 / Lambda_jj.
  Tensor optimum(std::size_t i,
                 const Statistics& statistics,
                 const Globals& globals) const override;
  double expected_log_joint(const Statistics& statistics, const Globals& globals) const override;
  /// E[ln p(w | alpha)] belongs to the term of "weights".
  double global_term(std::size_t i, const Globals& globals) const override;
  /// ln p(y_n | x_n, data), not of the inputs, which have no distribution.
  Tensor log_predictive(const Batch& batch, const Globals& globals) const override;
  Prediction predict(const Tensor& x, const Globals& globals, double mass) const override;
  FunctionBands function_bands(const Tensor& x,
                               const Statistics& statistics,
                               const Globals& globals,
                               double mass) const override;
  const ResponsePrediction* response() const override { return this; }
  /// None where q(w) is exact together with the noise.
  const PredictiveBands* bands() const override { return is_joint() ? nullptr : this; }
  Json summary(const Globals& globals) const override;

  const Basis& basis() const { return *basis_; }
  /// E[w], [P].
  Tensor weights(const Globals& globals) const;
  /// Covariance of q(w), [P, P]: zero at a point.
  Tensor covariance(const Globals& globals) const;

 private:
  /// Expectations that the likelihood needs: of ln beta, beta, beta w, beta w w^T.
  struct Moments {
    Tensor log_precision, precision, weighted, second;
  };
  /// In the frame.
  Moments moments(const Globals& globals) const;
  /// Features [B, P] and responses [B] in the frame.
  std::pair<Tensor, Tensor> framed_rows(const Tensor& x, const Globals& globals) const;
  bool is_joint() const { return posterior_ == "normal_gamma"; }
  /// Of the weights in the frame given the expected precisions: precision [P, P], and that times
  /// the mean [P].
  std::pair<Tensor, Tensor> exact_posterior(const Statistics& statistics,
                                            const Globals& globals) const;
  Tensor weights_optimum(const Statistics& statistics, const Globals& globals) const;
  Tensor joint_statistics(const Statistics& statistics) const;
  /// E[ln p(w, beta) - ln q(w, beta)] of the joint posterior.
  double joint_term(const Globals& globals) const;
  /// E[(y - Phi w)^2] summed over the examples.
  Tensor expected_residual(const Statistics& statistics, const Globals& globals) const;
  /// E[w_j^2], [P].
  Tensor weight_squares(const Globals& globals) const;
  /// E[w] and the covariance of q(w) in the frame, [P] and [P, P].
  Tensor framed_weights(const Globals& globals) const;
  Tensor framed_covariance(const Globals& globals) const;
  /// Mean [B] in the frame and spread around it of responses to these inputs.
  std::pair<Tensor, std::unique_ptr<const class ResponseDistribution>> respond(
      const Tensor& inputs, const Globals& globals) const;
  void summarise_precisions(const Globals& globals, Json& out) const;

  std::int64_t num_inputs_;
  std::string posterior_;
  BasisPtr basis_;
  double prior_precision_ = 1;                         ///< of a weight, to begin with
  std::optional<Precision> noise_, weight_precision_;  ///< without either in the joint posterior
};

}  // namespace elbow
