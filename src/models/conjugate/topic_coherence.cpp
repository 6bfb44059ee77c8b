#include "elbow/models/conjugate/topic_coherence.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace elbow {

TopicCoherence::TopicCoherence(std::vector<std::vector<std::int64_t>> topics) {
  for (const auto& topic : topics) words_.insert(words_.end(), topic.begin(), topic.end());
  std::sort(words_.begin(), words_.end());
  words_.erase(std::unique(words_.begin(), words_.end()), words_.end());
  for (const auto& topic : topics) {
    std::vector<std::size_t> places;
    for (const std::int64_t word : topic)
      places.push_back(static_cast<std::size_t>(
          std::lower_bound(words_.begin(), words_.end(), word) - words_.begin()));
    topics_.push_back(std::move(places));
  }
  together_.assign(words_.size() * words_.size(), 0);
}

void TopicCoherence::add(const Tensor& counts) {
  const Tensor begins = counts.crow_indices().contiguous(),
               columns = counts.col_indices().contiguous(),
               values = counts.values().to(at::kDouble).contiguous();
  const std::int64_t* const first = begins.const_data_ptr<std::int64_t>();
  const std::int64_t* const column = columns.const_data_ptr<std::int64_t>();
  const double* const value = values.const_data_ptr<double>();
  std::vector<std::size_t> present;
  for (std::int64_t d = 0; d < counts.size(0); ++d) {
    present.clear();
    for (std::int64_t i = first[d]; i < first[d + 1]; ++i) {
      const auto found = std::lower_bound(words_.begin(), words_.end(), column[i]);
      if (value[i] > 0 && found != words_.end() && *found == column[i])
        present.push_back(static_cast<std::size_t>(found - words_.begin()));
    }
    for (std::size_t a = 0; a < present.size(); ++a)
      for (std::size_t b = a; b < present.size(); ++b)
        ++together_[present[a] * words_.size() + present[b]];
  }
  num_documents_ += counts.size(0);
}

std::int64_t TopicCoherence::together(std::size_t i, std::size_t j) const {
  return together_[std::min(i, j) * words_.size() + std::max(i, j)];
}

double TopicCoherence::npmi(std::size_t i, std::size_t j) const {
  const double both = static_cast<double>(together(i, j));
  const double all = static_cast<double>(num_documents_);
  if (both == 0) return -1.0;
  if (both == all) return 1.0;
  const double alone = static_cast<double>(together(i, i)) * static_cast<double>(together(j, j));
  return std::log(both * all / alone) / -std::log(both / all);
}

std::vector<double> TopicCoherence::per_topic() const {
  std::vector<double> out;
  for (const auto& topic : topics_) {
    double sum = 0, pairs = 0;
    for (std::size_t a = 0; a < topic.size(); ++a)
      for (std::size_t b = a + 1; b < topic.size(); ++b, ++pairs) sum += npmi(topic[a], topic[b]);
    if (pairs > 0) out.push_back(sum / pairs);
  }
  return out;
}

double TopicCoherence::mean() const {
  const std::vector<double> each = per_topic();
  if (each.empty() || num_documents_ == 0) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0;
  for (const double value : each) sum += value;
  return sum / static_cast<double>(each.size());
}

}  // namespace elbow
