#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

#include "forward_backward.h"
#include "sequences.h"

namespace elbow {

/// q(z) of several sequences, and the sums over them. The sums run in index order whatever the
/// number of threads.
struct StatePosterior {
  at::Tensor probability;  ///< [M, K] of each step
  at::Tensor initial;      ///< [K] expected number of sequences that begin in a state
  at::Tensor pairs;        ///< [K, K] expected number of transitions, row = from
  at::Tensor bound;        ///< [B] without the base measure; -inf where no path is possible
  double entropy = 0;
};

/// @param score  [M, K] log weight of each step's observation in each state
/// @param sweeps how to find a factorised q(z); nothing: the exact posterior of each chain
/// @param begin  [M, K] where the sweeps begin, zeros where nothing is known
StatePosterior state_posterior(const MarkovChain& chain,
                               const Sequences& data,
                               const at::Tensor& score,
                               const std::optional<MeanFieldSweeps>& sweeps,
                               const at::Tensor& begin);

/// ln of the sum over all paths of each sequence, [B].
at::Tensor log_normalisers(const MarkovChain& chain,
                           const Sequences& data,
                           const at::Tensor& score);

/// The best path of each sequence, [M, 1] float64.
at::Tensor best_paths(const MarkovChain& chain, const Sequences& data, const at::Tensor& score);

}  // namespace elbow
