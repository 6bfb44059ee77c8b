#include "elbow/probability/distributions/distribution.h"

#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>

#include <sstream>

#include "tensor_ops.h"

namespace elbow {
namespace {

std::string shape_text(at::IntArrayRef sizes) {
  std::ostringstream out;
  out << '[';
  for (std::size_t i = 0; i < sizes.size(); ++i) out << (i ? ", " : "") << sizes[i];
  out << ']';
  return out.str();
}

}  // namespace

Tensor Distribution::log_prob_summed(const Tensor& value, std::int64_t num_dims) const {
  return sum_last(log_prob(value), num_dims);
}

Tensor Distribution::sample(const Shape& sample_shape, RandomSource& source) const {
  const at::NoGradGuard no_grad;
  return rsample(sample_shape, source);
}

std::pair<Tensor, Tensor> Distribution::rsample_and_log_prob(const Shape& sample_shape,
                                                             RandomSource& source) const {
  Tensor value = rsample(sample_shape, source);
  Tensor density = log_prob(value);
  return {std::move(value), std::move(density)};
}

std::pair<Tensor, Tensor> Distribution::rsample_with_known_density(const Shape& sample_shape,
                                                                   RandomSource& source) const {
  const Traits known = traits();
  if (known.knows_density_of_draws || known.makes_density_of_draws)
    return rsample_and_log_prob(sample_shape, source);
  return {rsample(sample_shape, source), Tensor()};
}

std::pair<Tensor, Tensor> Distribution::sample_and_log_prob(const Shape& sample_shape,
                                                            RandomSource& source) const {
  const at::NoGradGuard no_grad;
  if (traits().has_rsample) return rsample_and_log_prob(sample_shape, source);
  Tensor value = sample(sample_shape, source);
  Tensor density = log_prob(value);
  return {std::move(value), std::move(density)};
}

std::optional<StratifiedDraw> Distribution::stratified_rsample(const Shape&, RandomSource&) const {
  return std::nullopt;
}

std::vector<std::pair<std::string, Tensor>> Distribution::summary() const {
  if (!traits().has_moments) return {{"location", location()}};
  return {{"mean", mean()}, {"scale", variance().sqrt()}};
}

void check_broadcast(const std::string& name,
                     const std::string& a_name,
                     const Tensor& a,
                     const std::string& b_name,
                     const Tensor& b) {
  const at::IntArrayRef x = a.sizes(), y = b.sizes();
  bool matches = true;
  for (std::size_t i = 1; i <= std::min(x.size(), y.size()); ++i) {
    const std::int64_t p = x[x.size() - i], q = y[y.size() - i];
    matches = matches && (p == q || p == 1 || q == 1);
  }
  TORCH_CHECK(matches,
              name,
              ": ",
              a_name,
              " has shape ",
              shape_text(x),
              " but ",
              b_name,
              " has shape ",
              shape_text(y));
}

}  // namespace elbow
