#include <omp.h>

#include <vector>

#include "elbow/kernels/lda_e_step.h"
#include "kernel_table.h"
#include "lda_check.h"

namespace elbow::kernels {
namespace {

/// The batch by words: word v has the pairs starts[v] ... starts[v + 1] - 1, documents ascending.
struct WordPairs {
  std::vector<std::int64_t> starts;
  std::vector<std::int32_t> documents;
  std::vector<double> weights;  ///< n / phi_norm
};

/// A counting sort, which is stable.
WordPairs by_words(const LdaDocuments& batch,
                   std::int64_t vocabulary_size,
                   const double* phi_norm) {
  const std::int64_t first = batch.offsets[0], last = batch.offsets[batch.count];
  WordPairs pairs{std::vector<std::int64_t>(vocabulary_size + 2),
                  std::vector<std::int32_t>(last - first),
                  std::vector<double>(last - first)};
  // Two places ahead, so that after filling starts[v] is where word v begins.
  for (std::int64_t i = first; i < last; ++i) ++pairs.starts[batch.words[i] + 2];
  for (std::int64_t v = 1; v <= vocabulary_size; ++v) pairs.starts[v + 1] += pairs.starts[v];
  for (std::int64_t d = 0; d < batch.count; ++d) {
    for (std::int64_t i = batch.offsets[d]; i < batch.offsets[d + 1]; ++i) {
      const std::int64_t place = pairs.starts[batch.words[i] + 1]++;
      pairs.documents[place] = static_cast<std::int32_t>(d);
      pairs.weights[place] = batch.counts[i] / phi_norm[i];
    }
  }
  return pairs;
}

}  // namespace

void lda_statistics(const LdaDocuments& documents,
                    std::int64_t num_topics,
                    std::int64_t vocabulary_size,
                    const double* exp_elog_topics,
                    const double* exp_elog_theta,
                    const double* phi_norm,
                    double* statistics) {
  check_documents(documents, num_topics, vocabulary_size);
  if (documents.count == 0) return;
  const WordPairs pairs = by_words(documents, vocabulary_size, phi_norm);
  const KernelTable& table = kernels();
#pragma omp parallel for schedule(dynamic, 64)
  for (std::int64_t v = 0; v < vocabulary_size; ++v) {
    const std::int64_t start = pairs.starts[v], count = pairs.starts[v + 1] - start;
    if (count == 0) continue;
    table.lda_word({count,
                    num_topics,
                    pairs.documents.data() + start,
                    pairs.weights.data() + start,
                    exp_elog_topics + v * num_topics,
                    exp_elog_theta,
                    statistics + v * num_topics});
  }
}

}  // namespace elbow::kernels
