#pragma once

#include <cstdint>
#include <vector>

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// What the latents say of the examples, in nats: the mutual information of a latent and the number
/// of the example that it was drawn for, (1/N) sum_i E_{q_i}[ln q_i(z) - ln (1/N) sum_j q_j(z)]. It
/// is 0 when all posteriors are the same, whatever the prior, and at most ln N; KL(q || p) is this
/// and the KL of the mixture of all posteriors from the prior.
///
/// Hoffman, Johnson, "ELBO surgery", NIPS workshop on approximate inference, 2016, equation 5.
///
/// @param posterior batch shape [N]; scores any value
/// @param rows [N] what the noise of each example is keyed by
/// @return [N] the mean over the draws of each example, without examples whose draws all rounded to
/// values of no density; their mean is the estimate
std::vector<double> mutual_information(const Distribution& posterior,
                                       const std::vector<std::int64_t>& rows,
                                       std::int64_t draws,
                                       std::uint64_t seed);

}  // namespace elbow
