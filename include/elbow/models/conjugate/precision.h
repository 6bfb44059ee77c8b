#pragma once

#include <optional>
#include <string>
#include <vector>

#include "elbow/foundations/core/factory.h"
#include "elbow/models/conjugate/global_factor.h"

namespace elbow {

/// What is believed of inverse variances before the data: a known number, or a gamma distribution.
struct PrecisionPrior {
  std::optional<double> known;
  double concentration = 0, rate = 0;
  bool is_for_each = false;  ///< a precision for each weight, not one for all
};

/// Of the noise around a response: known, learned.
Factory<PrecisionPrior>& noise_factory();
/// Of weights around zero: fixed, learned, ard.
Factory<PrecisionPrior>& weight_prior_factory();

/// Inverse variances of one kind in a model: known, or a gamma global factor of it.
class Precision {
 public:
  /// @param size how many there are @param factors of the model; gains one where it is learned
  Precision(const PrecisionPrior& prior,
            std::int64_t size,
            const std::string& name,
            std::vector<GlobalFactor>& factors);

  /// Whether factor i of the model is this one.
  bool is_factor(std::size_t i) const { return index_ == i; }
  bool is_learned() const { return index_.has_value(); }
  std::int64_t size() const { return size_; }
  /// E[tau], [size].
  Tensor expected(const Globals& globals) const;
  /// E[ln tau], [size].
  Tensor expected_log(const Globals& globals) const;
  /// (concentration, rate) of the factor, [size] each; nothing where it is known or a point mass.
  std::optional<std::pair<Tensor, Tensor>> gamma(const std::vector<GlobalFactor>& factors,
                                                 const Globals& globals) const;

  /// Natural parameters whose expectation is the given one: as a point, its place. [size, 2]
  /// @param value [size] or [1]
  Tensor start(const Tensor& value, const std::vector<GlobalFactor>& factors) const;
  /// The prior's expectation to begin with.
  Tensor start(const std::vector<GlobalFactor>& factors) const;
  /// Prior + (count / 2, -squares / 2). @param squares [size] expected sums of squares
  /// @throws DataError where a point mass has no maximum
  Tensor optimum(double count,
                 const Tensor& squares,
                 const std::vector<GlobalFactor>& factors) const;
  /// The optimum where nothing depends on it: the prior, or the start where that has no mode.
  Tensor idle(const std::vector<GlobalFactor>& factors) const;

 private:
  std::int64_t size_;
  PrecisionPrior prior_;
  std::optional<std::size_t> index_;
};

}  // namespace elbow
