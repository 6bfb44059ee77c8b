#pragma once

#include <functional>
#include <vector>

#include "elbow/data/dataset/batch.h"

namespace elbow {

/// A batch split into micro-batches (gradient accumulation, sums over a corpus larger than memory).
/// A micro-batch is read when it is asked for, and again each time, so that one at a time need be
/// in memory.
class MicroBatches {
 public:
  using Read = std::function<Batch(const std::vector<std::int64_t>& indices)>;
  MicroBatches(std::vector<std::vector<std::int64_t>> indices, Read read);
  /// Micro-batches that are in memory already.
  MicroBatches(std::vector<Batch> batches);

  std::size_t size() const { return indices_.size(); }
  /// Of all micro-batches together.
  std::int64_t num_examples() const;
  /// Of all micro-batches together, in order.
  std::vector<std::int64_t> indices() const;
  Batch operator[](std::size_t i) const;

 private:
  std::vector<std::vector<std::int64_t>> indices_;
  std::vector<Batch> batches_;  ///< what is in memory; empty when micro-batches are read
  Read read_;
};

}  // namespace elbow
