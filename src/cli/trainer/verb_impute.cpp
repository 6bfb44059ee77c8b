#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <set>

#include "cli/common/output.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/runs/evaluate/evaluation.h"
#include "elbow/runs/evaluate/imputer.h"
#include "elbow/runs/evaluate/likelihood_traits_of.h"
#include "elbow/runs/evaluate/row_file.h"
#include "elbow/runs/evaluate/run_capabilities.h"

namespace elbow::cli {

namespace {

constexpr std::int64_t kImputedAtOnce = 256;
/// Fewer effective samples than this leave a mean with a third of its spread as error.
constexpr double kFewSamples = 10;

/// Whose gaps are filled: the numbers as the model is shown them, and as they stand in the file.
struct Table {
  std::shared_ptr<Dataset> shown, in_file;
  std::string split;

  std::int64_t size() const { return shown->size(split); }
  Batch rows(std::int64_t begin, std::int64_t end) const {
    return shown->batch(split, row_range(begin, end), /*epoch=*/0);
  }
  /// [end - begin, M] float64
  Tensor numbers(std::int64_t begin, std::int64_t end) const {
    return in_file->batch(split, row_range(begin, end), /*epoch=*/0).x.flatten(1);
  }
};

/// Where a table has gaps.
struct Gaps {
  std::int64_t cells = 0, rows = 0, empty_rows = 0;
  std::vector<std::int64_t> columns = {};  ///< those with a gap
};

Table table_of(const CommandLine& line, const TrainedRun& run) {
  const std::string input = line.text("input");
  if (!input.empty()) return {run.load_input(input), run.load_as_in_file(input), "input"};
  Table out{run.load_data(), run.load_as_in_file(""), line.text("split", "test")};
  need_split(*out.shown, out.split);
  return out;
}

Tensor hidden_of(const Batch& batch) { return batch.seen.cpu().flatten(1).logical_not(); }

Gaps gaps_of(const Table& table) {
  Gaps out;
  Tensor of_columns;
  for (std::int64_t begin = 0; begin < table.size(); begin += kImputedAtOnce) {
    const Tensor hidden =
        hidden_of(table.rows(begin, std::min(table.size(), begin + kImputedAtOnce)));
    out.cells += hidden.sum().item<std::int64_t>();
    out.rows += hidden.any(1).sum().item<std::int64_t>();
    out.empty_rows += hidden.all(1).sum().item<std::int64_t>();
    of_columns = of_columns.defined() ? of_columns | hidden.any(0) : hidden.any(0);
  }
  for (std::int64_t d = 0; d < of_columns.size(0); ++d)
    if (of_columns[d].item<bool>()) out.columns.push_back(d);
  return out;
}

bool scores_classes(const TrainedRun& run) {
  const auto* traits = likelihood_traits_of(run.node());
  return traits != nullptr && traits->support == SupportKind::integer;
}

ImputationOptions imputation_of(const CommandLine& line, const TrainedRun& run) {
  ImputationOptions out;
  out.num_samples = line.integer("samples", out.num_samples, 1);
  out.num_draws = line.integer("draws", 0, 1);
  out.mass = line.number("mass", out.mass);
  out.seed = run.seed;
  out.are_classes = scores_classes(run);
  if (line.has("mass") && line.has("draws"))
    throw UsageError("--mass: draws have no interval, whose mass it is", "remove it, or --draws");
  if (!(out.mass > 0 && out.mass < 1))
    throw UsageError("--mass: expected a number above 0 and below 1, got " + line.text("mass"));
  return out;
}

std::vector<std::string> columns_of(const TrainedRun& run,
                                    const Gaps& gaps,
                                    const ImputationOptions& options) {
  const std::vector<std::string> names = run.columns();
  std::vector<std::string> out;
  if (options.num_draws > 0) out = {"row", "imputation"};
  out.insert(out.end(), names.begin(), names.end());
  if (options.num_draws > 0) return out;
  const std::vector<std::string> parts = options.are_classes
                                             ? std::vector<std::string>{".probability"}
                                             : std::vector<std::string>{".sd", ".lower", ".upper"};
  for (const std::int64_t column : gaps.columns)
    for (const std::string& part : parts)
      out.push_back(names.at(static_cast<std::size_t>(column)) + part);
  return out;
}

/// A table with two columns of one name is one that nobody can read.
void refuse_double_names(const std::vector<std::string>& columns) {
  std::set<std::string> known;
  for (const std::string& name : columns)
    if (!known.insert(name).second)
      throw UsageError("--output: the table would have two columns '" + name +
                           "', one of the data and one that impute adds",
                       "rename the column of the data and train again, or write .npy");
}

/// In the file's units. A spread has no origin.
Imputation as_in_file(Imputation out, const DataUnits& units) {
  for (Tensor* part : {&out.value, &out.lower, &out.upper, &out.draws})
    if (part->defined()) *part = units.in_file(*part);
  out.standard_deviation =
      units.in_file(out.standard_deviation) - units.in_file(at::zeros_like(out.standard_deviation));
  return out;
}

/// Fills the rows of one part of the table.
class Filling {
 public:
  Filling(const Gaps& gaps, const ImputationOptions& options) : gaps_(gaps), options_(options) {}

