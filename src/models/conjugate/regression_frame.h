#pragma once

#include "elbow/probability/distributions/random_source.h"

namespace elbow {

/// Coordinates that a regression computes in where those of its features would lose digits: phi' =
/// (phi - centre) B and y' = y - phi . a, so that w . phi = w' . phi' + phi . a with w = A w' + a.
/// Centring needs an intercept, which is the first feature of both.
///
/// The shift a lies near the weights that are to be found. An intercept is what is left of a
/// response far from 0 less features far from 0: about a it is a small number, elsewhere a small
/// difference.
///
/// Packed it is [P + 2, P] float64: B, the centre, and a.
/// Undefined it changes nothing.
class RegressionFrame {
 public:
  explicit RegressionFrame(const Tensor& packed);
  bool is_identity() const { return !turn_.defined(); }

  /// @param phi [B, P]
  Tensor features(const Tensor& phi) const;
  /// Undefined stays undefined. @param phi [B, P] not in the frame
  Tensor response(const Tensor& phi, const Tensor& y) const;
  /// phi . a, [B].
  Tensor baseline(const Tensor& phi) const;
  /// w of w', and back. [..., P]
  Tensor outward(const Tensor& weights) const;
  Tensor inward(const Tensor& weights) const;
  /// The covariance of w of that of w', and back. [..., P, P]
  Tensor covariance_outward(const Tensor& covariance) const;
  Tensor covariance_inward(const Tensor& covariance) const;
  /// The precision of w' where that of w is diagonal. @param diagonal [P]
  Tensor precision_inward(const Tensor& diagonal) const;
  /// The precision of w' times its mean, where w has this mean and a diagonal precision. [..., P]
  Tensor weighted_inward(const Tensor& diagonal, const Tensor& mean) const;
  const Tensor& shift() const { return shift_; }
  /// The diagonal of Phi^T Phi of that of the features in the frame, [P].
  Tensor squares_outward(const Tensor& second) const;
  /// ln |det A|: what a density of w' loses on its way to w.
  double log_det() const { return log_det_; }

 private:
  Tensor centre_, turn_;     ///< [P], B [P, P]
  Tensor matrix_, inverse_;  ///< A and its inverse
  Tensor shift_;             ///< a [P]
  double level_ = 0;         ///< centre . a
  double log_det_ = 0;
};

/// What a choice of frame depends on.
struct RegressionFrameOptions {
  bool has_intercept = true;
  bool is_flat = false;        ///< maximum likelihood: what depends on one another must show
  double prior_precision = 1;  ///< of a weight
  double noise_precision = 1;  ///< 1 where the precision of a weight is in units of it
  bool learns_noise = false;   ///< the precision of the noise is where learning begins
};

/// A packed frame for these features and responses: centred, and turned to directions of the
/// weights that neither the data nor the prior around the centre couple. Undefined where the
/// features do as they are: none lies far from 0 or depends on others up to what the prior adds. Of
/// maximum likelihood columns are centred and scaled only. @param phi [N, P] @param y [N]
Tensor regression_frame(const Tensor& phi, const Tensor& y, const RegressionFrameOptions& options);

}  // namespace elbow
