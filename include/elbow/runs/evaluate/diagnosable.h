#pragma once

#include <string>

namespace elbow {

/// A model and a guide that were fitted by gradients: posterior_study.h and gradient_study.h look
/// into them.
class Diagnosable {
 public:
  virtual ~Diagnosable() = default;
  /// Why no example has a posterior of its own; "" when each has one.
  virtual std::string without_posteriors() const = 0;
};

}  // namespace elbow
