// A user's own examples, read as the training data were.
#include "elbow/data/sources/input.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/inference/methods/value_checks.h"
#include "elbow/runs/evaluate/trained_run.h"

namespace elbow {

namespace {

/// Runs of older versions did not keep how they read their data: the data themselves say it, where
/// they are still those of the training.
data::Reading reading_from_data(const TrainedRun& run, const ConfigNode& section) {
  try {
    const auto dataset = run.load_data();
    if (!run.facts.contains("fingerprint") || run.facts["fingerprint"] == dataset->fingerprint())
      return data::reading_of(dataset->raw());
  } catch (const DataError&) {
    // Said below: a file can be read without them.
  }
  log::warning(
      run.directory.path() +
      ": this run is of a version that did not keep how it read its data, and the data are "
      "not there as they were: columns go by position, and bytes are taken as grey levels "
      "between 0 and 1 for images");
  data::Reading out = data::reading_from(run.facts);
  for (const ComponentInfo& info : data::data_components())
    if (const auto* set = info.find_traits<DataTraits>();
        info.name == section.type() && set->event == EventKind::image)
      out.bytes = set->values == DataValues::binary ? data::Bytes::bits : data::Bytes::grey;
  return out;
}

/// The section of what the run was trained on.
ConfigNode section_of(const TrainedRun& run) {
  const ConfigNode section = run.node().child("data");
  return run.uses_stand_in && section.has("stand_in") ? section.child("stand_in") : section;
}

data::Reading reading_of_run(const TrainedRun& run, const ConfigNode& section) {
  return run.facts.contains("reading") ? data::reading_from(run.facts)
                                       : reading_from_data(run, section);
}

/// A configuration that leaves the numbers of its data as they are.
Json without_standardizing(Json value) {
  value["dtype"] = "float64";
  Json* section = &value.at("data");
  while (section != nullptr && section->is_object()) {
    if (section->contains("standardize")) (*section)["standardize"] = false;
    section = section->contains("stand_in") ? &section->at("stand_in") : nullptr;
  }
  return value;
}

}  // namespace

std::shared_ptr<Dataset> TrainedRun::load_as_in_file(const std::string& file) const {
  if (file.empty()) {
    const Json as_it_is = without_standardizing(config.value);
    return load_dataset(ConfigNode(as_it_is), uses_stand_in, at::kCPU);
  }
  const ConfigNode own = section_of(*this);
  data::Reading reading = reading_of_run(*this, own);
  reading.mean.clear();
  reading.deviation.clear();
  const std::string binarize = own.has("binarize") ? own.text("binarize") : "none";
  return std::make_shared<Dataset>(
      data::load_input(own, reading, file, /*may_lack_response=*/false),
      binarize,
      static_cast<std::uint64_t>(node().integer("seed")),
      at::kCPU,
      at::kDouble);
}

std::shared_ptr<Dataset> TrainedRun::load_input(const std::string& file,
                                                bool may_lack_response) const {
  const ConfigNode own = section_of(*this);
  const data::Reading reading = reading_of_run(*this, own);
  data::RawData raw = data::load_input(own, reading, file, may_lack_response);
  data::check_values(
      raw,
      value_checks(node(), event_shape).rules,
      "the model of this run scores such values only; correct the file, or leave the "
      "row out");
  for (const auto& warning : raw.warnings) log::warning(warning);
  const std::string binarize = own.has("binarize") ? own.text("binarize") : "none";
  // The seed of the configuration, as for its splits: --seed is of the evaluation's draws.
  const auto data_seed = static_cast<std::uint64_t>(node().integer("seed"));
  auto out =
      std::make_shared<Dataset>(std::move(raw), binarize, data_seed, device, dtype_of(node()));
  if (modules.model) check_conditions(modules.model->conditions(), *out);
  return out;
}

}  // namespace elbow
