#pragma once

#include <string>
#include <vector>

#include "elbow/data/dataset/data_units.h"
#include "elbow/foundations/observe/canvas.h"
#include "elbow/models/conjugate/class_ellipses.h"
#include "elbow/models/conjugate/conjugate_model.h"
#include "elbow/models/conjugate/numbers.h"
#include "elbow/models/conjugate/predictive_bands.h"
#include "elbow/models/conjugate/response_prediction.h"

/// The single pictures of conjugate_pictures(). Names of columns are for the descriptions.
namespace elbow::conjugate_plots {

/// What the pictures say of their axes. A picture of standardised columns is the same as one of the
/// file's: only the numbers at its edges differ.
struct Axes {
  std::vector<std::string> names;
  DataUnits units;
};

/// The most probable class of each example, [N] long.
/// @param x [N, D]
Tensor most_probable_classes(const ConjugateModel& model, const Globals& globals, const Tensor& x);

/// @param points  [N, 2] float64, `classes` [N] long
/// @param shapes  a class with a weight below `least_weight` gets no ellipse
Picture mixture(const Tensor& points,
                const Tensor& classes,
                const std::vector<ClassShape>& shapes,
                double least_weight,
                const Axes& axes);

/// @param x    [B, T, D] float64, NaN past the end
/// @param path [B, T], -1 past the end
Picture state_paths(const Tensor& x, const Tensor& path, const Axes& axes);

/// @param points   [N, 2] float64: input, response
/// @param inputs   ascending, one for each row of `prediction`
Picture prediction(const Tensor& points,
                   const std::vector<double>& inputs,
                   const Prediction& prediction,
                   const Axes& axes);

/// The exact band in grey with its edges, q(w)'s over it in colour, and both means.
Picture posterior_bands(const Tensor& points,
                        const std::vector<double>& inputs,
                        const FunctionBands& bands,
                        const Axes& axes);

/// "petal width from 0.1 to 2.5", in the units of the file.
/// @param range of column `d` as the model was shown it
std::string axis_text(const Axes& axes, std::size_t d, const DataRange& range);

}  // namespace elbow::conjugate_plots
