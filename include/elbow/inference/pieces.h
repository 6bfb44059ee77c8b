#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace elbow {

using at::Tensor;

/// Examples and who they are.
struct Batch {
  Tensor x;                        ///< [B, event...]
  std::vector<std::int64_t> rows;  ///< index in the split
};

/// A batch cut into pieces (gradient accumulation, sums over a corpus larger than memory). A piece
/// is read when it is asked for, and again each time, so that one at a time need be in memory.
class Pieces {
 public:
  using Read = std::function<Tensor(const std::vector<std::int64_t>& rows)>;
  Pieces(std::vector<std::vector<std::int64_t>> rows, Read read);
  /// Pieces that are in memory already.
  Pieces(std::vector<Batch> batches);

  std::size_t size() const { return rows_.size(); }
  /// Of all pieces together.
  std::int64_t num_examples() const;
  /// Of all pieces together, in order.
  std::vector<std::int64_t> rows() const;
  Batch operator[](std::size_t i) const;

 private:
  std::vector<std::vector<std::int64_t>> rows_;
  std::vector<Tensor> values_;  ///< what is in memory; empty when pieces are read
  Read read_;
};

}  // namespace elbow
