// Scores topics of any program: held-out perplexity by elbow's document completion, and NPMI.
//
//   score_topics TOPICS.npy DOCUMENTS.ldac[.gz] [alpha]
//
// TOPICS: [K, V] Dirichlet concentrations of the topics' q(beta), as elbow, scikit-learn
// (components_) and gensim (state.get_lambda()) have them. Every other word of a document is
// predicted from the rest.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include <cmath>
#include <cstdio>
#include <exception>
#include <stdexcept>

#include "elbow/data/dataset/dataset.h"
#include "elbow/data/sources/formats.h"
#include "elbow/foundations/io/hash.h"
#include "elbow/models/conjugate/conjugate_model_factory.h"
#include "elbow/models/conjugate/topic_coherence.h"
#include "elbow/models/conjugate/topic_words.h"

namespace elbow::benchmark {
namespace {

data::RawData held_out(const std::string& path, std::int64_t vocabulary_size) {
  data::RawData raw;
  raw.event_shape = {vocabulary_size};
  data::RawSplit split;
  split.corpus = data::read_ldac(path, vocabulary_size, raw.warnings);
  split.file = path;
  split.documents = row_range(0, split.corpus->num_documents());
  raw.splits["test"] = std::move(split);
  return raw;
}

Json lda(std::int64_t num_topics, double alpha) {
  return {{"type", "lda"},
          {"num_topics", num_topics},
          {"alpha", alpha},
          {"learn_alpha", "none"},
          {"eta", 0.01},
          {"learn_eta", false},
          {"sweeps", 1000},
          {"tolerance", 1e-6},
          {"start", "random"},
          {"num_top_words", 10},
          {"draw_length", 100}};
}

void score(const std::string& topics_path, const std::string& documents_path, double alpha) {
  constexpr std::int64_t kBatch = 500, kWords = 10;
  const at::NoGradGuard no_grad;
  const data::Array array = data::read_any(topics_path);
  if (array.shape.size() != 2) throw std::runtime_error(topics_path + ": expected [topics, words]");
  std::vector<double> values = data::to_double(array);
  const Tensor concentration = at::from_blob(values.data(), array.shape, at::kDouble);
  const Dataset dataset(
      held_out(documents_path, array.shape[1]), "none", 1, at::Device(at::kCPU), at::kDouble);
  const auto model = conjugate_model_factory().create(ConfigNode(lda(array.shape[0], alpha)),
                                                      DataContext{{array.shape[1]}});
  const Globals globals(model->factors(), {concentration - 1.0});
  TopicCoherence coherence(model->topics()->top_words(globals, kWords));
  double log_density = 0, tokens = 0;
  for (std::int64_t begin = 0; begin < dataset.size("test"); begin += kBatch) {
    const Tensor x = dataset
                         .batch("test",
                                row_range(begin, std::min(dataset.size("test"), begin + kBatch)),
                                /*epoch=*/0)
                         .x;
    log_density += model->log_predictive(x, globals).sum().item<double>();
    tokens += model->num_predicted(x).sum().item<double>();
    coherence.add(x);
  }
  std::printf("{\"perplexity\": %.6f, \"tokens\": %.0f, \"documents\": %lld, \"npmi\": %.4f}\n",
              std::exp(-log_density / tokens),
              tokens,
              static_cast<long long>(dataset.size("test")),
              coherence.mean());
}

}  // namespace
}  // namespace elbow::benchmark

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::fprintf(stderr, "usage: score_topics TOPICS.npy DOCUMENTS.ldac[.gz] [alpha]\n");
    return 2;
  }
  try {
    elbow::benchmark::score(argv[1], argv[2], argc == 4 ? std::stod(argv[3]) : 0.1);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "score_topics: %s\n", error.what());
    return 1;
  }
  return 0;
}
