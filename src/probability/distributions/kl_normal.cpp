#include <ATen/TensorOperators.h>
#include <ATen/ops/diag_embed.h>
#include <ATen/ops/linalg_solve_triangular.h>

#include "elbow/probability/distributions/full_rank_normal.h"
#include "elbow/probability/distributions/graph_node.h"
#include "elbow/probability/distributions/low_rank_normal.h"
#include "elbow/probability/distributions/normal.h"
#include "elbow/probability/distributions/reference_operators.h"
#include "kl_rows.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

Tensor normal_normal(const Distribution& first, const Distribution& second) {
  const auto& p = dynamic_cast<const Normal&>(first);
  const auto& q = dynamic_cast<const Normal&>(second);
  return normal_kl_terms(p.loc(), p.log_scale(), q.loc(), q.log_scale());
}

class StandardNormalKlBackward : public torch::autograd::Node {
 public:
  StandardNormalKlBackward(const Tensor& loc, const Tensor& log_scale, Tensor excess)
      : loc_(loc, /*is_output=*/false),
        log_scale_(log_scale, /*is_output=*/false),
        excess_(std::move(excess)) {
    set_next_edges(torch::autograd::collect_next_edges(loc, log_scale));
  }
  std::string name() const override { return "StandardNormalKlBackward"; }

  torch::autograd::variable_list apply(torch::autograd::variable_list&& grads) override {
    if (!grads[0].defined()) return torch::autograd::variable_list(2);
    const Tensor loc = loc_.unpack();
    // With a graph of the gradient wanted, the stored numbers would hide the second derivative.
    if (at::GradMode::is_enabled())
      return {grads[0] * loc, grads[0] * (log_scale_.unpack() * 2).expm1()};
    const at::AutoDispatchBelowADInplaceOrView below;
    return {grads[0] * loc, grads[0] * still_saved(excess_)};
  }

  void release_variables() override {
    loc_.reset_data();
    log_scale_.reset_data();
    excess_.reset();
  }

 private:
  torch::autograd::SavedVariable loc_, log_scale_;
  Tensor excess_;
};

/// KL to N(0, 1) of each unit, ((scale^2 - 1) + loc^2) / 2 - log scale, as one operation: its
/// derivatives are loc and scale^2 - 1.
Tensor standard_normal_kl(const Tensor& loc, const Tensor& log_scale) {
  Tensor excess, out;
  {
    const at::AutoDispatchBelowADInplaceOrView below;
    excess = (log_scale * 2).expm1_();
    out = excess.addcmul(loc, loc).mul_(0.5).sub_(log_scale);
  }
  if (needs_graph(loc, log_scale))
    torch::autograd::set_history(
        out, make_graph_node<StandardNormalKlBackward>(loc, log_scale, std::move(excess)));
  return out;
}

Tensor diag_normal_diag_normal(const Distribution& first, const Distribution& second) {
  const auto& p = dynamic_cast<const DiagNormal&>(first);
  const auto& q = dynamic_cast<const DiagNormal&>(second);
  check_broadcast("KL of diag_normal", "p.loc", p.loc(), "q.loc", q.loc());
  if (!q.is_standard()) return normal_kl_terms(p.loc(), p.log_scale(), q.loc(), q.log_scale());
  const bool is_fused = takes_own_loops(p.loc()) && p.loc().sizes() == p.log_scale().sizes();
  const Tensor terms = is_fused
                           ? standard_normal_kl(p.loc(), p.log_scale())
                           : ((p.log_scale() * 2).expm1() + p.loc().square()) * 0.5 - p.log_scale();
  const auto shape = broadcast_shape(terms.sizes(), q.loc().sizes());
  return expand_to(terms, shape);
}