  /// @param known [B, M] the numbers of the file, anything where they are hidden
  /// @param found of the rows at these places
  Tensor rows(const Tensor& known,
              const Tensor& hidden,
              const Tensor& places,
              const Imputation& found) const {
    const auto put = [&](const Tensor& at_observed, const Tensor& values) {
      if (places.size(0) == 0) return at_observed;
      const Tensor all = at_observed.index_copy(0, places, values);
      return at::where(hidden, all, at_observed);
    };
    if (options_.num_draws > 0) return draws(known, hidden, places, found.draws);
    std::vector<Tensor> out{put(known, found.value)}, extra;
    const Tensor nought = at::zeros_like(known);
    if (options_.are_classes)
      extra = {put(nought + 1, found.probability)};
    else
      extra = {
          put(nought, found.standard_deviation), put(known, found.lower), put(known, found.upper)};
    for (const std::int64_t column : gaps_.columns)
      for (const Tensor& part : extra) out.push_back(part.narrow(1, column, 1));
    return at::cat(out, 1);
  }

  /// @param first the number of the first row
  Tensor numbered(const Tensor& rows, std::int64_t first) const {
    if (options_.num_draws == 0) return rows;
    const std::int64_t n = options_.num_draws, count = rows.size(0) / n;
    const Tensor row = at::arange(first, first + count, at::TensorOptions(at::kDouble)),
                 imputation = at::arange(1, n + 1, at::TensorOptions(at::kDouble));
    return at::cat(
        {row.repeat_interleave(n).unsqueeze(1), imputation.repeat({count}).unsqueeze(1), rows}, 1);
  }

 private:
  /// Each row N times, [B N, M]. @param values [N, b, M]
  Tensor draws(const Tensor& known,
               const Tensor& hidden,
               const Tensor& places,
               const Tensor& values) const {
    std::vector<Tensor> out;
    for (std::int64_t n = 0; n < options_.num_draws; ++n)
      out.push_back(places.size(0) == 0
                        ? known
                        : at::where(hidden, known.index_copy(0, places, values[n]), known));
    return at::stack(out, 1).flatten(0, 1);
  }

  const Gaps& gaps_;
  const ImputationOptions& options_;
};

/// Writes the table. @return the effective sample sizes of rows with gaps
std::vector<double> write_filled(const TrainedRun& run,
                                 const Table& table,
                                 const Gaps& gaps,
                                 const ImputationOptions& options,
                                 const std::string& path) {
  Imputer& imputer = imputer_of(run);
  const Filling filling(gaps, options);
  const std::int64_t copies = std::max<std::int64_t>(1, options.num_draws);
  const std::vector<std::string> columns = columns_of(run, gaps, options);
  if (path.size() > 4 && path.compare(path.size() - 4, 4, ".csv") == 0)
    refuse_double_names(columns);
  RowFile file(path, table.size() * copies, columns);
  std::vector<double> sizes;
  for (std::int64_t begin = 0; begin < table.size(); begin += kImputedAtOnce) {
    const std::int64_t end = std::min(table.size(), begin + kImputedAtOnce);
    const Batch batch = table.rows(begin, end);
    const Tensor hidden = hidden_of(batch), known = table.numbers(begin, end);
    const Tensor places = hidden.any(1).nonzero().squeeze(1);
    Imputation found;
    if (places.size(0) > 0) {
      const std::int64_t* place = places.const_data_ptr<std::int64_t>();
      found = as_in_file(imputer.impute(batch.select({place, place + places.size(0)}), options),
                         run.units());
      const double* size = found.effective_sample_size.const_data_ptr<double>();
      sizes.insert(sizes.end(), size, size + places.size(0));
    }
    file.append(filling.numbered(filling.rows(known, hidden, places, found), begin));
  }
  file.commit("they overflow in the model; look for values far beyond those of the training");
  std::sort(sizes.begin(), sizes.end());
  return sizes;
}

void warn_of_few_samples(const std::vector<double>& sizes, const ImputationOptions& options) {
  const auto few = std::lower_bound(sizes.begin(), sizes.end(), kFewSamples) - sizes.begin();
  if (few == 0) return;
  log::warning(std::to_string(few) + " of " + std::to_string(sizes.size()) +
               " rows with gaps have fewer than " + std::to_string(static_cast<int>(kFewSamples)) +
               " effective samples of " + std::to_string(options.num_samples) +
               ": their spread is rough; raise --samples");
}

std::string text_of(const Gaps& gaps, std::int64_t size) {
  if (gaps.cells == 0) return "no number of " + std::to_string(size) + " rows is missing";
  return std::to_string(gaps.cells) + " missing numbers in " + std::to_string(gaps.rows) + " of " +
         std::to_string(size) + " rows" +
         (gaps.empty_rows > 0 ? ", of which " + std::to_string(gaps.empty_rows) +
                                    " with nothing observed are imputed from the prior"
                              : "");
}

}  // namespace

int verb_impute(const CommandLine& line) {
  TrainedRun run = open_run(line);
  imputer_of(run);
  const ImputationOptions options = imputation_of(line, run);
  const Table table = table_of(line, run);
  const Gaps gaps = gaps_of(table);
  const std::string path = line.text("output"), text = text_of(gaps, table.size());
  if (line.has("dry-run")) {
    print("would fill " + text + ", into " + path + "; nothing was written\n");
    return kDone;
  }
  const std::vector<double> sizes = write_filled(run, table, gaps, options, path);
  warn_of_few_samples(sizes, options);
  Json facts = {{"file", path},
                {"examples", table.size()},
                {"missing", gaps.cells},
                {"rows_with_missing", gaps.rows},
                {"rows_from_prior", gaps.empty_rows},
                {"samples", options.num_samples}};
  options.num_draws > 0 ? facts["draws"] = options.num_draws : facts["mass"] = options.mass;
  if (!sizes.empty())
    facts["effective_samples"] = {{"smallest", sizes.front()}, {"median", sizes[sizes.size() / 2]}};
  line.has("json") ? print_event("written", facts) : print(path + ": " + text + "\n");
  return kDone;
}

}  // namespace elbow::cli
