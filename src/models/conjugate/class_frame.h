#pragma once

#include "elbow/models/conjugate/component_likelihood.h"

namespace elbow {

// The frame of normal classes, [K, D]: a point near each class that its moments are taken about.
// About 0, sums of squares lose the digits of a class that lies many of its standard deviations
// away. Other classes have no frame.

/// Sums over examples in a frame.
struct FramedSums {
  Tensor part;          ///< sum_n r_nk u(x_n - frame_k), in the shape of the components' prior
  double constant = 0;  ///< sum_nk r_nk b(x_n - frame_k)
};

/// Whether one point serves all classes.
bool is_common(const Tensor& frame);

/// E[ln p(x_n | theta_k)], with b, [B, K]. @param mean of the components in the frame
Tensor framed_scores(const ComponentLikelihood& components,
                     const Tensor& x,
                     const Tensor& mean,
                     const Tensor& frame);
FramedSums framed_sums(const ComponentLikelihood& components,
                       const Tensor& x,
                       const Tensor& responsibilities,
                       const Tensor& frame);

/// A frame for classes that begin with these responsibilities: the mean of all examples where that
/// is near enough to each class, else the classes' own means. Undefined where 0 does as well.
/// @param factor the components as the model has them
Tensor frame_for(const ComponentLikelihood& components,
                 const GlobalFactor& factor,
                 const Tensor& x,
                 const Tensor& responsibilities);
/// Moves the frame of classes that lie far from theirs to their means. @param i the components
void reframe_classes(const ComponentLikelihood& components, std::size_t i, Globals& globals);

}  // namespace elbow
