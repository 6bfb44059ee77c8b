#include "code_likelihood.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>

#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/ordinal.h"
#include "network_parameter.h"

namespace elbow {
namespace {

Parameter class_count(int least) {
  return Parameter::integer("num_classes", "classes of each element, whose codes begin with 0")
      .defaults(10)
      .at_least(least);
}

/// Cut points between C classes that are all equally probable at location 0, [C - 1].
Tensor even_cut_points(std::int64_t num_classes) {
  const Tensor classes = at::arange(1, num_classes, at::TensorOptions(at::kDouble));
  return (classes / static_cast<double>(num_classes)).logit();
}

}  // namespace

ComponentInfo CodeLikelihood::info(Family family) {
  LikelihoodTraits traits;
  traits.support = SupportKind::integer;
  traits.is_discrete = true;
  if (family == Family::categorical)
    return ComponentInfo::of("categorical",
                             "codes of classes in no order, independent given the latent")
        .takes({network_parameter("from the latent to a logit for each class of each element"),
                class_count(2)})
        .with(traits);
  return ComponentInfo::of("ordinal",
                           "codes of ordered classes by cumulative logits, independent given the "
                           "latent")
      .source("McCullagh, Regression models for ordinal data, JRSS B 42(2), 1980")
      .takes({network_parameter("from the latent to a location for each element"),
              class_count(3),
              Parameter::choice("cut_points",
                                {"shared", "per_element"},
                                "where the classes meet: learned for all elements together, or for "
                                "each")
                  .defaults("per_element"),
              Parameter::number("min_log_gap",
                                "lower limit of the logarithm of the distance between two cut "
                                "points: that of a class which no example has would have no finite "
                                "optimum")
                  .defaults(-10.0)
                  .at_most(0)})
      .with(traits);
}

CodeLikelihood::CodeLikelihood(Family family, const ConfigNode& node, const BuildContext& context)
    : family_(family),
      event_dims_(static_cast<std::int64_t>(context.event_shape.size())),
      num_classes_(node.integer("num_classes")) {
  BuildContext outputs = context;
  if (family_ == Family::categorical) outputs.event_shape.front() *= num_classes_;
  network_ = register_module("network", network_factory().create(node.child("network"), outputs));
  // Every class is as probable as the others.
  network_->set_output_bias(at::zeros(outputs.event_shape));
  if (family_ == Family::categorical) return;
  min_log_gap_ = node.number("min_log_gap");
  const Shape elements = node.text("cut_points") == "shared" ? Shape{} : context.event_shape;
  const Tensor cuts = even_cut_points(num_classes_).to(at::kFloat);
  Shape gaps = elements;
  gaps.push_back(num_classes_ - 2);
  first_cut_ = register_parameter("first_cut", cuts[0].expand(elements).clone());
  log_gaps_ = register_parameter("log_gaps", cuts.diff().log().expand(gaps).clone());
}

DistributionPtr CodeLikelihood::forward(const Tensor& context) {
  const Tensor flat = apply_network(*network_, context, /*event_dims=*/1);
  DistributionPtr elements;
  if (family_ == Family::categorical) {
    const std::int64_t rows = flat.size(-event_dims_) / num_classes_;
    const Tensor logits = flat.unflatten(-event_dims_, {num_classes_, rows});
    elements = std::make_shared<Categorical>(logits.movedim(-event_dims_ - 1, -1),
                                             Categorical::Codes::real);
  } else {
    elements = std::make_shared<Ordinal>(flat, first_cut_, log_gaps_.clamp_min(min_log_gap_));
  }
  return std::make_shared<Independent>(std::move(elements), event_dims_);
}

}  // namespace elbow
