#pragma once

#include <cstdint>
#include <vector>

#include "elbow/models/conjugate/global_factor.h"

namespace elbow {

/// What a conjugate model can show whose global factors are topics over words.
class TopicWords {
 public:
  virtual ~TopicWords() = default;
  /// The `count` most probable words of each topic, by id.
  virtual std::vector<std::vector<std::int64_t>> top_words(const Globals& globals,
                                                           std::int64_t count) const = 0;
};

}  // namespace elbow
