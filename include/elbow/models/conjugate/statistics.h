#pragma once

#include <vector>

#include "elbow/models/conjugate/global_factor.h"

namespace elbow {

/// Expected sufficient statistics of some examples: sums over them, in the order that the model
/// defines; by default one tensor per global factor, in the shape of its natural parameters.
struct Statistics {
  std::vector<Tensor> parts;
  double constant = 0;  ///< terms of E[ln p(x, z | globals)] that no global factor touches
  double entropy = 0;   ///< of the local factors q(z_n)
  double count = 0;     ///< examples

  void add(const Statistics& other);
  /// As many examples as `factor` times these: a minibatch standing for the data set.
  Statistics scaled(double factor) const;
};

}  // namespace elbow
