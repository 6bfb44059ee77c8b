#include "masked_optimizer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/add.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/rsub.h>
#include <ATen/ops/sub.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include "buffers.h"

namespace elbow {

MaskedOptimizer::MaskedOptimizer(const Tensor& values, double weight_decay)
    : like_(values.detach()),
      steps_(at::zeros({}, values.detach().options().dtype(at::kFloat))),
      weight_decay_(weight_decay) {}

void MaskedOptimizer::add_moment(const std::string& name, double start) {
  moments_.emplace_back(name, at::full_like(like_, start));
}

std::vector<std::pair<std::string, Tensor>> MaskedOptimizer::state() const {
  auto out = moments_;
  out.emplace_back("steps", steps_);
  return out;
}

void MaskedOptimizer::step(const Tensor& values,
                           const Tensor& gradients,
                           const Tensor& learning_rate,
                           const Tensor& found_non_finite) {
  const at::NoGradGuard no_grad;
  check_buffers(like_, values, gradients);
  const Tensor skip = found_non_finite.ne(0);
  const Tensor gradient =
      weight_decay_ == 0 ? gradients : at::add(gradients, values, weight_decay_);
  // In float64: bias corrections lose 1e-7 in float32, which float64 buffers would show.
  const Proposal proposal = propose(gradient, steps_.to(at::kDouble).add_(1));
  TORCH_CHECK(proposal.moments.size() == moments_.size(),
              "optimizer: proposed ",
              proposal.moments.size(),
              " moments of ",
              moments_.size());
  for (std::size_t i = 0; i < moments_.size(); ++i) {
    Tensor moment = moments_[i].second;
    at::where_out(moment, skip, moment, proposal.moments[i]);
  }
  Tensor updated = values;
  at::where_out(updated, skip, values, at::sub(values, proposal.direction.mul(learning_rate)));
  steps_.add_(at::rsub(found_non_finite, 1));
}

}  // namespace elbow
