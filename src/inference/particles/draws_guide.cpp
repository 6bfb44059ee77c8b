#include "elbow/inference/particles/draws_guide.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include "elbow/foundations/core/error.h"

namespace elbow {

const std::vector<std::string>& DrawsGuide::columns() {
  static const std::vector<std::string> names{"lp__",
                                              "accept_stat__",
                                              "stepsize__",
                                              "treedepth__",
                                              "n_leapfrog__",
                                              "divergent__",
                                              "energy__"};
  return names;
}

DrawsGuide::DrawsGuide(const UnconstrainedJoint& joint,
                       std::int64_t num_draws,
                       std::int64_t num_chains)
    : PointGuide(joint) {
  const auto kind = at::TensorOptions(at::kDouble);
  draws_ = register_buffer("draws", at::zeros({num_draws, num_chains, joint.size()}, kind));
  statistics_ = register_buffer(
      "statistics",
      at::zeros({num_draws, num_chains, static_cast<std::int64_t>(columns().size())}, kind));
  made_ = register_buffer("made", at::zeros({}, at::kLong));
}

std::int64_t DrawsGuide::num_made() const { return made_.item<std::int64_t>(); }

Tensor DrawsGuide::points() const {
  if (num_made() == 0)
    throw UsageError("the chains are still warming up: there is no draw yet",
                     "elbow resume RUN goes on");
  return draws().flatten(0, 1).unsqueeze(1);
}

void DrawsGuide::load(const std::vector<std::pair<std::string, Tensor>>& stored,
                      const std::string& source) {
  const at::NoGradGuard no_grad;
  const auto find = [&](const std::string& name) {
    for (const auto& [key, tensor] : stored)
      if (key == "guide." + name) return tensor;
    throw DataError(source + ": tensor 'guide." + name + "' is missing",
                    "the checkpoint belongs to another configuration");
  };
  const Tensor draws = find("draws"), statistics = find("statistics"), made = find("made");
  const std::int64_t count = made.item<std::int64_t>();
  if (draws.dim() != 3 || draws.size(1) != num_chains() || draws.size(2) != joint().size())
    throw DataError(source + ": expected draws of " + std::to_string(num_chains()) + " chains in " +
                        std::to_string(joint().size()) + " dimensions, found others",
                    "the checkpoint belongs to another configuration");
  if (count > num_draws())
    throw DataError(source + ": it has " + std::to_string(count) +
                        " draws of each chain already, and inference.num_draws is " +
                        std::to_string(num_draws()),
                    "set inference.num_draws=" + std::to_string(count) + " or more");
  draws_.zero_();
  statistics_.zero_();
  draws_.narrow(0, 0, count).copy_(draws.narrow(0, 0, count));
  statistics_.narrow(0, 0, count).copy_(statistics.narrow(0, 0, count));
  made_.copy_(made);
}

void DrawsGuide::add(const Tensor& positions, const Tensor& statistics) {
  const at::NoGradGuard no_grad;
  const std::int64_t at = num_made();
  if (at >= num_draws()) return;  // trial steps may go beyond the last
  draws_[at].copy_(positions);
  statistics_[at].copy_(statistics);
  made_ += 1;
}

}  // namespace elbow
