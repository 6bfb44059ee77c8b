#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "cli/common/output.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/conjugate/conjugate_model.h"
#include "elbow/core/error.h"
#include "elbow/evaluate/row_file.h"

namespace elbow::cli {

namespace {

/// responsibility_0, responsibility_1, ...
std::vector<std::string> columns_of(const Encoding& encoding) {
  std::vector<std::string> out;
  for (const auto& [name, value] : encoding)
    for (std::int64_t i = 0; i < value.flatten(1).size(1); ++i)
      out.push_back(name + "_" + std::to_string(i));
  return out;
}

/// Why an encoding may hold numbers that are not defined.
std::string why_no_encoding(const TrainedRun& run) {
  return "the example overflows " + run.config.value.at("dtype").get<std::string>() +
         " in the model; look for values far beyond those of the training";
}

/// What a conjugate model says of each example: responsibilities, topic proportions, state
/// probabilities.
int encode_in_closed_form(const CommandLine& line, const TrainedRun& run) {
  const auto dataset = run.load_input(line.text("input"));
  const std::int64_t size = dataset->size("input"), batch = line.integer("batch-size", 512, 1);
  const std::string path = line.text("output");
  const at::NoGradGuard no_grad;
  const auto encode = [&](std::int64_t begin, std::int64_t end) {
    return run.modules.conjugate->encode(
        dataset->batch("input", row_range(begin, end), /*epoch=*/0).x, run.modules.globals());
  };
  const std::vector<std::string> columns = columns_of(encode(0, std::min<std::int64_t>(1, size)));
  if (columns.empty())
    throw UsageError(run.directory.path() + ": the model has nothing local to encode",
                     "elbow predict and elbow eval work on it");
  if (line.has("dry-run")) {
    print("would encode " + std::to_string(size) + " examples into " + path +
          "; nothing was written\n");
    return kDone;
  }
  RowFile file(path, size, columns);
  for (std::int64_t begin = 0; begin < size; begin += batch) {
    std::vector<Tensor> values;
    for (const auto& item : encode(begin, std::min(size, begin + batch)))
      values.push_back(item.second.flatten(1));
    const Tensor rows = at::cat(values, 1);
    file.append(rows.masked_fill(rows.isinf(), std::numeric_limits<double>::quiet_NaN()));
  }
  file.commit(why_no_encoding(run));
  line.has("json")
      ? print_event("written", {{"file", path}, {"examples", size}, {"columns", columns}})
      : print(path + ": " + std::to_string(size) + " x " + std::to_string(columns.size()) + " (" +
              columns.front() + " to " + columns.back() + ")\n");
  return kDone;
}

std::vector<std::string> unit_columns(const std::vector<std::string>& names, std::int64_t units) {
  std::vector<std::string> out;
  for (const std::string& name : names)
    for (std::int64_t unit = 0; unit < units; ++unit)
      out.push_back(name + "_" + std::to_string(unit));
  return out;
}

}  // namespace

int verb_encode(const CommandLine& line) {
  TrainedRun run = open_run(line);
  if (run.modules.is_conjugate()) return encode_in_closed_form(line, run);
  need_decoder(run);
  const auto dataset = run.load_input(line.text("input"));
  const std::int64_t size = dataset->size("input"), batch = line.integer("batch-size", 512, 1);
  const std::vector<SiteSpec> sites = run.modules.model->sites();
  const std::int64_t units = num_latents(sites);
  const std::string path = line.text("output");
  if (line.has("dry-run")) {
    print("would encode " + std::to_string(size) + " examples into " + path +
          "; nothing was written\n");
    return kDone;
  }
  const c10::InferenceMode inference;
  std::vector<std::string> names;
  std::unique_ptr<RowFile> file;
  for (std::int64_t begin = 0; begin < size; begin += batch) {
    const auto q = only_distribution(
        *run.modules.guide->condition(dataset->batch(
            "input", row_range(begin, std::min(size, begin + batch)), /*epoch=*/0)),
        sites);
    names.clear();
    std::vector<Tensor> told;
    for (const auto& [name, value] : q->summary()) {
      names.push_back(name);
      told.push_back(value.masked_fill(value.isfinite().logical_not(),
                                       std::numeric_limits<double>::quiet_NaN()));
    }
    if (!file) file = std::make_unique<RowFile>(path, size, unit_columns(names, units));
    // [B, 2, L]: mean, then scale. As a table: mean_0 … mean_{L-1}, scale_0 …
    file->append(at::stack(told, 1));
  }
  file->commit(why_no_encoding(run));
  const std::string shown = names.size() == 2 ? names[0] + ", " + names[1] : names.front();
  line.has("json")
      ? print_event("written", {{"file", path}, {"examples", size}, {"latent_size", units}})
      : print(path + ": " + std::to_string(size) + " x (" + shown + ") x " + std::to_string(units) +
              "\n");
  return kDone;
}

}  // namespace elbow::cli
