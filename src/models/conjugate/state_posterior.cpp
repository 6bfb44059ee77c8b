#include "state_posterior.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <omp.h>

#include <algorithm>

namespace elbow {

namespace {

/// Calls work(n) for each sequence from `begin` to `end`, one thread a sequence.
template <class Work>
void for_sequences(std::int64_t begin, std::int64_t end, const Work& work) {
  const bool is_worth = end - begin > 1 && !omp_in_parallel();
#pragma omp parallel for schedule(dynamic) if (is_worth)
  for (std::int64_t n = begin; n < end; ++n) work(n);
}

std::int64_t start_of(const Sequences& data, std::int64_t n) {
  return data.offsets[static_cast<std::size_t>(n)];
}

}  // namespace

StatePosterior state_posterior(const MarkovChain& chain,
                               const Sequences& data,
                               const at::Tensor& score,
                               const std::optional<MeanFieldSweeps>& sweeps,
                               const at::Tensor& begin) {
  // Sequences side by side, then their sums in index order: as many counts of pairs as that.
  constexpr std::int64_t kBlock = 64;
  const std::int64_t k = chain.num_states(), count = data.count();
  const at::Tensor input = score.contiguous();
  StatePosterior out;
  out.probability = begin.clone(at::MemoryFormat::Contiguous);
  out.initial = at::zeros({k}, at::kDouble);
  out.pairs = at::zeros({k, k}, at::kDouble);
  out.bound = at::empty({count}, at::kDouble);
  std::vector<double> pairs(static_cast<std::size_t>(std::min(kBlock, count) * k * k));
  std::vector<double> entropy(static_cast<std::size_t>(count));
  const double* scores = input.const_data_ptr<double>();
  double* probability = out.probability.mutable_data_ptr<double>();
  double* bound = out.bound.mutable_data_ptr<double>();
  double* all_pairs = out.pairs.mutable_data_ptr<double>();
  double* initial = out.initial.mutable_data_ptr<double>();
  for (std::int64_t first = 0; first < count; first += kBlock) {
    const std::int64_t end = std::min(count, first + kBlock);
    for_sequences(first, end, [&](std::int64_t n) {
      const std::int64_t offset = start_of(data, n) * k;
      double* own_pairs = pairs.data() + (n - first) * k * k;
      double* own = probability + offset;
      const ChainPosterior found =
          sweeps ? chain.mean_field(data.length(n), scores + offset, *sweeps, own, own_pairs)
                 : chain.forward_backward(data.length(n), scores + offset, own, own_pairs);
      bound[n] = found.bound;
      entropy[static_cast<std::size_t>(n)] = found.entropy;
    });
    for (std::int64_t n = first; n < end; ++n) {
      const double* own_pairs = pairs.data() + (n - first) * k * k;
      for (std::int64_t i = 0; i < k * k; ++i) all_pairs[i] += own_pairs[i];
      for (std::int64_t i = 0; i < k; ++i) initial[i] += probability[start_of(data, n) * k + i];
    }
  }
  for (const double each : entropy) out.entropy += each;
  return out;
}

at::Tensor log_normalisers(const MarkovChain& chain,
                           const Sequences& data,
                           const at::Tensor& score) {
  const at::Tensor input = score.contiguous();
  at::Tensor out = at::empty({data.count()}, at::kDouble);
  const double* scores = input.const_data_ptr<double>();
  double* values = out.mutable_data_ptr<double>();
  for_sequences(0, data.count(), [&](std::int64_t n) {
    values[n] =
        chain.log_normaliser(data.length(n), scores + start_of(data, n) * chain.num_states());
  });
  return out;
}

at::Tensor best_paths(const MarkovChain& chain, const Sequences& data, const at::Tensor& score) {
  const at::Tensor input = score.contiguous();
  at::Tensor out = at::empty({score.size(0), 1}, at::kDouble);
  const double* scores = input.const_data_ptr<double>();
  double* path = out.mutable_data_ptr<double>();
  for_sequences(0, data.count(), [&](std::int64_t n) {
    const std::int64_t offset = start_of(data, n);
    chain.best_path(data.length(n), scores + offset * chain.num_states(), path + offset);
  });
  return out;
}

}  // namespace elbow
