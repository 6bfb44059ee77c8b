#include "data_checks.h"

#include <algorithm>
#include <cmath>

#include "elbow/data/sources/labels.h"
#include "elbow/foundations/core/contains.h"
#include "elbow/foundations/core/error.h"
#include "elbow/models/conjugate/component_likelihood.h"
#include "elbow/models/conjugate/conjugate_model_factory.h"
#include "elbow/models/generative/conditions.h"
#include "elbow/models/generative/model_factory.h"
#include "elbow/neural/conditional/conditional_distribution.h"

namespace elbow {

namespace {

using data::ValueRule;

/// Levels that a file states to four digits, or as float32, are near enough.
constexpr double kNearALevel = 0.02;

ValueRule rule_of_grid(const ConfigNode& node) {
  const auto last = static_cast<double>(node.integer("num_levels") - 1);
  const bool are_integers = node.text("levels") == "integers";
  const double step = are_integers ? 1 : 1 / last;
  return {are_integers ? "a whole number from 0 to " + data::text_of_number(last)
                       : "a level from 0 to 1 in steps of 1/" + data::text_of_number(last),
          [=](double v) {
            const double k = std::round(v / step);
            return std::abs(v / step - k) <= kNearALevel && k >= 0 && k <= last;
          }};
}

/// What holds of every value; nothing for real numbers.
std::vector<ValueRule> rules_of_support(SupportKind support, const ConfigNode& node) {
  const auto is_whole = [](double v) { return v == std::floor(v) && std::isfinite(v); };
  if (support == SupportKind::binary)
    return {{"0 or 1", [](double v) { return v == 0 || v == 1; }}};
  if (support == SupportKind::unit_interval)
    return {{"a number from 0 to 1", [](double v) { return v >= 0 && v <= 1; }}};
  if (support == SupportKind::count)
    return {{"a count (0, 1, 2, ...)", [=](double v) { return is_whole(v) && v >= 0; }}};
  if (support == SupportKind::positive)
    return {{"a number above 0", [](double v) { return v > 0; }}};
  if (support == SupportKind::open_unit_interval)
    return {
        {"a number between 0 and 1, without the ends", [](double v) { return v > 0 && v < 1; }}};
  if (support == SupportKind::grid) return {rule_of_grid(node)};
  if (support == SupportKind::integer) {
    const auto classes = static_cast<double>(node.integer("num_classes"));
    return {{"the code of a class (0 to " + data::text_of_number(classes - 1) + ")",
             [=](double v) { return is_whole(v) && v >= 0 && v < classes; }}};
  }
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

/// Pictures of bytes are not looked at one by one: they reach the model as k / 255, or as 0 and 1.
void check_bytes(const ConfigNode& likelihood, const Dataset& dataset) {
  const bool is_grey = dataset.gives_grey();
  const std::string as = is_grey ? "as k / 255, for k = 0 to 255" : "as 0 and 1";
  const auto refuse = [&likelihood, &as](const std::string& needed, const std::string& help) {
    likelihood.refuse("the data are bytes of images, which reach the model " + as +
                          ", but the likelihood '" + likelihood.type() + "' scores " + needed,
                      help);
  };
  const std::string help = is_grey ? "set model.likelihood.type=continuous_bernoulli, or "
                                     "discretized_logistic with num_levels: 256"
                                   : "set model.likelihood.type=bernoulli";
  switch (support_of<LikelihoodTraits>(likelihood_factory(), likelihood.type())) {
    case SupportKind::positive:
      return refuse("numbers above 0", help);
    case SupportKind::open_unit_interval:
      return refuse("numbers between 0 and 1, without the ends", help);
    case SupportKind::count:
    case SupportKind::integer:
      if (is_grey) refuse("whole numbers", help);
      return;
    case SupportKind::grid:
      if (is_grey &&
          (likelihood.integer("num_levels") != 256 || likelihood.text("levels") != "unit_interval"))
        refuse("the levels of another grid", "set num_levels: 256 and levels: unit_interval");
      return;
    default:
      return;
  }
}

/// What else may be wrong than the likelihood.
std::string key_of_values(SupportKind support) {
  if (support == SupportKind::integer)
    return "set model.likelihood.num_classes to the largest code and one; or ";
  if (support == SupportKind::grid)
    return "set model.likelihood.num_levels and levels to the grid of the data; or ";
  return "";
}

}  // namespace

ValueChecks value_checks(const ConfigNode& config, const std::vector<std::int64_t>& event_shape) {
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
  const auto* row = model_factory().find(model.type());
  const auto* traits = row == nullptr ? nullptr : row->info.find_traits<ModelTraits>();
  if (traits != nullptr && traits->has_binary_response) {
    // Of data sets side by side, the last column of each.
    std::vector<ValueRule> rules;
    const std::int64_t columns = event_shape.back(), numbers = num_elements(event_shape);
    for (std::int64_t column = columns - 1; column < numbers; column += columns)
      rules.push_back({"0 or 1, the class",
                       [](double v) { return v == 0 || v == 1; },
                       column,
                       /*is_of_response=*/true});
    return {rules,
            "the model '" + model.type() +
                "' predicts classes 0 and 1: write the response so, and leave it as it is with "
                "data.standardize_response=false"};
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
  const SupportKind support = support_of<LikelihoodTraits>(likelihood_factory(), likelihood.type());
  return {rules_of_support(support, likelihood),
          key_of_values(support) + "set model.likelihood.type=normal; '" + likelihood.type() +
              "' scores nothing else"};
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
  if (model.has("likelihood") && !dataset.is_corpus() &&
      dataset.raw().splits.at("train").images.element == data::Element::u8)
    check_bytes(model.child("likelihood"), dataset);
  const ValueChecks checks = value_checks(config, dataset.event_shape());
  data::check_values(dataset.raw(), checks.rules, checks.help);
}

void check_conditions(const std::vector<std::string>& conditions, const Dataset& dataset) {
  if (!contains(conditions, kLabel)) return;
  for (const auto& [name, split] : dataset.raw().splits) {
    const auto& labels = split.labels;
    const std::int64_t absent =
        labels.empty() ? split.size() : std::count(labels.begin(), labels.end(), data::kNoLabel);
    if (absent == 0) continue;
    const std::int64_t first =
        labels.empty() ? 0
                       : std::find(labels.begin(), labels.end(), data::kNoLabel) - labels.begin();
    throw DataError((split.file.empty() ? "the split " + name : split.file) +
                        ": expected a label for each example, which the model is given, found " +
                        std::to_string(absent) + " of " + std::to_string(split.size()) +
                        " without one (the first: example " + std::to_string(first) +
                        " of the split " + name + ", from 0)",
                    "give them labels or leave them out; a model that has to do without some has "
                    "the label as a latent: model.latents.y={type: categorical, observed: label}");
  }
}

}  // namespace elbow
