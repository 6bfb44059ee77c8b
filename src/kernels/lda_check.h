#pragma once

#include <cstdint>

#include "elbow/kernels/lda_e_step.h"

namespace elbow::kernels {

/// @throws std::invalid_argument when offsets fall, a word lies outside [0, V), or there is no
/// topic
void check_documents(const LdaDocuments& documents,
                     std::int64_t num_topics,
                     std::int64_t vocabulary_size);

/// Pairs of the longest document.
std::int64_t longest_document(const LdaDocuments& documents);

}  // namespace elbow::kernels
