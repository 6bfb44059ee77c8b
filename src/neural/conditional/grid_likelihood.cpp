#include "grid_likelihood.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "elbow/probability/distributions/discretized_logistic.h"
#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/mixture.h"
#include "elbow/probability/distributions/pixel_mixture.h"
#include "network_parameter.h"
#include "output_bias.h"

namespace elbow {
namespace {

// Of logistics that begin about a third of the grid wide, so that each level has a gradient.
constexpr double kFirstLogScale = -1;
constexpr std::int64_t kChannels = 3;

bool has_three_channels(const Shape& event) { return event.size() == 3 && event[0] == kChannels; }

/// Components that begin equal would stay alike: they are spread over half of the grid.
double offset_of(std::int64_t component, std::int64_t num_components) {
  if (num_components == 1) return 0;
  return static_cast<double>(component) / static_cast<double>(num_components - 1) - 0.5;
}

bool conditions_channels(const ConfigNode& node, const BuildContext& context) {
  const std::string channels = node.text("channels");
  const Shape& event = context.event_shape;
  if (channels == "conditioned" && !has_three_channels(event))
    node.refuse("'conditioned' is about images of three channels, and these data have none",
                "set channels: auto",
                "channels");
  const bool is_conditioned = channels != "independent" && has_three_channels(event);
  if (is_conditioned && context.data.has_gaps)
    node.refuse(
        "the channels of a pixel depend on each other, so that a missing one cannot be left out",
        "set channels: independent",
        "channels");
  return is_conditioned;
}

}  // namespace

LevelGrid grid_of(const ConfigNode& node) {
  LevelGrid out;
  out.num_levels = node.integer("num_levels");
  out.step =
      node.text("levels") == "integers" ? 1.0 : 1.0 / static_cast<double>(out.num_levels - 1);
  return out;
}

ComponentInfo GridLikelihood::info() {
  LikelihoodTraits traits;
  traits.support = SupportKind::grid;
  traits.is_discrete = true;
  return ComponentInfo::of("discretized_logistic",
                           "elements on a grid, such as the 256 levels of a byte: a mass for each "
                           "level, by logistics rounded to them")
      .source(
          "Salimans, Karpathy, Chen, Kingma, PixelCNN++, 2017, arXiv:1701.05517, sections 2.1 and "
          "2.2")
      .takes({
          network_parameter("from the latent to locations, log scales and weights"),
          Parameter::integer("num_components",
                             "logistics that are mixed, for each element, or for each pixel where "
                             "its channels depend on each other")
              .defaults(1)
              .at_least(1),
          Parameter::integer("num_levels", "levels of the grid").defaults(256).at_least(2),
          Parameter::choice("levels",
                            {"unit_interval", "integers"},
                            "where they are: k / (num_levels - 1), as bytes of an image are read, "
                            "or k itself, for k = 0 to num_levels - 1")
              .defaults("unit_interval"),
          Parameter::choice("channels",
                            {"auto", "independent", "conditioned"},
                            "conditioned: the channels of a pixel share a component, and the "
                            "location of green depends on red, that of blue on both; auto: so in "
                            "images of three channels")
              .defaults("auto"),
          Parameter::number("min_log_scale",
                            "lower limit of the log scale of a logistic, where the grid goes from "
                            "-1 to 1: a level that is fitted perfectly has no finite optimum")
              .defaults(-7.0)
              .at_most(0),
          output_bias_parameter("start of the last bias: locations about the training data's mean, "
                                "or about the middle of the grid"),
      })
      .with(traits);
}

GridLikelihood::GridLikelihood(const ConfigNode& node, const BuildContext& context)
    : event_dims_(static_cast<std::int64_t>(context.event_shape.size())),
      num_components_(node.integer("num_components")),
      grid_(grid_of(node)),
      min_log_scale_(node.number("min_log_scale")),
      is_conditioned_(conditions_channels(node, context)) {
  const Tensor bias = start(node, context);
  BuildContext outputs = context;
  outputs.event_shape = bias.sizes().vec();
  network_ = register_module("network", network_factory().create(node.child("network"), outputs));
  network_->set_output_bias(bias);
}

Tensor GridLikelihood::start(const ConfigNode& node, const BuildContext& context) const {
  const Tensor middle = at::full(context.event_shape, grid_.centre(), at::kDouble);
  const bool from_data = node.text("output_bias") == "data_mean" && context.data.mean.defined();
  const Tensor mean = from_data ? context.data.mean.to(at::kDouble) : middle;
  const Tensor loc = (mean - middle) / grid_.half_width();
  // One row of numbers per pixel where it is conditioned, else one per element.
  const Shape one = is_conditioned_ ? Shape{1, loc.size(1), loc.size(2)} : context.event_shape;
  std::vector<Tensor> parts;
  const auto add = [&](double value) { parts.push_back(at::full(one, value, loc.options())); };
  if (is_conditioned_ || num_components_ > 1)
    for (std::int64_t m = 0; m < num_components_; ++m) add(0);
  const std::int64_t channels = is_conditioned_ ? kChannels : 1;
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t m = 0; m < num_components_; ++m)
      parts.push_back((is_conditioned_ ? loc.narrow(0, c, 1) : loc) +
                      offset_of(m, num_components_));
  for (std::int64_t i = 0; i < channels * num_components_; ++i) add(kFirstLogScale);
  if (is_conditioned_)
    for (std::int64_t i = 0; i < channels * num_components_; ++i) add(0);
  return at::cat(parts);
}