// (trace + distance - L) / 2 + log det(q) / 2 - log det(p) / 2, for a diagonal q. The variances of
// p stand for its trace.
Tensor to_diag_normal(const Distribution& p,
                      const Tensor& p_loc,
                      const Tensor& p_half_log_det,
                      const DiagNormal& q) {
  check_broadcast("KL to diag_normal", "p.loc", p_loc, "q.loc", q.loc());
  const Tensor inverse_scale = (-q.log_scale()).exp();
  const Tensor spread = p.variance() * inverse_scale.square();
  const Tensor shift = ((p_loc - q.loc()) * inverse_scale).square();
  return ((spread + shift - 1) * 0.5 + q.log_scale()).sum(-1) - p_half_log_det;
}

Tensor full_rank_diag(const Distribution& first, const Distribution& second) {
  const auto& p = dynamic_cast<const FullRankNormal&>(first);
  return to_diag_normal(p, p.loc(), p.half_log_det(), dynamic_cast<const DiagNormal&>(second));
}

Tensor low_rank_diag(const Distribution& first, const Distribution& second) {
  const auto& p = dynamic_cast<const LowRankNormal&>(first);
  return to_diag_normal(p, p.loc(), p.half_log_det(), dynamic_cast<const DiagNormal&>(second));
}

Tensor to_full_rank(const Tensor& p_loc,
                    const Tensor& p_tril,
                    const Tensor& p_half_log_det,
                    const FullRankNormal& q) {
  check_broadcast("KL to full_rank_normal", "p.loc", p_loc, "q.loc", q.loc());
  const Tensor tril = q.scale_tril();
  const Tensor ratio = at::linalg_solve_triangular(tril, p_tril, /*upper=*/false);
  const Tensor shift =
      at::linalg_solve_triangular(tril, (p_loc - q.loc()).unsqueeze(-1), /*upper=*/false);
  const double L = static_cast<double>(p_loc.size(-1));
  const Tensor quadratic = ratio.square().sum({-2, -1}) + shift.square().sum({-2, -1}) - L;
  return quadratic * 0.5 + q.half_log_det() - p_half_log_det;
}

Tensor full_rank_full_rank(const Distribution& first, const Distribution& second) {
  const auto& p = dynamic_cast<const FullRankNormal&>(first);
  const auto& q = dynamic_cast<const FullRankNormal&>(second);
  return to_full_rank(p.loc(), p.scale_tril(), p.half_log_det(), q);
}

Tensor diag_full_rank(const Distribution& first, const Distribution& second) {
  const auto& p = dynamic_cast<const DiagNormal&>(first);
  const auto& q = dynamic_cast<const FullRankNormal&>(second);
  const auto shape = broadcast_shape(p.loc().sizes(), p.log_scale().sizes());
  const Tensor log_scale = expand_to(p.log_scale(), shape);
  return to_full_rank(p.loc(), at::diag_embed(log_scale.exp()), log_scale.sum(-1), q);
}

}  // namespace

// With r = log sd(p) - log sd(q): (e^2r - 1)/2 - r + ((mean p - mean q) / sd q)^2 / 2; expm1 keeps
// the digits of nearly equal scales.
Tensor normal_kl_terms(const Tensor& p_loc,
                       const Tensor& p_log_scale,
                       const Tensor& q_loc,
                       const Tensor& q_log_scale) {
  const Tensor ratio = p_log_scale - q_log_scale;
  const Tensor shift = (p_loc - q_loc) * (-q_log_scale).exp();
  return ((ratio * 2).expm1() + shift.square()) * 0.5 - ratio;
}

std::vector<KlRow> normal_kl_rows() {
  return {
      {"normal", "normal", true, normal_normal},
      {"diag_normal", "diag_normal", true, diag_normal_diag_normal},
      {"full_rank_normal", "diag_normal", false, full_rank_diag},
      {"full_rank_normal", "full_rank_normal", false, full_rank_full_rank},
      {"diag_normal", "full_rank_normal", false, diag_full_rank},
      {"low_rank_normal", "diag_normal", false, low_rank_diag},
  };
}

}  // namespace elbow
