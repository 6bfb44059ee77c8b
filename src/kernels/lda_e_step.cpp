#include "elbow/kernels/lda_e_step.h"

#include <omp.h>

#include <algorithm>

#include "aligned_buffer.h"
#include "kernel_table.h"
#include "lda_check.h"

namespace elbow::kernels {
namespace {

LdaDocument document_of(const LdaEStep& step, std::int64_t d, double* scratch) {
  const std::int64_t first = step.documents.offsets[d], k = step.num_topics;
  return {step.documents.offsets[d + 1] - first,
          k,
          step.documents.words + first,
          step.documents.counts + first,
          step.exp_elog_topics,
          step.alpha,
          step.max_sweeps,
          step.tolerance,
          step.gamma + d * k,
          step.exp_elog_theta + d * k,
          step.phi_norm + first,
          scratch};
}

}  // namespace

void lda_e_step(const LdaEStep& step) {
  check_documents(step.documents, step.num_topics, step.vocabulary_size);
  const KernelTable& table = kernels();
  const std::int64_t size =
      aligned_size(table.lda_scratch_size(longest_document(step.documents), step.num_topics));
  const int threads =
      static_cast<int>(std::clamp<std::int64_t>(step.documents.count, 1, omp_get_max_threads()));
  AlignedBuffer scratch(size * threads);
  double* const memory = scratch.data();
#pragma omp parallel for schedule(dynamic, 8) num_threads(threads)
  for (std::int64_t d = 0; d < step.documents.count; ++d) {
    const int sweeps =
        table.lda_document(document_of(step, d, memory + size * omp_get_thread_num()));
    if (step.sweeps != nullptr) step.sweeps[d] = sweeps;
  }
}

}  // namespace elbow::kernels
