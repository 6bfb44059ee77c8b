#pragma once

#include <ATen/core/grad_mode.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "elbow/data/sources/formats.h"
#include "elbow/foundations/core/error.h"
#include "elbow/runs/evaluate/encoder.h"
#include "elbow/runs/evaluate/evaluation.h"
#include "elbow/runs/evaluate/fitted_model.h"
#include "elbow/runs/evaluate/predictor.h"
#include "elbow/runs/evaluate/reconstructor.h"
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
  const MicroBatches batch(
      std::vector<Batch>{dataset.batch("train", row_range(0, dataset.size("train")), /*epoch=*/1)});
  for (int i = 0; i < steps; ++i) out.experiment.inference->step(batch, Clock{});
  out.run.facts = Json::parse(dataset.facts().dump());
  out.run.event_shape = dataset.event_shape();
  out.run.modules = out.experiment.modules;
  if (out.run.modules.model) {
    out.run.modules.model->eval();
    out.run.modules.guide->eval();
  }
  out.run.fitted = fitted_model(out.run.node(), out.run.modules);
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

/// Rows of numbers, as a format holds them: whole ones, or parts of `divisor`.
struct Rows {
  std::vector<std::string> names;
  std::vector<int> values;
  int divisor = 1;
};

template <class T>
data::Array array_of(const Rows& rows, data::Element element) {
  std::vector<T> values;
  for (const int value : rows.values)
    values.push_back(static_cast<T>(value) / static_cast<T>(rows.divisor));
  data::Array out;
  out.element = element;
  out.shape = {static_cast<std::int64_t>(rows.values.size() / rows.names.size()),
               static_cast<std::int64_t>(rows.names.size())};
  out.bytes.assign(reinterpret_cast<const unsigned char*>(values.data()),
                   reinterpret_cast<const unsigned char*>(values.data() + values.size()));
  return out;
}

/// As a text table.
inline std::string text_of(const Rows& rows, const std::string& delimiter, bool has_header) {
  std::string out;
  char number[40];
  const std::size_t width = rows.names.size();
  for (std::size_t i = 0; has_header && i < width; ++i)
    out += (i == 0 ? "" : delimiter) + rows.names[i];
  if (has_header) out += "\n";
  for (std::size_t i = 0; i < rows.values.size(); ++i) {
    std::snprintf(
        number, sizeof number, "%.17g", static_cast<double>(rows.values[i]) / rows.divisor);
    out += (i % width == 0 ? "" : delimiter) + number + (i % width == width - 1 ? "\n" : "");
  }
  return out;
}

/// What `encode`, `predict` and `reconstruct` say of examples. Empty of a density, which has no
/// latents, no response and no pictures.
inline std::vector<std::pair<std::string, Tensor>> answers_of(const TrainedRun& run,
                                                              const Tensor& x,
                                                              std::int64_t particles) {
  const at::NoGradGuard no_grad;
  std::vector<std::pair<std::string, Tensor>> out;
  if (Encoder* encoder = run.fitted->encoder()) out = encoder->encode({x});
  if (Predictor* predictor = run.fitted->predictor()) {
    const Prediction p = predictor->prepare({x.size(1) - 1, /*mass=*/0.9, run.seed, particles})(x);
    out.emplace_back("mean", p.mean);
    out.emplace_back("standard_deviation", p.standard_deviation);
    out.emplace_back("lower", p.lower);
    out.emplace_back("upper", p.upper);
    out.emplace_back("log_density", p.log_density);
  }
  if (Reconstructor* reconstructor = run.fitted->reconstructor())
    out.emplace_back("reconstruction", reconstructor->reconstruct({x}));
  return out;
}

/// By how much a response's density in the file's units falls below that in the model's.
inline double log_unit_of_response(const Json& facts) {
  if (!facts.contains("standardization")) return 0;
  return std::log(facts.at("standardization").at("standard_deviation").back().get<double>());
}

}  // namespace elbow::testing
