#include "elbow/runs/train/run_recorder.h"

#include <cstdio>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/film.h"
#include "elbow/foundations/observe/log.h"

namespace elbow {

namespace {

std::string tag_of(const std::string& split, const std::string& key) {
  if (key == "learning_rate" || key == "grad_norm" || key == "beta") return "optimizer/" + key;
  if (key == "examples_per_second") return "system/" + key;
  return split + "/" + key;
}

void flatten(const Json& value,
             const std::string& path,
             std::vector<std::pair<std::string, std::string>>& out) {
  if (value.is_object()) {
    for (const auto& [key, child] : value.items())
      flatten(child, path.empty() ? key : path + "." + key, out);
  } else {
    out.emplace_back(path, value.is_string() ? value.get<std::string>() : value.dump());
  }
}

std::string step_name(std::int64_t step) {
  char text[32];
  std::snprintf(text, sizeof text, "%08lld", static_cast<long long>(step));
  return text;
}

}  // namespace

RunRecorder::RunRecorder(RunDirectory run,
                         const Options& options,
                         std::int64_t metrics_bytes,
                         std::int64_t first_step)
    : run_(std::move(run)),
      options_(options),
      metrics_(std::make_unique<MetricsWriter>(run_.metrics(), metrics_bytes)),
      tensorboard_(std::make_unique<TensorBoardWriter>(run_.tensorboard(), first_step)),
      progress_(options.terminal, options.show_progress && !options.is_json, options.is_quiet),
      run_json_(run_.read_run_json()) {}

void RunRecorder::record(const Json& record) {
  metrics_->write(record);
  const std::string split = record.at("split").get<std::string>();
  std::vector<std::pair<std::string, double>> scalars;
  for (const auto& [key, value] : record.items()) {
    if (!value.is_number() || key == "step" || key == "epoch" || key == "seconds") continue;
    scalars.emplace_back(tag_of(split, key), value.get<double>());
  }
  tensorboard_->scalars(record.at("step").get<std::int64_t>(), scalars);
  if (options_.is_json && options_.print_record) options_.print_record(record);
}

void RunRecorder::pictures(std::int64_t step, const std::vector<NamedPicture>& pictures) {
  for (const auto& picture : pictures) {
    try {
      io::make_directories(run_.images());
      io::write_file(run_.images() + "/" + picture.name + "-step-" + step_name(step) + ".png",
                     picture.png,
                     /*durable=*/false);
      if (picture.is_frame) renew_film(run_.images(), picture.name);
    } catch (const Error& error) {
      log::warning(error.what());
    }
    tensorboard_->image(step, picture.name, picture.png, picture.width, picture.height);
  }
}

void RunRecorder::hyperparameters(std::int64_t step, const Json& config) {
  std::vector<std::pair<std::string, std::string>> values;
  flatten(config, "", values);
  tensorboard_->hyperparameters(step, values);
}

void RunRecorder::line(const std::string& text) {
  progress_.clear();
  log::info(text);
}

void RunRecorder::flush() {
  metrics_->flush();
  tensorboard_->flush();
}

void RunRecorder::restart(std::int64_t metrics_bytes, std::int64_t first_step) {
  metrics_.reset();
  metrics_ = std::make_unique<MetricsWriter>(run_.metrics(), metrics_bytes);
  tensorboard_ = std::make_unique<TensorBoardWriter>(run_.tensorboard(), first_step);
}

void RunRecorder::update_run(const Json& changes) {
  run_json_.update(changes);
  run_json_["warnings"] = log::num_warnings();
  const std::int64_t failures = metrics_->failures() + tensorboard_->failures();
  if (failures > 0) run_json_["failed_log_writes"] = failures;
  run_.write_run_json(run_json_);
}

}  // namespace elbow
