#include "elbow/probability/distributions/pixel_mixture.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/addcmul.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/take_along_dim.h>
#include <c10/util/Exception.h>

#include <array>

#include "elbow/probability/distributions/cumulative_sum.h"
#include "elbow/probability/distributions/discretized_logistic.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

using Channels = std::array<Tensor, 3>;

Channels channels_of(const Tensor& x, std::int64_t dim) {
  return {x.select(dim, 0), x.select(dim, 1), x.select(dim, 2)};
}

/// Where each channel lies, given the ones before it. @param value(i, loc) the value of channel i,
/// whose location is now known
template <class Value>
Channels locations_given_channels(const Channels& loc,
                                  const Channels& coefficients,
                                  double centre,
                                  Value value) {
  Channels out;
  out[0] = loc[0];
  const Tensor red = value(0, out[0]) - centre;
  out[1] = at::addcmul(loc[1], coefficients[0], red);
  const Tensor green = value(1, out[1]) - centre;
  out[2] = at::addcmul(at::addcmul(loc[2], coefficients[1], red), coefficients[2], green);
  return out;
}

}  // namespace

PixelMixture::PixelMixture(
    Tensor logits, Tensor loc, Tensor log_scale, Tensor coefficients, const LevelGrid& grid)
    : logits_(std::move(logits)),
      loc_(std::move(loc)),
      log_scale_(std::move(log_scale)),
      coefficients_(std::move(coefficients)),
      grid_(grid) {
  TORCH_CHECK(logits_.dim() >= 3 && loc_.dim() == logits_.dim() + 1 && loc_.size(-4) == 3 &&
                  loc_.sizes() == log_scale_.sizes() && loc_.sizes() == coefficients_.sizes() &&
                  loc_.select(-4, 0).sizes() == logits_.sizes(),
              "PixelMixture: expected logits [..., H, W, M] and three parameters "
              "[..., 3, H, W, M], got ",
              logits_.sizes(),
              ", ",
              loc_.sizes(),
              ", ",
              log_scale_.sizes(),
              " and ",
              coefficients_.sizes());
}

Shape PixelMixture::batch_shape() const { return without_last(logits_.sizes(), 3); }

Shape PixelMixture::event_shape() const { return {3, logits_.size(-3), logits_.size(-2)}; }

Distribution::Traits PixelMixture::traits() const {
  Traits out = discrete_traits();
  out.has_moments = false;
  return out;
}

Tensor PixelMixture::log_prob(const Tensor& value) const {
  const Tensor x = value.unsqueeze(-1);
  const Channels channels = channels_of(x, -4);
  const Channels loc =
      locations_given_channels(channels_of(loc_, -4),
                               channels_of(coefficients_, -4),
                               grid_.centre(),
                               [&channels](std::size_t i, const Tensor&) { return channels[i]; });
  // Values may have more dimensions before the batch, so that green lies elsewhere in each.
  const Tensor red = loc[0].expand_as(loc[1]);
  const DiscretizedLogistic each(at::stack({red, loc[1], loc[2]}, -4), log_scale_, grid_);
  const Tensor of_component = each.log_prob(x).sum(-4);
  return at::logsumexp(of_component + at::log_softmax(logits_, -1), -1).sum({-1, -2});
}

Tensor PixelMixture::rsample(const Shape&, RandomSource&) const {
  TORCH_CHECK(false,
              "PixelMixture: draws are discrete, so they have no reparameterised form; use sample");
}

Tensor PixelMixture::sample(const Shape& sample_shape, RandomSource& source) const {
  const at::NoGradGuard no_grad;
  const auto shape = concatenate(sample_shape, batch_shape());
  const auto options = logits_.options();
  const Tensor place = source.uniform(concatenate(shape, last(event_shape(), 2)), options);
  const Tensor noise = source.uniform(concatenate(shape, event_shape()), options);
  const Tensor edges = cumulative_sum(at::softmax(logits_, -1));
  // Rounding may leave the last edge below 1.
  const Tensor index =
      (place.unsqueeze(-1) > edges).sum(-1).clamp_max(logits_.size(-1) - 1).unsqueeze(-1);
  const auto chosen = [&](const Tensor& x) {
    Channels out = channels_of(x, -4);
    for (Tensor& channel : out) {
      for (std::size_t i = 0; i < sample_shape.size(); ++i) channel = channel.unsqueeze(0);
      // Broadcasts by itself: a traced expand would freeze the batch size.
      channel = at::take_along_dim(channel, index, -1).squeeze(-1);
    }
    return out;
  };
  const Channels log_scale = chosen(log_scale_), logistic = channels_of(noise.logit(), -3);
  Channels draws;
  const auto draw = [&](std::size_t i, const Tensor& loc) {
    return draws[i] = to_level(at::addcmul(loc, log_scale[i].exp(), logistic[i]), grid_);
  };
  const Channels loc =
      locations_given_channels(chosen(loc_), chosen(coefficients_), grid_.centre(), draw);
  draw(2, loc[2]);
  return at::stack({draws[0], draws[1], draws[2]}, -3);
}

Tensor PixelMixture::location() const {
  const auto on_grid = [this](std::size_t, const Tensor& loc) {
    return loc.clamp(grid_.lowest, grid_.largest());
  };
  const Channels loc = locations_given_channels(
      channels_of(loc_, -4), channels_of(coefficients_, -4), grid_.centre(), on_grid);
  const Tensor all = on_grid(0, at::stack({loc[0], loc[1], loc[2]}, -4));
  return (all * at::softmax(logits_, -1).unsqueeze(-4)).sum(-1);
}

Tensor PixelMixture::mean() const {
  TORCH_CHECK(false, "PixelMixture: the mean has no closed form; see location");
}

Tensor PixelMixture::variance() const {
  TORCH_CHECK(false, "PixelMixture: the variance has no closed form");
}

Tensor PixelMixture::entropy() const {
  TORCH_CHECK(false, "PixelMixture: the entropy has no closed form");
}

DistributionPtr PixelMixture::detach() const {
  return std::make_shared<PixelMixture>(
      logits_.detach(), loc_.detach(), log_scale_.detach(), coefficients_.detach(), grid_);
}

std::vector<std::pair<std::string, Tensor>> PixelMixture::parameters() const {
  return {{"logits", logits_},
          {"loc", loc_},
          {"log_scale", log_scale_},
          {"coefficients", coefficients_}};
}

}  // namespace elbow
