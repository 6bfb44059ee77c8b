#include "classification.h"

#include <ATen/TensorOperators.h>
#include <c10/core/InferenceMode.h>

#include <cmath>
#include <map>

#include "elbow/foundations/core/assignment.h"

namespace elbow {
namespace {

/// How many examples of each label have each value as the most probable one.
using Counts = std::vector<std::vector<double>>;

bool chooses_a_class(const SiteSpec& site) {
  return site.num_classes > 0 && num_elements(site.event_shape) == site.num_classes;
}

void count(const Tensor& values, const Tensor& labels, Counts& out) {
  const Tensor on_cpu = values.cpu(), known = labels.cpu();
  const std::int64_t* value = on_cpu.const_data_ptr<std::int64_t>();
  const std::int64_t* label = known.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < known.size(0); ++i)
    if (label[i] >= 0)
      ++out[static_cast<std::size_t>(value[i])][static_cast<std::size_t>(label[i])];
}

Json share(double hits, double examples) {
  const double value = hits / examples;
  return {{"value", value},
          {"standard_error", std::sqrt(value * (1 - value) / examples)},
          {"examples", static_cast<std::int64_t>(examples)}};
}

double total_of(const Counts& counts) {
  double out = 0;
  for (const auto& row : counts)
    for (const double n : row) out += n;
  return out;
}

double hits_of(const Counts& counts, bool is_label) {
  double out = 0;
  const auto assigned = best_assignment(counts);
  for (std::size_t value = 0; value < counts.size(); ++value) {
    const std::int64_t label = is_label ? static_cast<std::int64_t>(value) : assigned[value];
    if (label >= 0) out += counts[value][static_cast<std::size_t>(label)];
  }
  return out;
}

}  // namespace

Json classification(const GenerativeModel& model,
                    Guide& guide,
                    const Dataset& dataset,
                    const std::string& split,
                    const std::vector<std::int64_t>& rows,
                    std::int64_t batch_size) {
  const c10::InferenceMode inference;
  const std::size_t num_labels = dataset.classes().size();
  Json out = Json::object();
  std::map<std::string, Counts> counts;
  for (const SiteSpec& site : model.sites())
    if (chooses_a_class(site))
      counts[site.name] =
          Counts(static_cast<std::size_t>(site.num_classes), std::vector<double>(num_labels, 0));
  if (num_labels == 0 || counts.empty()) return out;
  const auto step = static_cast<std::size_t>(batch_size);
  for (std::size_t begin = 0; begin < rows.size(); begin += step) {
    const std::size_t end = std::min(rows.size(), begin + step);
    const Batch batch = dataset.batch(split, {rows.data() + begin, rows.data() + end}, /*epoch=*/0);
    const Trace located = locations(*guide.condition(batch), model.sites());
    for (auto& [name, table] : counts)
      if (const Site* site = located.find(name))
        count(site->value().argmax(-1), batch.labels, table);
  }
  for (const SiteSpec& site : model.sites()) {
    const auto found = counts.find(site.name);
    if (found == counts.end() || total_of(found->second) == 0) continue;
    const Json entry = share(hits_of(found->second, site.is_label), total_of(found->second));
    if (site.is_label)
      out["accuracy"] = entry;
    else
      out["cluster_accuracy"][site.name] = entry;
  }
  return out;
}

}  // namespace elbow
