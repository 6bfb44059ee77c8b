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

}  // namespace

std::shared_ptr<Dataset> TrainedRun::load_input(const std::string& file,
                                                bool may_lack_response) const {
  const ConfigNode section = node().child("data");
  const ConfigNode own =
      uses_stand_in && section.has("stand_in") ? section.child("stand_in") : section;
  const data::Reading reading =
      facts.contains("reading") ? data::reading_from(facts) : reading_from_data(*this, own);
  data::RawData raw = data::load_input(own, reading, file, may_lack_response);
  data::check_values(
      raw,
      value_checks(node()).rules,
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
