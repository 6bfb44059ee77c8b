#include "element_likelihood.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>

#include <cmath>

#include "elbow/foundations/core/condition_names.h"
#include "elbow/foundations/core/contains.h"
#include "elbow/probability/distributions/independent.h"
#include "network_parameter.h"

namespace elbow {
namespace {

/// What a choice of a number's key means.
std::string meaning_of(const std::string& origin, const std::string& key) {
  if (origin == "fixed") return key + "_value";
  if (origin == "shared") return "one learned number";
  if (origin == "network") return "one more output of the network for each element";
  return "one learned number for each element";
}

std::vector<Parameter> parameters_of(const ElementNumber& number) {
  std::string meanings;
  for (const std::string& origin : number.origins)
    meanings += (meanings.empty()                  ? ""
                 : origin == number.origins.back() ? " or "
                                                   : ", ") +
                meaning_of(origin, number.key);
  Parameter start =
      Parameter::number(number.key + "_value", number.help + "; where it is learned, its start")
          .defaults(number.start)
          .above(0);
  if (number.is_probability) start = std::move(start).below(1);
  std::vector<Parameter> out{
      Parameter::choice(number.key, number.origins, number.help + ": " + meanings)
          .defaults(number.origin),
      std::move(start)};
  if (!number.why_least.empty())
    out.push_back(
        Parameter::number("min_log_" + number.key,
                          "lower limit of its logarithm where it is learned: " + number.why_least)
            .defaults(number.least));
  return out;
}

bool is_given_library_size(const ConfigNode& node) {
  return node.has("given") && contains(node.texts("given"), kLibrarySize);
}

}  // namespace

ComponentInfo ElementLikelihood::info(const ElementFamily& family) {
  ComponentInfo out = ComponentInfo::of(family.name, family.summary)
                          .source(family.source)
                          .takes({network_parameter("from the latent to " + family.output)});
  for (const ElementNumber& number : family.numbers)
    out = std::move(out).takes(parameters_of(number));
  return std::move(out)
      .takes({output_bias_parameter("start of the last bias: " + words_of(family.link) +
                                    " of the training data's mean, or zero")})
      .with(family.traits);
}

ElementLikelihood::ElementLikelihood(const ElementFamily& family,
                                     const ConfigNode& node,
                                     const BuildContext& context)
    : build_(family.build), event_dims_(static_cast<std::int64_t>(context.event_shape.size())) {
  for (const ElementNumber& number : family.numbers) add_number(number, node, context);
  BuildContext outputs = context;
  outputs.event_shape.front() *= 1 + static_cast<std::int64_t>(starts_.size());
  network_ = register_module("network", network_factory().create(node.child("network"), outputs));
  std::vector<Tensor> bias{output_start(node, context, family.link)};
  // The size is a factor of its own: what is left to the network is the share of each element.
  if (is_given_library_size(node) && context.data.mean.defined() &&
      node.text("output_bias") != "zero")
    bias[0] = bias[0] - context.data.mean.sum().clamp_min(1).log();
  for (const double start : starts_)
    bias.push_back(at::full(context.event_shape, start, bias[0].options()));
  network_->set_output_bias(at::cat(bias));
}

void ElementLikelihood::add_number(const ElementNumber& number,
                                   const ConfigNode& node,
                                   const BuildContext& context) {
  const std::string origin = node.text(number.key);
  const double value = node.number(number.key + "_value");
  const double start = std::log(value) - (number.is_probability ? std::log1p(-value) : 0.0);
  Learned out;
  if (!number.why_least.empty()) {
    out.least = node.number("min_log_" + number.key);
    out.is_limited = origin != "fixed";
  }
  if (origin == "network") {
    starts_.push_back(start);
  } else {
    const bool is_one = origin == "fixed" || origin == "shared";
    const Tensor tensor = at::full(is_one ? Shape{} : context.event_shape, start);
    out.value = origin == "fixed" ? register_buffer(number.name, tensor)
                                  : register_parameter(number.name, tensor);
  }
  numbers_.push_back(std::move(out));
}

DistributionPtr ElementLikelihood::forward_sized(const Tensor& context, const Tensor& log_size) {
  const Tensor flat = apply_network(*network_, context, /*event_dims=*/1);
  const auto outputs = flat.chunk(1 + static_cast<std::int64_t>(starts_.size()), -event_dims_);
  std::vector<Tensor> numbers;
  std::size_t next = 1;
  for (const Learned& number : numbers_) {
    const Tensor value = number.value.defined() ? number.value : outputs.at(next++);
    numbers.push_back(number.is_limited ? value.clamp_min(number.least) : value);
  }
  Tensor first = outputs.front();
  if (log_size.defined()) {
    // One number for all elements of an example.
    Tensor shift = log_size;
    for (std::int64_t i = 1; i < event_dims_; ++i) shift = shift.unsqueeze(-1);
    first = first + shift;
  }
  return std::make_shared<Independent>(build_(first, numbers), event_dims_);
}

}  // namespace elbow