Tensor GridLikelihood::to_loc(const Tensor& output) const {
  return output * grid_.half_width() + grid_.centre();
}

Tensor GridLikelihood::to_log_scale(const Tensor& output) const {
  return output.clamp_min(min_log_scale_) + std::log(grid_.half_width());
}

DistributionPtr GridLikelihood::pixels(const Tensor& flat) const {
  const std::int64_t m = num_components_;
  const Tensor numbers = flat.movedim(-3, -1);  // [..., H, W, M + 9 M]
  // [..., H, W, kind, channel, M] to [..., channel, H, W, M] of each kind.
  const Tensor kinds = numbers.narrow(-1, m, 9 * m).unflatten(-1, {3, kChannels, m});
  const auto kind = [&kinds](std::int64_t i) { return kinds.select(-3, i).movedim(-2, -4); };
  return std::make_shared<PixelMixture>(
      numbers.narrow(-1, 0, m), to_loc(kind(0)), to_log_scale(kind(1)), kind(2).tanh(), grid_);
}

DistributionPtr GridLikelihood::elements(const Tensor& flat) const {
  const std::int64_t m = num_components_, kinds = m > 1 ? 3 * m : 2;
  const Tensor numbers = flat.unflatten(-event_dims_, {kinds, flat.size(-event_dims_) / kinds});
  if (m == 1)
    return std::make_shared<DiscretizedLogistic>(to_loc(numbers.select(-event_dims_ - 1, 0)),
                                                 to_log_scale(numbers.select(-event_dims_ - 1, 1)),
                                                 grid_);
  const Tensor last = numbers.movedim(-event_dims_ - 1, -1);  // [..., event..., 3 M]
  return std::make_shared<Mixture>(
      last.narrow(-1, 0, m),
      std::make_shared<DiscretizedLogistic>(
          to_loc(last.narrow(-1, m, m)), to_log_scale(last.narrow(-1, 2 * m, m)), grid_));
}

DistributionPtr GridLikelihood::forward(const Tensor& context) {
  const Tensor flat = apply_network(*network_, context, /*event_dims=*/1);
  if (is_conditioned_) return pixels(flat);
  return std::make_shared<Independent>(elements(flat), event_dims_);
}

}  // namespace elbow
