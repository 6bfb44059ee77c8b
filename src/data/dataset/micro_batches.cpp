#include "elbow/data/dataset/micro_batches.h"

#include <utility>

namespace elbow {

MicroBatches::MicroBatches(std::vector<std::vector<std::int64_t>> indices, Read read)
    : indices_(std::move(indices)), read_(std::move(read)) {}

MicroBatches::MicroBatches(std::vector<Batch> batches) : batches_(std::move(batches)) {
  for (const Batch& batch : batches_) indices_.push_back(batch.indices);
}

Batch MicroBatches::operator[](std::size_t i) const {
  return batches_.empty() ? read_(indices_[i]) : batches_[i];
}

std::int64_t MicroBatches::num_examples() const {
  std::int64_t out = 0;
  for (const Batch& batch : batches_) out += batch.size();
  if (batches_.empty())
    for (const auto& each : indices_) out += static_cast<std::int64_t>(each.size());
  return out;
}

std::vector<std::int64_t> MicroBatches::indices() const {
  std::vector<std::int64_t> out;
  for (const auto& each : indices_) out.insert(out.end(), each.begin(), each.end());
  return out;
}

}  // namespace elbow
