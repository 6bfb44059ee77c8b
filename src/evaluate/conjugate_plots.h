#pragma once

#include <string>
#include <vector>

#include "elbow/conjugate/conjugate_model.h"
#include "elbow/conjugate/numbers.h"
#include "elbow/observe/canvas.h"

/// The single pictures of conjugate_pictures(). Names of columns are for the descriptions.
namespace elbow::conjugate_plots {

/// The most probable class of each example, [N] long.
/// @param x [N, D]
Tensor most_probable_classes(const ConjugateModel& model, const Globals& globals, const Tensor& x);

/// @param points  [N, 2] float64, `classes` [N] long
/// @param shapes  a class with a weight below `least_weight` gets no ellipse
Picture mixture(const Tensor& points,
                const Tensor& classes,
                const std::vector<ClassShape>& shapes,
                double least_weight,
                const std::vector<std::string>& columns);

/// @param x    [B, T, D] float64, NaN past the end
/// @param path [B, T], -1 past the end
Picture state_paths(const Tensor& x, const Tensor& path, const std::vector<std::string>& columns);

/// @param points   [N, 2] float64: input, response
/// @param inputs   ascending, one for each row of `prediction`
Picture prediction(const Tensor& points,
                   const std::vector<double>& inputs,
                   const Prediction& prediction,
                   const std::vector<std::string>& columns);

/// The exact band in grey with its edges, q(w)'s over it in colour, and both means.
Picture posterior_bands(const Tensor& points,
                        const std::vector<double>& inputs,
                        const FunctionBands& bands,
                        const std::vector<std::string>& columns);

/// "petal width from 0.1 to 2.5".
std::string axis_text(const std::string& column, const DataRange& range);

}  // namespace elbow::conjugate_plots
