#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "elbow/data/dataset/batch.h"
#include "elbow/foundations/core/config_node.h"
#include "elbow/foundations/core/shape.h"

namespace elbow {

using at::Tensor;

class Dataset;

/// The units of the user's file, where the model was shown standardised columns: what people read
/// is in these. A density changes with its unit: ln p(file) = ln p(shown) - log_volume().
class DataUnits {
 public:
  /// The model was shown the file's own numbers.
  DataUnits() = default;
  /// @param moments       {"mean": [...], "standard_deviation": [...]} of the columns, or of the
  /// columns of each data set side by side; an object without them: the file's own numbers
  /// @param num_responses 1: densities are of the last column, given the others
  DataUnits(const Json& moments,
            const std::vector<std::int64_t>& event_shape,
            std::int64_t num_responses);
  static DataUnits of(const Dataset& dataset);

  /// Whether the model was shown the file's own numbers.
  bool are_shown() const { return !mean_.defined(); }
  /// @param events [N, event...] @return the same in the file's units; float64 where they differ
  Tensor in_file(const Tensor& events) const;
  /// One column's number. @param column of the event
  double in_file(double value, std::size_t column) const;
  /// ln of the volume of a unit cube of standardised numbers in the file's units, [N] float64: over
  /// the columns that the density is of, without what is missing or lies past the end of a
  /// sequence. Of data sets side by side the mean, as of their densities.
  Tensor log_volume(const Batch& batch) const;

 private:
  Tensor mean_, deviation_;  ///< [M] float64: M columns, of which an event has one or more rows
  Tensor log_scale_;         ///< [E] float64: of each number of an event that the density is of
};

/// What the densities of a data set's examples change by from the model's units to the file's.
class LogVolumes {
 public:
  explicit LogVolumes(const Dataset& dataset);
  /// Mean over these rows of a split.
  double mean(const std::string& split, const std::vector<std::int64_t>& rows);
  /// Mean over all of a split.
  double mean(const std::string& split);
  /// Whether a quantity of a record is a mean log density, or a bound on one.
  static bool changes(const std::string& quantity);

 private:
  const std::vector<double>& of(const std::string& split);

  const Dataset& dataset_;
  DataUnits units_;
  std::map<std::string, std::vector<double>> values_;  ///< of the splits that were asked for
};

/// Names of an event's numbers in their order, for the first line of a CSV file: the columns of the
/// file where they are known, else x_0, x_1, ...; a step of a sequence is behind its column's name.
std::vector<std::string> event_columns(const std::vector<std::int64_t>& event_shape,
                                       const Json& columns);

}  // namespace elbow
