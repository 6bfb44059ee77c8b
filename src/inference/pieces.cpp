#include "elbow/inference/pieces.h"

#include <utility>

namespace elbow {

Pieces::Pieces(std::vector<std::vector<std::int64_t>> rows, Read read)
    : rows_(std::move(rows)), read_(std::move(read)) {}

Pieces::Pieces(std::vector<Batch> batches) {
  for (auto& batch : batches) {
    rows_.push_back(std::move(batch.rows));
    values_.push_back(std::move(batch.x));
  }
}

Batch Pieces::operator[](std::size_t i) const {
  return {values_.empty() ? read_(rows_[i]) : values_[i], rows_[i]};
}

std::int64_t Pieces::num_examples() const {
  std::size_t out = 0;
  for (const auto& rows : rows_) out += rows.size();
  return static_cast<std::int64_t>(out);
}

std::vector<std::int64_t> Pieces::rows() const {
  std::vector<std::int64_t> out;
  for (const auto& rows : rows_) out.insert(out.end(), rows.begin(), rows.end());
  return out;
}

}  // namespace elbow
