#include "elbow/data/sources/labels.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "catalogue_parts.h"
#include "elbow/data/sources/value_rules.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/permutation.h"
#include "elbow/foundations/core/philox.h"
#include "loaders.h"

namespace elbow::data {
namespace {

constexpr std::size_t kMostClassesNamed = 20;

std::string classes_text(const Classes& classes) {
  std::string out;
  for (std::size_t i = 0; i < std::min(classes.size(), kMostClassesNamed); ++i)
    out += (out.empty() ? "" : ", ") + text_of_number(classes[i]);
  return out + (classes.size() > kMostClassesNamed ? ", ..." : "");
}

/// The first `count` of a keyed order of the labelled rows, class by class in turn.
std::vector<bool> drawn_evenly(const RawSplit& train,
                               std::size_t num_classes,
                               std::int64_t count,
                               std::uint64_t seed) {
  std::vector<std::vector<std::int64_t>> rows(num_classes);
  const Permutation order(derive_key(seed, Purpose::subset, /*a=*/2), 0, train.size());
  for (std::int64_t i = 0; i < train.size(); ++i) {
    const std::int64_t row = order(i), label = train.labels[static_cast<std::size_t>(row)];
    if (label != kNoLabel) rows[static_cast<std::size_t>(label)].push_back(row);
  }
  std::vector<bool> out(train.labels.size(), false);
  for (std::size_t turn = 0; count > 0; ++turn)
    for (const auto& of_class : rows) {
      if (turn >= of_class.size() || count == 0) continue;
      out[static_cast<std::size_t>(of_class[turn])] = true;
      --count;
    }
  return out;
}

/// Appends a copy of a row, where there are any.
void repeat_row(Array& array, std::size_t row) {
  if (array.shape.empty()) return;
  const std::size_t width = array.bytes.size() / static_cast<std::size_t>(array.shape.front());
  const std::vector<unsigned char> copy(
      array.bytes.begin() + static_cast<std::ptrdiff_t>(row * width),
      array.bytes.begin() + static_cast<std::ptrdiff_t>((row + 1) * width));
  array.bytes.insert(array.bytes.end(), copy.begin(), copy.end());
  ++array.shape.front();
}

/// Appends `times` copies of the labelled rows.
void repeat_labelled(RawSplit& train, std::int64_t times) {
  const std::size_t count = train.labels.size();
  for (std::int64_t time = 0; time < times; ++time)
    for (std::size_t row = 0; row < count; ++row) {
      if (train.labels[row] == kNoLabel) continue;
      repeat_row(train.images, row);
      repeat_row(train.covariates, row);
      train.labels.push_back(train.labels[row]);
      if (!train.rows.empty()) train.rows.push_back(train.rows[row]);
    }
}

}  // namespace

Classes classes_of(const std::vector<double>& values) {
  std::set<double> distinct;
  for (const double value : values)
    if (!std::isnan(value)) distinct.insert(value);
  return {distinct.begin(), distinct.end()};
}

std::vector<std::int64_t> labels_of(const std::vector<double>& values,
                                    const Classes& classes,
                                    const std::function<std::string(std::int64_t row)>& place_of) {
  std::vector<std::int64_t> out;
  for (const double value : values) {
    const auto found = std::lower_bound(classes.begin(), classes.end(), value);
    if (std::isnan(value)) {
      out.push_back(kNoLabel);
    } else if (found != classes.end() && *found == value) {
      out.push_back(found - classes.begin());
    } else {
      throw DataError(place_of(static_cast<std::int64_t>(out.size())) +
                          ": expected a label of the training rows (" + classes_text(classes) +
                          "), found " + text_of_number(value),
                      "leave the label empty (nan) where none of these classes is right");
    }
  }
  return out;
}

std::vector<std::int64_t> labels_at(const RawSplit& split, const std::vector<std::int64_t>& rows) {
  std::vector<std::int64_t> out;
  for (const std::int64_t row : rows)
    out.push_back(split.labels.empty() ? kNoLabel : split.labels[static_cast<std::size_t>(row)]);
  return out;
}

void choose_labelled(RawData& data, const ConfigNode& config, std::uint64_t run_seed) {
  const std::int64_t repeats = config.integer("label_repeats");
  const std::uint64_t seed = seed_of(config, "label_seed", run_seed);
  if (data.classes.empty()) {
    if (config.has("labelled"))
      config.refuse("there are no labels to keep some of", "", "labelled");
    return;
  }
  RawSplit& train = data.splits.at("train");
  if (config.has("labelled")) {
    const std::int64_t wanted = config.integer("labelled");
    const auto known =
        train.labels.size() -
        static_cast<std::size_t>(std::count(train.labels.begin(), train.labels.end(), kNoLabel));
    if (wanted > static_cast<std::int64_t>(known))
      throw DataError("data.labelled: expected at most the " + std::to_string(known) +
                          " training rows that have a label, got " + std::to_string(wanted),
                      "remove the key to use all of them");
    const auto kept = drawn_evenly(train, data.classes.size(), wanted, seed);
    for (std::size_t row = 0; row < kept.size(); ++row)
      if (!kept[row]) train.labels[row] = kNoLabel;
  }
  repeat_labelled(train, repeats - 1);
}

std::vector<Parameter> label_choices() {
  return {Parameter::integer("labelled",
                             "training rows whose label is used, as many of each class as can be; "
                             "all when not set")
              .optional()
              .at_least(1),
          seed("label_seed", "key of which these are"),
          Parameter::integer("label_repeats",
                             "how often an epoch shows each labelled training row, where few are")
              .defaults(1)
              .at_least(1)
              .at_most(100000)};
}

}  // namespace elbow::data
