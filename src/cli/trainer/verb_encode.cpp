#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "cli/common/output.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/conjugate/conjugate_model.h"
#include "elbow/core/error.h"

namespace elbow::cli {

namespace {

/// What a conjugate model says of each example: responsibilities, topic proportions, state
/// probabilities.
int encode_in_closed_form(const CommandLine& line, const TrainedRun& run) {
  const auto dataset = run.load_input(line.text("input"));
  const std::int64_t size = dataset->size("input"), batch = line.integer("batch-size", 512, 1);
  const std::string path = line.text("output");
  const at::NoGradGuard no_grad;
  std::vector<Tensor> parts;
  std::vector<std::string> columns;
  for (std::int64_t begin = 0; begin < size; begin += batch) {
    const Encoding encoding = run.modules.conjugate->encode(
        dataset->batch("input", row_range(begin, std::min(size, begin + batch)), /*epoch=*/0),
        run.modules.globals());
    if (encoding.empty())
      throw UsageError(run.directory.path() + ": the model has nothing local to encode",
                       "elbow predict and elbow eval work on it");
    std::vector<Tensor> values;
    for (const auto& [name, value] : encoding) {
      values.push_back(value.flatten(1));
      for (std::int64_t i = 0; begin == 0 && i < values.back().size(1); ++i)
        columns.push_back(name + "_" + std::to_string(i));
    }
    parts.push_back(at::cat(values, 1));
  }
  if (line.has("dry-run")) {
    print("would encode " + std::to_string(size) + " examples into " + path +
          "; nothing was written\n");
    return kDone;
  }
  write_values(path, at::cat(parts), columns);
  line.has("json")
      ? print_event("written", {{"file", path}, {"examples", size}, {"columns", columns}})
      : print(path + ": " + std::to_string(size) + " x " + std::to_string(columns.size()) + " (" +
              columns.front() + " to " + columns.back() + ")\n");
  return kDone;
}

}  // namespace

int verb_encode(const CommandLine& line) {
  TrainedRun run = open_run(line);
  if (run.modules.is_conjugate()) return encode_in_closed_form(line, run);
  need_decoder(run);
  const auto dataset = run.load_input(line.text("input"));
  const std::int64_t size = dataset->size("input"), batch = line.integer("batch-size", 512, 1);
  const std::int64_t units = run.modules.model->latent_size();
  const std::string path = line.text("output");
  if (line.has("dry-run")) {
    print("would encode " + std::to_string(size) + " examples into " + path +
          "; nothing was written\n");
    return kDone;
  }
  const c10::InferenceMode inference;
  std::vector<Tensor> parts;
  std::vector<std::string> names;
  for (std::int64_t begin = 0; begin < size; begin += batch) {
    const auto q = run.modules.guide->posterior(
        dataset->batch("input", row_range(begin, std::min(size, begin + batch)), /*epoch=*/0));
    names.clear();
    std::vector<Tensor> told;
    for (const auto& [name, value] : q->summary()) {
      names.push_back(name);
      told.push_back(value);
    }
    parts.push_back(at::stack(told, 1).to(at::kCPU));
  }
  // [N, 2, L]: mean, then scale. As a table: mean_0 … mean_{L-1}, scale_0 …
  const Tensor encoded = at::cat(parts);
  std::vector<std::string> columns;
  for (const std::string& name : names)
    for (std::int64_t unit = 0; unit < units; ++unit)
      columns.push_back(name + "_" + std::to_string(unit));
  write_values(path, encoded, columns);
  const std::string shown = names.size() == 2 ? names[0] + ", " + names[1] : names.front();
  line.has("json")
      ? print_event("written", {{"file", path}, {"examples", size}, {"latent_size", units}})
      : print(path + ": " + std::to_string(size) + " x (" + shown + ") x " + std::to_string(units) +
              "\n");
  return kDone;
}

}  // namespace elbow::cli
