#include "elbow/probability/distributions/multinomial.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/lgamma.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>

#include "elbow/probability/distributions/cumulative_sum.h"
#include "poisson_draw.h"
#include "tensor_ops.h"

namespace elbow {

Multinomial::Multinomial(Tensor logits, Tensor total)
    : logits_(std::move(logits)), total_(std::move(total)), event_{logits_.size(-1)} {}

Multinomial::Multinomial(const Tensor& logits, Tensor total, std::int64_t event_dims)
    : logits_(logits.flatten(-event_dims)),
      total_(std::move(total)),
      event_(logits.sizes().slice(static_cast<std::size_t>(logits.dim() - event_dims)).vec()) {}

Shape Multinomial::batch_shape() const {
  return logits_.sizes().slice(0, static_cast<std::size_t>(logits_.dim() - 1)).vec();
}

Tensor Multinomial::log_prob(const Tensor& value) const {
  const Tensor flat = value.flatten(-static_cast<std::int64_t>(event_.size()));
  check_broadcast("Multinomial", "value", flat, "logits", logits_);
  const Tensor outside = is_no_count(flat);
  const Tensor counts = flat.masked_fill(outside, 0.0).to(at::kDouble);
  const Tensor log_p = at::log_softmax(logits_.to(at::kDouble), -1);
  // A class of probability 0 that never came up adds nothing.
  const Tensor terms = counts * log_p.masked_fill(counts.eq(0), 0.0);
  const Tensor out =
      at::lgamma(counts.sum(-1) + 1) - at::lgamma(counts + 1).sum(-1) + terms.sum(-1);
  return out.masked_fill(outside.any(-1), -INFINITY).to(logits_.scalar_type());
}

Tensor Multinomial::rsample(const Shape&, RandomSource&) const {
  TORCH_CHECK(false,
              "Multinomial: draws are discrete, so they have no reparameterised form; use sample");
}

Tensor Multinomial::sample(const Shape& sample_shape, RandomSource& source) const {
  constexpr std::int64_t kAtOnce = 1024;
  const Shape shape = concatenate(sample_shape, batch_shape());
  const Shape event = concatenate(shape, {logits_.size(-1)});
  const Tensor edges = cumulative_sum(at::softmax(logits_.detach(), -1)).expand(event).contiguous();
  const Tensor total = total_.to(logits_.scalar_type()).expand(shape);
  Tensor out = at::zeros(event, logits_.options().requires_grad(false));
  const auto most = total.numel() == 0 ? 0 : total.max().item<std::int64_t>();
  for (std::int64_t begin = 0; begin < most; begin += kAtOnce) {
    const std::int64_t count = std::min(kAtOnce, most - begin);
    const Tensor uniform = source.uniform(concatenate(shape, {count}), out.options());
    // The last edge may lie a rounding below 1.
    const Tensor classes = at::searchsorted(edges, uniform, /*out_int32=*/false, /*right=*/true)
                               .clamp_max(logits_.size(-1) - 1);
    const Tensor numbers = at::arange(begin, begin + count, out.options());
    out.scatter_add_(-1, classes, numbers.lt(total.unsqueeze(-1)).to(out.scalar_type()));
  }
  return out.unflatten(-1, event_);
}

Tensor Multinomial::mean() const {
  const Tensor total = total_.unsqueeze(-1).to(logits_.scalar_type());
  return (at::softmax(logits_, -1) * total).unflatten(-1, event_);
}

Tensor Multinomial::variance() const {
  return mean() * (1 - at::softmax(logits_, -1)).unflatten(-1, event_);
}

Tensor Multinomial::entropy() const {
  TORCH_CHECK(false, "Multinomial: the entropy has no closed form");
}

DistributionPtr Multinomial::detach() const {
  return std::make_shared<Multinomial>(logits_.detach().unflatten(-1, event_),
                                       total_.detach(),
                                       static_cast<std::int64_t>(event_.size()));
}

std::vector<std::pair<std::string, Tensor>> Multinomial::parameters() const {
  return {{"logits", logits_}, {"total", total_}};
}

}  // namespace elbow
