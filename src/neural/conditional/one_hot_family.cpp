#include "one_hot_family.h"

#include <ATen/core/Tensor.h>

#include "elbow/probability/distributions/one_hot_categorical.h"

namespace elbow {

ComponentInfo OneHotFamily::info() {
  PosteriorTraits traits;
  // A variable is one choice; its units exclude each other.
  traits.latent_kind = SupportKind::one_hot;
  traits.pathwise = false;
  traits.closed_form_kl = {"categorical"};
  return ComponentInfo::of(
             "categorical",
             "Categorical variables as one-hot vectors, latent_size / num_classes of them")
      .source("Jang, Gu, Poole, 2017, arXiv:1611.01144, section 4.1")
      .takes({Parameter::integer("num_classes", "of each variable").defaults(10).at_least(2)})
      .with(traits);
}

OneHotFamily::OneHotFamily(const ConfigNode& node, const BuildContext& context)
    : num_classes_(node.integer("num_classes")),
      num_variables_(context.event_size() / num_classes_) {
  if (num_variables_ * num_classes_ != context.event_size())
    node.refuse("variables of " + std::to_string(num_classes_) +
                    " classes each fill no latent of size " + std::to_string(context.event_size()),
                "set model.latent_size to a multiple of num_classes",
                "num_classes");
}

DistributionPtr OneHotFamily::distribution(const Tensor& flat) const {
  return std::make_shared<OneHotCategorical>(flat.unflatten(-1, {num_variables_, num_classes_}));
}

}  // namespace elbow
