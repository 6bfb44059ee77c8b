#include <ATen/ops/cat.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "cli/common/output.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/core/error.h"

namespace elbow::cli {

int verb_encode(const CommandLine& line) {
  TrainedRun run = open_run(line);
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
  std::vector<Tensor> means, scales;
  for (std::int64_t begin = 0; begin < size; begin += batch) {
    const auto q = run.modules.guide->posterior(
        dataset->batch("input", row_range(begin, std::min(size, begin + batch)), /*epoch=*/0));
    means.push_back(q->mean().to(at::kCPU));
    scales.push_back(q->variance().sqrt().to(at::kCPU));
  }
  // [N, 2, L]: mean, then scale. As a table: mean_0 … mean_{L-1}, scale_0 …
  const Tensor encoded = at::cat({at::cat(means).unsqueeze(1), at::cat(scales).unsqueeze(1)}, 1);
  std::vector<std::string> columns;
  for (const char* name : {"mean_", "scale_"})
    for (std::int64_t unit = 0; unit < units; ++unit)
      columns.push_back(name + std::to_string(unit));
  write_values(path, encoded, columns);
  line.has("json")
      ? print_event("written", {{"file", path}, {"examples", size}, {"latent_size", units}})
      : print(path + ": " + std::to_string(size) + " x (mean, scale) x " + std::to_string(units) +
              "\n");
  return kDone;
}

}  // namespace elbow::cli
