#include "documents.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>

#include "elbow/foundations/core/error.h"

namespace elbow {

namespace {

void check_counts(const std::vector<double>& counts) {
  for (const double count : counts)
    if (!std::isfinite(count) || count < 0)
      throw DataError("data: a word count is " + std::to_string(count) + ", expected 0 or more",
                      "give how often each word occurs");
}

/// Numbers the words from 0 in ascending order; returns which they were.
Tensor renumber(const std::int64_t* columns,
                std::int64_t vocabulary_size,
                std::vector<std::int32_t>& words) {
  std::vector<std::int32_t> place(static_cast<std::size_t>(vocabulary_size), 0);
  for (std::size_t i = 0; i < words.size(); ++i) place[static_cast<std::size_t>(columns[i])] = 1;
  Tensor out = at::empty({std::count(place.begin(), place.end(), 1)}, at::kLong);
  std::int64_t* const found = out.mutable_data_ptr<std::int64_t>();
  std::int32_t next = 0;
  for (std::size_t v = 0; v < place.size(); ++v) {
    if (place[v] == 0) continue;
    found[next] = static_cast<std::int64_t>(v);
    place[v] = next++;
  }
  for (std::size_t i = 0; i < words.size(); ++i)
    words[i] = place[static_cast<std::size_t>(columns[i])];
  return out;
}

}  // namespace

double Documents::tokens(std::int64_t d) const {
  double out = 0;
  for (std::int64_t i = offsets[static_cast<std::size_t>(d)];
       i < offsets[static_cast<std::size_t>(d) + 1];
       ++i)
    out += counts[static_cast<std::size_t>(i)];
  return out;
}

Documents documents_of(const Tensor& x, std::int64_t vocabulary_size) {
  if (x.layout() != at::kSparseCsr)
    throw DataError("data: the examples are not documents as word counts, which lda models",
                    "use a corpus, or choose model.type=mixture for tables");
  if (x.size(1) != vocabulary_size)
    throw DataError("data: the documents have a vocabulary of " + std::to_string(x.size(1)) +
                        " words, the model one of " + std::to_string(vocabulary_size),
                    "use the vocabulary that the model was trained with");
  const Tensor begins = x.crow_indices().contiguous(), columns = x.col_indices().contiguous(),
               values = x.values().to(at::kDouble).contiguous();
  const std::int64_t* const first = begins.const_data_ptr<std::int64_t>();
  const double* const counts = values.const_data_ptr<double>();
  Documents out;
  out.offsets.assign(first, first + begins.numel());
  out.counts.assign(counts, counts + values.numel());
  check_counts(out.counts);
  out.words.resize(out.counts.size());
  out.vocabulary = renumber(columns.const_data_ptr<std::int64_t>(), vocabulary_size, out.words);
  return out;
}

Halves halves_of(const Documents& documents) {
  Halves out;
  for (std::int64_t d = 0; d < documents.count(); ++d) {
    double dealt = 0;
    for (std::int64_t i = documents.offsets[static_cast<std::size_t>(d)];
         i < documents.offsets[static_cast<std::size_t>(d) + 1];
         ++i) {
      const double count = documents.counts[static_cast<std::size_t>(i)];
      if (count != std::floor(count))
        throw DataError("data: a word count is " + std::to_string(count) +
                            ", which document completion cannot split",
                        "give whole counts");
      // Even places among the tokens dealt so far and with this word's, less those before.
      const double first = std::ceil((dealt + count) / 2) - std::ceil(dealt / 2);
      out.first.push_back(first);
      out.second.push_back(count - first);
      dealt += count;
    }
  }
  return out;
}

}  // namespace elbow
