#include "elbow/probability/distributions/ordinal.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/zeros_like.h>
#include <c10/util/Exception.h>

#include "elbow/probability/distributions/cumulative_sum.h"
#include "log_one_minus_exp.h"

namespace elbow {
namespace {

/// log P(x = c), [batch..., C]. Between two cuts a < b it is s(b) s(-a) (1 - e^(a - b)), in which
/// nothing cancels.
Tensor log_ordered_classes(const Tensor& loc, const Tensor& first_cut, const Tensor& log_gaps) {
  const Tensor first = (first_cut - loc).unsqueeze(-1),
               inner = first + cumulative_sum(log_gaps.exp());
  const Tensor distance = at::cat({first + at::zeros_like(inner.narrow(-1, 0, 1)), inner}, -1);
  const Tensor end = at::zeros_like(distance.narrow(-1, 0, 1));
  const Tensor not_above = at::cat({at::log_sigmoid(distance), end}, -1),
               above_last = at::cat({end, at::log_sigmoid(-distance)}, -1);
  const Tensor between = log_one_minus_exp_of_minus(log_gaps) + at::zeros_like(inner);
  return not_above + above_last + at::cat({end, between, end}, -1);
}

}  // namespace

Ordinal::Ordinal(Tensor loc, Tensor first_cut, Tensor log_gaps)
    : loc_(std::move(loc)), first_cut_(std::move(first_cut)), log_gaps_(std::move(log_gaps)) {
  check_broadcast("Ordinal", "loc", loc_, "first_cut", first_cut_);
  TORCH_CHECK(log_gaps_.dim() >= 1 && log_gaps_.size(-1) >= 1,
              "Ordinal: log_gaps need a last dimension of at least one gap: two classes have none, "
              "and are Bernoulli");
  check_broadcast("Ordinal", "loc", loc_, "log_gaps of one class", log_gaps_.select(-1, 0));
}

Categorical Ordinal::classes() const {
  return Categorical(log_ordered_classes(loc_, first_cut_, log_gaps_), Categorical::Codes::real);
}

Tensor Ordinal::rsample(const Shape&, RandomSource&) const {
  TORCH_CHECK(false,
              "Ordinal: draws are discrete, so they have no reparameterised form; use sample");
}

DistributionPtr Ordinal::detach() const {
  return std::make_shared<Ordinal>(loc_.detach(), first_cut_.detach(), log_gaps_.detach());
}

std::vector<std::pair<std::string, Tensor>> Ordinal::parameters() const {
  return {{"loc", loc_}, {"first_cut", first_cut_}, {"log_gaps", log_gaps_}};
}

}  // namespace elbow
