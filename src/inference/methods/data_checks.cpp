#include "data_checks.h"

#include <cmath>

#include "elbow/models/conjugate/component_likelihood.h"
#include "elbow/models/conjugate/conjugate_model_factory.h"
#include "elbow/models/generative/model_factory.h"
#include "elbow/neural/conditional/conditional_distribution.h"

namespace elbow {

namespace {

using data::ValueRule;

/// What holds of every value; nothing for real numbers.
std::vector<ValueRule> rules_of_support(SupportKind support, const ConfigNode& node) {
  const auto is_whole = [](double v) { return v == std::floor(v) && std::isfinite(v); };
  if (support == SupportKind::binary)
    return {{"0 or 1", [](double v) { return v == 0 || v == 1; }}};
  if (support == SupportKind::unit_interval)
    return {{"a number from 0 to 1", [](double v) { return v >= 0 && v <= 1; }}};
  if (support == SupportKind::count)
    return {{"a count (0, 1, 2, ...)", [=](double v) { return is_whole(v) && v >= 0; }}};
  if (support != SupportKind::symbol) return {};
  const auto symbols = static_cast<double>(node.integer("num_symbols"));
  return {{"a symbol (0 to " + data::text_of_number(symbols - 1) + ")",
           [=](double v) { return is_whole(v) && v >= 0 && v < symbols; }}};
}

/// @tparam Kind traits with a support
template <class Kind, class Components>
SupportKind support_of(const Components& factory, const std::string& name) {
  const auto* row = factory.find(name);
  const Kind* traits = row == nullptr ? nullptr : row->info.template find_traits<Kind>();
  return traits == nullptr ? SupportKind::real : traits->support;
}

/// The column that names the group of a row, where the model has one.
std::vector<ValueRule> rules_of_groups(const ConfigNode& model) {
  const auto groups = static_cast<double>(model.integer("num_groups"));
  return {{"a whole number from 0 to " + data::text_of_number(groups - 1) + ", the group",
           [=](double v) { return v == std::floor(v) && v >= 0 && v < groups; },
           model.integer("group_column")}};
}

}  // namespace

ValueChecks value_checks(const ConfigNode& config) {
  const ConfigNode model = config.child("model");
  if (model.has("group_column"))
    return {rules_of_groups(model),
            "set model.num_groups to the number of groups, and model.group_column to their column; "
            "do not standardise that column"};
  if (model.has("component")) {
    const ConfigNode component = model.child("component");
    return {rules_of_support(support_of<ComponentLikelihoodTraits>(component_likelihood_factory(),
                                                                   component.type()),
                             component),
            "choose a component that can score these data: model.component"};
  }
  if (!model.has("likelihood")) {
    const bool is_conjugate = conjugate_model_factory().find(model.type()) != nullptr;
    const SupportKind support =
        is_conjugate ? support_of<ModelTraits>(conjugate_model_factory(), model.type())
                     : support_of<ModelTraits>(model_factory(), model.type());
    return {rules_of_support(support, model),
            "choose a model that can score these data: elbow list model"};
  }
  const ConfigNode likelihood = model.child("likelihood");
  return {rules_of_support(support_of<LikelihoodTraits>(likelihood_factory(), likelihood.type()),
                           likelihood),
          "set model.likelihood.type=normal; '" + likelihood.type() + "' scores nothing else"};
}

void check_support(const ConfigNode& config, const Dataset& dataset) {
  const ConfigNode model = config.child("model");
  if (model.has("likelihood") && dataset.is_corpus())
    config.child("data").refuse(
        "word counts have no likelihood in the model '" + model.type() + "'",
        "elbow list model shows the models",
        "type");
  if (model.has("likelihood") && dataset.gives_grey() &&
      support_of<LikelihoodTraits>(likelihood_factory(), model.child("likelihood").type()) ==
          SupportKind::binary)
    model.child("likelihood")
        .refuse("the data are grey levels, but the likelihood '" +
                    model.child("likelihood").type() + "' scores 0 and 1",
                "set binarize: dynamic for these data, or "
                "model.likelihood.type=continuous_bernoulli");
  const ValueChecks checks = value_checks(config);
  data::check_values(dataset.raw(), checks.rules, checks.help);
}

}  // namespace elbow
