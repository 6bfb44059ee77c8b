#pragma once

#include "elbow/models/conjugate/latent_dirichlet.h"
#include "models/conjugate/hidden_markov_support.h"

namespace elbow::testing {

/// `keys` are what differs from the defaults.
inline std::shared_ptr<LatentDirichlet> lda(std::int64_t num_topics,
                                            std::int64_t vocabulary_size,
                                            const Json& keys = Json::object(),
                                            DataContext data = {}) {
  Json node = resolved(LatentDirichlet::info(), keys);
  node["num_topics"] = num_topics;
  data.event_shape = {vocabulary_size};
  return std::make_shared<LatentDirichlet>(ConfigNode(node), data);
}

inline Tensor documents(const std::vector<std::vector<double>>& counts) {
  std::vector<Tensor> rows;
  for (const auto& row : counts) rows.push_back(at::tensor(row, at::kDouble));
  return at::stack(rows).to_sparse_csr();
}

/// Dense counts of documents of 5 to 60 words, each of two topics of words in a block; the third
/// has no words. [B, V]
inline Tensor random_counts(std::int64_t count,
                            std::int64_t num_topics,
                            std::int64_t vocabulary_size,
                            std::uint64_t seed) {
  at::Generator g = generator(seed);
  Tensor out = at::zeros({count, vocabulary_size}, at::kDouble);
  for (std::int64_t d = 0; d < count; ++d) {
    if (d == 2) continue;
    const Tensor u = at::rand({60, 2}, g, at::kDouble);
    const auto length = 5 + static_cast<std::int64_t>(u[0][0].item<double>() * 55);
    for (std::int64_t i = 0; i < length; ++i) {
      const std::int64_t topic = (d + (u[i][0].item<double>() < 0.3 ? 1 : 0)) % num_topics;
      const double place = (static_cast<double>(topic) + u[i][1].item<double>() * 1.4) /
                           static_cast<double>(num_topics) * static_cast<double>(vocabulary_size);
      out[d][static_cast<std::int64_t>(place) % vocabulary_size] += 1.0;
    }
  }
  return out;
}

/// Where these topics are the point masses, and the numbers stand at their start.
inline Globals with_points(LatentDirichlet& model, const Tensor& topics) {
  model.use_points({"topics"}, /*is_flat=*/true);
  std::vector<Tensor> natural{topics};
  for (std::size_t i = 1; i < model.factors().size(); ++i)
    natural.push_back(model.factors()[i].prior);
  return Globals(model.factors(), natural);
}

}  // namespace elbow::testing
