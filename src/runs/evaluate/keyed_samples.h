#pragma once

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "elbow/data/dataset/dataset.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/probability/distributions/random_source.h"

namespace elbow {

/// n draws in parts, each row from noise of its own, so that a draw does not depend on how many are
/// made. @param draw gives [count, event...]
inline void each_keyed_sample(
    std::int64_t n,
    std::uint64_t seed,
    const std::function<void(const Tensor& part)>& use,
    const std::function<Tensor(std::int64_t count, RandomSource& source)>& draw) {
  constexpr std::int64_t kSamplesAtOnce = 256;
  const c10::InferenceMode inference;
  for (std::int64_t begin = 0; begin < n; begin += kSamplesAtOnce) {
    const std::int64_t end = std::min(n, begin + kSamplesAtOnce);
    KeyedSource source(seed, Purpose::sampling, row_range(begin, end), {0});
    use(draw(end - begin, source));
  }
}

/// `count` examples of a split, those of its rows in turn, as what draws are given.
inline Batch examples_in_turn(const Dataset& dataset,
                              const std::string& split,
                              std::int64_t count) {
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < count; ++i) rows.push_back(i % dataset.size(split));
  return dataset.batch(split, rows, /*epoch=*/0);
}

}  // namespace elbow
