#pragma once

#include <cstdint>
#include <vector>

#include "elbow/runs/evaluate/verdict.h"

namespace elbow {

/// What a verdict is about besides the fit itself.
struct EndOfTraining {
  const ConfigNode& config;
  const Dataset& dataset;
  Inference& inference;
  Json start, end;  ///< of bound_on_some(), with the first and the last weights; null when unknown
  std::uint64_t seed = 1;
};

/// Says what speaks against weights at the end of a training, the gravest finding first.
class Judge {
 public:
  virtual ~Judge() = default;
  virtual std::vector<Finding> judge(const EndOfTraining& training) = 0;
};

}  // namespace elbow
