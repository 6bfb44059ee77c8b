// sample, reconstruct, traverse: pictures of what a run has learned.
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "cli/common/output.h"
#include "cli/trainer/posterior_output.h"
#include "cli/trainer/sample_condition.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/permutation.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/foundations/core/shape.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/report.h"
#include "elbow/models/generative/generative_model.h"
#include "elbow/runs/evaluate/pictures.h"
#include "elbow/runs/evaluate/reconstructor.h"
#include "elbow/runs/evaluate/row_file.h"
#include "elbow/runs/evaluate/run_capabilities.h"
#include "elbow/runs/evaluate/sampler.h"
#include "elbow/runs/evaluate/traverser.h"

namespace elbow::cli {

namespace {

constexpr int kColumns = 8;
/// More than a picture has room for, and few enough that nothing overflows.
constexpr std::int64_t kMostColumns = 1 << 20;

bool is_png(const std::string& path) {
  return path.size() > 4 && path.compare(path.size() - 4, 4, ".png") == 0;
}

void need_picture(const TrainedRun& run) {
  if (picture_shape(run.event_shape).empty())
    throw UsageError(
        run.directory.path() + ": its data are not images, so there is no picture to make",
        "elbow sample -o draws.csv writes draws as a table; elbow encode writes latents");
}

std::string output_path(const CommandLine& line, const TrainedRun& run, const std::string& name) {
  if (line.has("output")) return line.text("output");
  io::make_directories(run.directory.images());
  return run.directory.images() + "/" + name + ".png";
}

int finish(const CommandLine& line, const std::string& path) {
  line.has("json") ? print_event("written", {{"file", path}}) : print(path + "\n");
  return kDone;
}

int write_grid(const CommandLine& line,
               const TrainedRun& run,
               const Tensor& events,
               const std::string& path,
               int columns) {
  if (!is_png(path))
    throw UsageError("--output: expected a name that ends in .png, got '" + path + "'");
  io::write_file(path, encode_png(tensor_grid(events, run.event_shape, columns)));
  const std::string shown = run.directory.images() + "/";
  if (path.compare(0, shown.size(), shown) == 0) renew_report(run.directory.path());
  return finish(line, path);
}

std::vector<std::int64_t> keyed_rows(std::uint64_t seed, std::int64_t count, std::int64_t size) {
  const Permutation order(derive_key(seed, Purpose::reconstruct), 0, size);
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < std::min(count, size); ++i) rows.push_back(order(i));
  return rows;
}

bool dry(const CommandLine& line, const std::string& path) {
  if (line.has("dry-run")) print("would write " + path + "; nothing was written\n");
  return line.has("dry-run");
}

}  // namespace

namespace {

/// Draws in the units of the data file, as many as the disk takes.
int write_rows(const CommandLine& line,
               const TrainedRun& run,
               const std::string& path,
               std::int64_t count,
               SampleOptions options) {
  const DataUnits units = run.units();
  Sampler& sampler = sampler_of(run);
  RowFile file(path, count, sampler.columns(run.columns()));
  options.width = num_elements(run.event_shape);
  sampler.each_sample(
      count, options, [&](const Tensor& part) { file.append(units.in_file(part)); });
  file.commit();
  return finish(line, path);
}

}  // namespace

int verb_sample(const CommandLine& line) {
  TrainedRun run = open_run(line);
  if (line.has("posterior")) return sample_posterior(line, run);
  if (line.has("resampled"))
    throw UsageError("sample: --resampled would do nothing without --posterior",
                     "add --posterior, or leave it out");
  const std::string path =
      line.has("output") ? line.text("output") : run.directory.images() + "/samples.png";
  const std::int64_t count = line.integer("count", 64, 1);
  if (is_png(path)) {
    need_picture(run);
    check_grid(count, run.event_shape, kColumns);
  }
  SampleOptions options{line.has("mean"), run.seed};
  if (line.has("condition")) read_condition(line.text("condition"), run, options);
  if (dry(line, path)) return kDone;
  if (!line.has("output")) io::make_directories(run.directory.images());
  if (!is_png(path)) return write_rows(line, run, path, count, options);
  const Tensor x = draw_samples(sampler_of(run), count, options);
  return write_grid(line, run, x, path, kColumns);
}

int verb_reconstruct(const CommandLine& line) {
  TrainedRun run = open_run(line);
  Reconstructor& reconstructor = reconstructor_of(run);
  need_picture(run);
  const bool own_file = line.has("input");
  const std::string split = own_file ? "input" : line.text("split", "test");
  const auto dataset = own_file ? run.load_input(line.text("input")) : run.load_data();
  if (!dataset->has(split)) throw UsageError("--split: this data set has no split '" + split + "'");
  const std::string path = output_path(line, run, "reconstructions");
  const auto rows = keyed_rows(run.seed, line.integer("count", 32, 1), dataset->size(split));
  check_grid(2 * static_cast<std::int64_t>(rows.size()), run.event_shape, kColumns);
  if (dry(line, path)) return kDone;
  const Batch batch = dataset->batch(split, rows, /*epoch=*/0);
  return write_grid(line,
                    run,
                    interleave_rows(batch.x, reconstructor.reconstruct(batch), kColumns),
                    path,
                    kColumns);
}

int verb_traverse(const CommandLine& line) {
  TrainedRun run = open_run(line);
  Traverser& traverser = traverser_of(run);
  need_picture(run);
  const std::string path = output_path(line, run, "traversals");
  if (dry(line, path)) return kDone;
  const auto dataset = run.load_data();
  const std::string split = dataset->has("test") ? "test" : "train";
  const c10::InferenceMode inference;
  const Batch batch =
      dataset->batch(split, keyed_rows(run.seed, 500, dataset->size(split)), /*epoch=*/0);
  const Tensor mean = traverser.locations(batch);
  // Most active first: the units whose posterior mean varies most over examples.
  const Tensor order = mean.var(0).argsort(/*dim=*/-1, /*descending=*/true).to(at::kCPU);
  std::vector<std::int64_t> units;
  const std::int64_t count = std::min<std::int64_t>(line.integer("dims", 10, 1), order.numel());
  for (std::int64_t i = 0; i < count; ++i) units.push_back(order[i].item<std::int64_t>());
  const std::int64_t wide = line.integer("steps", 11, 2);
  const std::int64_t columns = std::min(wide, kMostColumns);
  check_grid(columns * count, run.event_shape, static_cast<int>(columns));
  const int steps = static_cast<int>(wide);
  const double range = line.has("range") ? std::stod(line.text("range")) : 3.0;
  const Tensor grid =
      traverser.traverse(at::zeros({mean.size(1)}, mean.options()), units, steps, range);
  return write_grid(line, run, grid, path, steps);
}

}  // namespace elbow::cli
