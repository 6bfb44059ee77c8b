#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "elbow/core/error.h"
#include "elbow/data/formats.h"
#include "elbow/evaluate/evaluation.h"
#include "support/tiny_experiment.h"

namespace elbow::testing {

/// A run as `load_run` rebuilds it, but from memory.
struct Fitted {
  Experiment experiment;
  TrainedRun run;
};

inline Fitted run_of(const std::string& text, int steps = 0, const std::string& dtype = "float64") {
  Fitted out;
  out.run.config =
      load_config_text("{name: r, device: cpu, threads: 1, dtype: " + dtype + ", " + text + "}",
                       "r.yaml",
                       {},
                       full_schema());
  out.experiment =
      build_experiment(ConfigNode(out.run.config.value), /*use_stand_in=*/false, at::kCPU);
  const Dataset& dataset = *out.experiment.dataset;
  std::vector<Batch> pieces(1);
  pieces[0].rows = row_range(0, dataset.size("train"));
  pieces[0].x = dataset.batch("train", pieces[0].rows, /*epoch=*/1);
  for (int i = 0; i < steps; ++i) out.experiment.inference->step(pieces, Clock{});
  out.run.facts = Json::parse(dataset.facts().dump());
  out.run.event_shape = dataset.event_shape();
  out.run.modules = out.experiment.modules;
  if (!out.run.modules.is_conjugate()) {
    out.run.modules.model->eval();
    out.run.modules.guide->eval();
  }
  return out;
}

inline std::string data_error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const DataError& error) {
    return std::string(error.what()) + " | " + error.help();
  }
  return "";
}

/// Twelve rows of whole numbers, as a format holds them.
struct Rows {
  std::vector<std::string> names;
  std::vector<int> values;
};

template <class T>
data::Array array_of(const Rows& rows, data::Element element) {
  const std::vector<T> values(rows.values.begin(), rows.values.end());
  data::Array out;
  out.element = element;
  out.shape = {static_cast<std::int64_t>(rows.values.size() / rows.names.size()),
               static_cast<std::int64_t>(rows.names.size())};
  out.bytes.assign(reinterpret_cast<const unsigned char*>(values.data()),
                   reinterpret_cast<const unsigned char*>(values.data() + values.size()));
  return out;
}

}  // namespace elbow::testing
