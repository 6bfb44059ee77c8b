#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <limits>

#include "cli/common/output.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/foundations/core/error.h"
#include "elbow/runs/evaluate/encoder.h"
#include "elbow/runs/evaluate/row_file.h"
#include "elbow/runs/evaluate/run_capabilities.h"

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

/// One row for each example: all parts side by side or, of latent units, [parts, L].
Tensor rows_of(const Encoding& encoding, bool has_units) {
  std::vector<Tensor> told;
  for (const auto& item : encoding) {
    const Tensor& value = has_units ? item.second : item.second.flatten(1);
    told.push_back(value.masked_fill(value.isfinite().logical_not(),
                                     std::numeric_limits<double>::quiet_NaN()));
  }
  // As a table: mean_0 ... mean_{L-1}, scale_0 ...
  return has_units ? at::stack(told, 1) : at::cat(told, 1);
}

int tell(const CommandLine& line, std::int64_t size, const Encoding& encoding, std::int64_t units) {
  const std::string path = line.text("output");
  if (units == 0) {
    const std::vector<std::string> columns = columns_of(encoding);
    line.has("json")
        ? print_event("written", {{"file", path}, {"examples", size}, {"columns", columns}})
        : print(path + ": " + std::to_string(size) + " x " + std::to_string(columns.size()) + " (" +
                columns.front() + " to " + columns.back() + ")\n");
    return kDone;
  }
  const std::string shown =
      encoding.size() == 2 ? encoding[0].first + ", " + encoding[1].first : encoding.front().first;
  line.has("json")
      ? print_event("written", {{"file", path}, {"examples", size}, {"latent_size", units}})
      : print(path + ": " + std::to_string(size) + " x (" + shown + ") x " + std::to_string(units) +
              "\n");
  return kDone;
}

}  // namespace

int verb_encode(const CommandLine& line) {
  TrainedRun run = open_run(line);
  Encoder& encoder = encoder_of(run);
  const auto dataset = run.load_input(line.text("input"));
  const std::int64_t size = dataset->size("input"), batch = line.integer("batch-size", 512, 1);
  const std::string path = line.text("output");
  const at::NoGradGuard no_grad;
  const auto encode = [&](std::int64_t begin, std::int64_t end) {
    return encoder.encode(dataset->batch("input", row_range(begin, end), /*epoch=*/0));
  };
  const Encoding first = encode(0, std::min<std::int64_t>(1, size));
  if (first.empty())
    throw UsageError(run.directory.path() + ": the model has nothing local to encode",
                     "elbow predict and elbow eval work on it");
  if (line.has("dry-run")) {
    print("would encode " + std::to_string(size) + " examples into " + path +
          "; nothing was written\n");
    return kDone;
  }
  const std::int64_t units = encoder.num_units();
  RowFile file(path, size, columns_of(first));
  for (std::int64_t begin = 0; begin < size; begin += batch)
    file.append(rows_of(encode(begin, std::min(size, begin + batch)), units > 0));
  file.commit(why_no_encoding(run));
  return tell(line, size, first, units);
}

}  // namespace elbow::cli
