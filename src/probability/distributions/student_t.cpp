#include "elbow/probability/distributions/student_t.h"

#include <ATen/ops/addcmul.h>
#include <ATen/ops/digamma.h>
#include <ATen/ops/lgamma.h>
#include <ATen/ops/where.h>

#include <array>
#include <cmath>

#include "gamma_draw.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

const double kHalfLogPi = 0.57236494292470008707;

// log Gamma(a + 1/2) - log Gamma(a) = log(a)/2 + sum over n of c_n a^-(2n+1): the difference of two
// large logarithms would cost float32 every digit. Beyond 30 the terms left out are below 1e-17.
constexpr double kAsymptoticLimit = 30;
constexpr std::array<double, 5> kHalfStep = {
    -1.0 / 8, 1.0 / 192, -1.0 / 640, 17.0 / 14336, -31.0 / 18432};

Tensor log_gamma_half_step(const Tensor& a) {
  const Tensor is_large = a.gt(kAsymptoticLimit);
  const Tensor far = at::where(is_large, a, a * 0 + kAsymptoticLimit);
  const Tensor near = at::where(is_large, a * 0 + 1, a);
  const Tensor inverse = far.reciprocal(), square = inverse.square();
  Tensor sum = square * 0;
  for (std::size_t n = kHalfStep.size(); n-- > 0;) sum = sum * square + kHalfStep[n];
  return at::where(
      is_large, far.log() * 0.5 + sum * inverse, at::lgamma(near + 0.5) - at::lgamma(near));
}

// digamma(a + 1/2) - digamma(a), the derivative of the above.
Tensor digamma_half_step(const Tensor& a) {
  const Tensor is_large = a.gt(kAsymptoticLimit);
  const Tensor far = at::where(is_large, a, a * 0 + kAsymptoticLimit);
  const Tensor near = at::where(is_large, a * 0 + 1, a);
  const Tensor inverse = far.reciprocal(), square = inverse.square();
  Tensor sum = square * 0;
  for (std::size_t n = kHalfStep.size(); n-- > 0;)
    sum = sum * square - kHalfStep[n] * static_cast<double>(2 * n + 1);
  return at::where(
      is_large, inverse * 0.5 + sum * square, at::digamma(near + 0.5) - at::digamma(near));
}

}  // namespace

StudentT::StudentT(Tensor log_df, Tensor loc, Tensor log_scale)
    : log_df_(std::move(log_df)), loc_(std::move(loc)), log_scale_(std::move(log_scale)) {
  check_broadcast("StudentT", "log_df", log_df_, "loc", loc_);
  check_broadcast("StudentT", "log_df", log_df_, "log_scale", log_scale_);
  check_broadcast("StudentT", "loc", loc_, "log_scale", log_scale_);
}

Shape StudentT::batch_shape() const {
  return broadcast_shape(broadcast_shape(loc_.sizes(), log_scale_.sizes()), log_df_.sizes());
}

Tensor StudentT::log_prob(const Tensor& value) const {
  const Tensor df = log_df_.exp();
  const Tensor z = (value - loc_) * (-log_scale_).exp();
  return log_gamma_half_step(df * 0.5) - log_df_ * 0.5 - kHalfLogPi - log_scale_ -
         (df + 1) * 0.5 * (z.square() / df).log1p();
}

Tensor StudentT::rsample(const Shape& sample_shape, RandomSource& source) const {
  const auto shape = concatenate(sample_shape, batch_shape());
  const Tensor noise = source.normal(shape, loc_.options());
  const Tensor log_half_df = log_df_ - std::log(2.0);
  const Tensor log_shrink = (log_half_df - log_gamma_draw(log_half_df, shape, source)) * 0.5;
  return at::addcmul(loc_, log_scale_.exp(), noise * log_shrink.exp());
}

Tensor StudentT::location() const { return expand_to(loc_, batch_shape()); }

std::vector<std::pair<std::string, Tensor>> StudentT::summary() const {
  return {{"location", location()}, {"scale", expand_to(log_scale_.exp(), batch_shape())}};
}

Tensor StudentT::mean() const {
  return expand_to(loc_, batch_shape()).masked_fill(log_df_.le(0), NAN);
}

Tensor StudentT::variance() const {
  const Tensor df = log_df_.exp();
  const Tensor has_none = df.le(2);
  const Tensor safe = df.masked_fill(has_none, 3.0);
  const Tensor finite = (log_scale_ * 2).exp() * safe / (safe - 2);
  const Tensor full = expand_to(finite, batch_shape());
  return full.masked_fill(has_none, INFINITY).masked_fill(df.le(1), NAN);
}

Tensor StudentT::entropy() const {
  const Tensor df = log_df_.exp(), half = df * 0.5;
  const Tensor standard = (df + 1) * 0.5 * digamma_half_step(half) + log_df_ * 0.5 + kHalfLogPi -
                          log_gamma_half_step(half);
  return expand_to(standard + log_scale_, batch_shape());
}

DistributionPtr StudentT::detach() const {
  return std::make_shared<StudentT>(log_df_.detach(), loc_.detach(), log_scale_.detach());
}

std::vector<std::pair<std::string, Tensor>> StudentT::parameters() const {
  return {{"log_df", log_df_}, {"loc", loc_}, {"log_scale", log_scale_}};
}

}  // namespace elbow
