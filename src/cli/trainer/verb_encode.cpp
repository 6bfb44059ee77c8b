#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "cli/common/output.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/core/error.h"

namespace elbow::cli {

int verb_encode(const CommandLine& line) {
  TrainedRun run = open_run(line);
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
    names = q->has_moments() ? std::vector<std::string>{"mean", "scale"}
                             : std::vector<std::string>{"location"};
    parts.push_back((q->has_moments() ? at::stack({q->mean(), q->variance().sqrt()}, 1)
                                      : q->location().unsqueeze(1))
                        .to(at::kCPU));
  }
  // [N, 2, L]: mean, then scale. As a table: mean_0 … mean_{L-1}, scale_0 …
  const Tensor encoded = at::cat(parts);
  std::vector<std::string> columns;
  for (const std::string& name : names)
    for (std::int64_t unit = 0; unit < units; ++unit)
      columns.push_back(name + "_" + std::to_string(unit));
  write_values(path, encoded, columns);
  const std::string shown = names.size() == 2 ? "mean, scale" : names.front();
  line.has("json")
      ? print_event("written", {{"file", path}, {"examples", size}, {"latent_size", units}})
      : print(path + ": " + std::to_string(size) + " x (" + shown + ") x " + std::to_string(units) +
              "\n");
  return kDone;
}

}  // namespace elbow::cli
