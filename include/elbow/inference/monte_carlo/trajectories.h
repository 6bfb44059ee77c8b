#pragma once

#include <memory>

#include "elbow/inference/monte_carlo/hamiltonian.h"

namespace elbow {

/// What a trajectory begins with.
struct TrajectoryStart {
  ChainPoint point;
  double step = 1;         ///< of the leapfrog
  const MassMatrix& mass;  ///< outlives the trajectory
  ChainNoise noise;        ///< of this chain and iteration
};

/// The no-U-turn sampler: the path is doubled to either side until its ends come closer, and the
/// next point is drawn from all of its points in proportion to exp(-H), the newer half preferred.
///
/// Hoffman, Gelman, "The No-U-Turn sampler", JMLR 15, 2014, arXiv:1111.4246, algorithm 3; with
/// multinomial weights and the criterion on summed momenta of Betancourt, "A conceptual
/// introduction to Hamiltonian Monte Carlo", 2017, arXiv:1701.02434, appendix A; without recursion
/// as in Phan, Pradhan, Jankowiak, "Composable effects for flexible and accelerated probabilistic
/// programming in NumPyro", 2019, arXiv:1912.11554, algorithm 2.
/// @param max_depth the path has at most 2^max_depth points
std::unique_ptr<Trajectory> no_u_turn(TrajectoryStart start, std::int64_t max_depth);

/// A path of a number of steps that is drawn from 1 to `most`, whose end is accepted or not. Duane,
/// Kennedy, Pendleton, Roweth, 1987; Neal, "MCMC using Hamiltonian dynamics", 2011,
/// arXiv:1206.1901, sections 3.2 and 4.2.
std::unique_ptr<Trajectory> fixed_path(TrajectoryStart start, std::int64_t most);

/// H has risen so far that the leapfrog has left the path.
constexpr double kDivergence = 1000;

}  // namespace elbow
