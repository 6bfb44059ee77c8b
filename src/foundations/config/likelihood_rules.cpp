// Which values a likelihood can score, held against what is known of a data set before it is read.
#include "all_rules.h"

namespace elbow {
namespace {

/// "counts"; empty for supports that other rules speak of.
std::string needed_values(SupportKind support) {
  if (support == SupportKind::count) return "counts (0, 1, 2, ...)";
  if (support == SupportKind::integer) return "codes of classes (0, 1, 2, ...)";
  if (support == SupportKind::positive) return "numbers above 0";
  if (support == SupportKind::open_unit_interval)
    return "numbers between 0 and 1, without the ends";
  if (support == SupportKind::grid) return "levels of a grid";
  return "";
}

bool can_be(SupportKind support, DataValues values) {
  const bool is_bounded =
      support == SupportKind::positive || support == SupportKind::open_unit_interval;
  if (values == DataValues::unknown) return true;
  if (values == DataValues::real || is_bounded) return false;  // zeros are among the others
  return support == SupportKind::grid || values != DataValues::grey;
}

std::string likelihood_for(DataValues values) {
  if (values == DataValues::grey) return "continuous_bernoulli, or discretized_logistic";
  if (values == DataValues::binary) return "bernoulli";
  return values == DataValues::count ? "negative_binomial" : "normal";
}

}  // namespace

void likelihoods_score_their_values(const ConfigView& view, Violations& out) {
  const auto* likelihood = view.traits<LikelihoodTraits>("model.likelihood");
  if (likelihood == nullptr || has_events_of_its_own(view)) return;
  const std::string needed = needed_values(likelihood->support);
  const DataValues values = shown_values(view);
  if (needed.empty() || can_be(likelihood->support, values)) return;
  const bool is_binarized = values == DataValues::binary && !view.text("data.binarize").empty() &&
                            view.text("data.binarize") != "none";
  const std::string shown =
      is_binarized
          ? "data.binarize '" + view.text("data.binarize") + "' leaves only 0 and 1"
          : "the data set " + view.text("data.type") + " has " + word_of(values) + " values";
  out.push_back({"model.likelihood.type",
                 "'" + view.text("model.likelihood.type") + "' scores " + needed + ", but " + shown,
                 "set model.likelihood.type=" + likelihood_for(values)});
}

void grey_levels_are_bytes(const ConfigView& view, Violations& out) {
  const auto* likelihood = view.traits<LikelihoodTraits>("model.likelihood");
  if (likelihood == nullptr || likelihood->support != SupportKind::grid ||
      shown_values(view) != DataValues::grey || has_events_of_its_own(view))
    return;
  const std::string data = view.text("data.type");
  if (view.text("model.likelihood.levels") == "integers")
    out.push_back({"model.likelihood.levels",
                   "'integers' are 0, 1, 2, ..., but the grey levels of the data set " + data +
                       " reach the model as k / 255",
                   "set model.likelihood.levels=unit_interval"});
  else if (view.number("model.likelihood.num_levels", 256) != 256)
    out.push_back({"model.likelihood.num_levels",
                   "the data set " + data + " holds bytes, which have 256 levels",
                   "set model.likelihood.num_levels=256"});
}

}  // namespace elbow
