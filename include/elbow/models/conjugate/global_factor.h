#pragma once

#include <functional>
#include <string>
#include <vector>

#include "elbow/probability/families/exponential_family.h"

namespace elbow {

/// One factor of the variational distribution over what all examples share, and its prior in the
/// same family.
struct GlobalFactor {
  std::string name;
  ExponentialFamilyPtr
      family;    ///< null: a plain number that the model itself estimates (empirical Bayes)
  Tensor prior;  ///< natural parameters [..., P] float64; the start of a plain number
  bool is_point =
      false;  ///< q is a point mass: expectation-maximisation instead of variational Bayes
  bool is_flat =
      false;  ///< the prior has no density to speak of: maximum likelihood; implies is_point
  /// The prior in the coordinates of a frame; null: the factor has the same in every frame.
  std::function<Tensor(const Tensor& frame)> framed_prior = nullptr;
  /// Whether the prior's log partition is the same in every frame. It is then not taken from
  /// natural parameters that a far location has swamped.
  bool has_fixed_partition = false;

  /// Natural parameters of the prior in the coordinates of Globals::frame(), and their log
  /// partition.
  Tensor prior_in(const Tensor& frame) const;
  Tensor prior_log_partition(const Tensor& frame) const;
};

/// A prior on where the columns of the data lie, in the coordinates of the data.
struct LocationPrior {
  Tensor location, scale;  ///< [D] centre and standard deviation of the prior of a column's mean
  std::string wider;       ///< what to do for a wider one: "lower model.mean_precision"
};

/// The natural parameters of all factors at one moment, with their expectations on demand. Natural
/// parameters are never changed in place, so a copy of this is cheap and safe.
class Globals {
 public:
  /// @param frame see frame()
  Globals(const std::vector<GlobalFactor>& factors, std::vector<Tensor> natural, Tensor frame = {});

  std::size_t size() const { return natural_.size(); }
  const Tensor& natural(std::size_t i) const { return natural_.at(i); }
  /// E_q[t] of factor i, or t at its mode where q is a point mass; the number itself without a
  /// family. [..., P]
  const Tensor& mean(std::size_t i) const;
  void set(std::size_t i, Tensor natural);
  /// The coordinates that natural parameters, means and statistics are in; its shape and meaning
  /// are the model's. Undefined: those of the data. Sums of squares about 0 lose the digits of data
  /// far from it, so models move there: a mixture to a point near each class, a regression to
  /// centred columns. What a model says to others is in the coordinates of the data.
  const Tensor& frame() const { return frame_; }
  /// @param natural of factor i in the coordinates of the new frame
  void set_in(Tensor frame, std::size_t i, Tensor natural);

 private:
  struct Kind {
    ExponentialFamilyPtr family;
    bool is_point;
  };
  std::vector<Kind> kinds_;
  std::vector<Tensor> natural_;
  Tensor frame_;
  mutable std::vector<Tensor> means_;
};

}  // namespace elbow
