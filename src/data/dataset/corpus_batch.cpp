#include "corpus_batch.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_sparse_csr_tensor_unsafe.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

namespace elbow {
namespace {

using at::Tensor;

/// Where the row of each document begins among the pairs of the batch. [B + 1] int64
Tensor row_begins(const data::RawSplit& split, const std::vector<std::int64_t>& rows) {
  Tensor out = at::empty({static_cast<std::int64_t>(rows.size()) + 1}, at::kLong);
  std::int64_t* next = out.mutable_data_ptr<std::int64_t>();
  *next = 0;
  for (const std::int64_t row : rows) {
    const auto document = split.corpus->document(split.documents[static_cast<std::size_t>(row)]);
    next[1] = next[0] + document.size;
    ++next;
  }
  return out;
}

template <class T>
void copy_pairs(const data::RawSplit& split,
                const std::vector<std::int64_t>& rows,
                std::int64_t* word,
                T* count) {
  for (const std::int64_t row : rows)
    for (const auto& pair :
         split.corpus->document(split.documents[static_cast<std::size_t>(row)])) {
      *word++ = pair.word;
      *count++ = static_cast<T>(pair.count);
    }
}

/// LibTorch says once that sparse CSR is in beta, which is nothing that a user can act on.
class Silence final : public c10::WarningHandler {
 public:
  void process(const c10::Warning&) override {}
};

}  // namespace

Tensor corpus_batch(const data::RawSplit& split,
                    const std::vector<std::int64_t>& rows,
                    std::int64_t vocabulary_size,
                    at::ScalarType dtype) {
  const Tensor begins = row_begins(split, rows);
  const std::int64_t pairs = begins.const_data_ptr<std::int64_t>()[rows.size()];
  Tensor words = at::empty({pairs}, at::kLong), counts = at::empty({pairs}, dtype);
  std::int64_t* word = words.mutable_data_ptr<std::int64_t>();
  if (dtype == at::kDouble)
    copy_pairs(split, rows, word, counts.mutable_data_ptr<double>());
  else
    copy_pairs(split, rows, word, counts.mutable_data_ptr<float>());
  Silence silence;
  const c10::WarningUtils::WarningHandlerGuard guard(&silence);
  // Unsafe only leaves out the check of what holds by construction: words ascend within a document.
  return at::_sparse_csr_tensor_unsafe(begins,
                                       words,
                                       counts,
                                       {static_cast<std::int64_t>(rows.size()), vocabulary_size},
                                       at::TensorOptions().dtype(dtype).layout(at::kSparseCsr));
}

Tensor mean_counts(const data::RawSplit& split, std::int64_t vocabulary_size) {
  Tensor out = at::zeros({vocabulary_size}, at::kDouble);
  double* sums = out.mutable_data_ptr<double>();
  for (const std::int64_t number : split.documents)
    for (const auto& pair : split.corpus->document(number)) sums[pair.word] += pair.count;
  return out / static_cast<double>(split.size());
}

}  // namespace elbow
