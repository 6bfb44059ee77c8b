#include <cmath>

#include "cli/common/output.h"
#include "cli/trainer/posterior_output.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/checkpoint_store.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/runs/evaluate/guide_draws.h"
#include "elbow/runs/evaluate/posterior_plots.h"
#include "elbow/runs/evaluate/run_capabilities.h"
#include "elbow/runs/train/tensor_io.h"

namespace elbow::cli {
namespace {

constexpr double kNarrow = 0.8, kWide = 1.25;

/// Gradients of the log density that a fit has asked for; null where nobody counted.
Json gradient_evaluations(const TrainedRun& run) {
  const Json& inference = run.config.value.at("inference");
  const std::string type = inference.value("type", "");
  if (type == "svgd") return run.clock.step * inference.at("num_particles").get<std::int64_t>();
  if (type == "sgld") return run.clock.step * inference.at("num_chains").get<std::int64_t>();
  if (type == "gradient") {
    const std::int64_t draws =
        run.config.value.at("objective").value("num_particles", std::int64_t{1});
    // A target's batch is one of draws.
    const bool is_target = run.modules.model->target() != nullptr;
    return run.clock.step * draws *
           (is_target ? run.config.value.at("trainer").value("batch_size", std::int64_t{1}) : 1);
  }
  if (type != "hmc") return nullptr;
  const auto checkpoint = io::CheckpointStore(run.directory.checkpoints()).load(run.checkpoint);
  for (const auto& [name, tensor] :
       decode_tensors(checkpoint.file("optimizer.safetensors"), run.checkpoint))
    if (name == "num_gradients") return static_cast<std::int64_t>(tensor.item<double>());
  return nullptr;
}

struct ComparedRun {
  LabelledDraws labelled;
  Json model;  ///< the section of the configuration
  Json facts;  ///< method, seconds, gradients, elbo, pareto_k
};

ComparedRun open_for_comparison(const CommandLine& line, const std::string& path) {
  CommandLine own = line;
  own.positional = {path};
  const TrainedRun run = open_run(own);
  ComparedRun out;
  out.labelled = {path,
                  posterior_source_of(run).posterior_draws(line.integer("count", 0, 1), run.seed)};
  out.model = run.config.value.at("model");
  // A program is what it says, wherever its file lies.
  for (const SourceFile& source : run.modules.model->source_files())
    out.model[source.section == "model" ? "path" : "data"] = source.text;
  const Json state = run.directory.read_run_json();
  out.facts = {{"run", path},
               {"method", run.config.value.at("inference").at("type")},
               {"draws", out.labelled.draws.num_chains() * out.labelled.draws.num_draws()},
               {"seconds", state.value("seconds", Json())},
               {"gradient_evaluations", gradient_evaluations(run)}};
  // The end of the training has looked at more draws than are compared here.
  const Json quality = state.value("guide_quality", Json());
  if (quality.is_object() && !line.has("checkpoint")) {
    out.facts["elbo"] = quality.at("elbo").at("value");
    out.facts["pareto_k"] = quality.at("pareto_k");
    return out;
  }
  Tensor log_weights = out.labelled.draws.log_weights;
  if (!log_weights.defined() && out.labelled.draws.kind == DrawKind::independent &&
      run.modules.model->response_model() != nullptr)
    log_weights = log_weights_of_responses(run, *run.load_data());
  if (log_weights.defined()) {
    out.facts["elbo"] = log_weights.mean().item<double>();
    out.facts["pareto_k"] = or_null(pareto_k_of(log_weights));
  }
  return out;
}

std::string with_error(double value, double error) {
  const std::string text = number_text(Json(value), "%.3f");
  return std::isnan(error) ? text : text + " +- " + number_text(Json(error), "%.3f");
}

Json json_of(const QuantityComparison& one) {
  return {{"name", one.name},
          {"shift", or_null(one.shift)},
          {"shift_error", or_null(one.shift_error)},
          {"sd_ratio", or_null(one.sd_ratio)},
          {"sd_ratio_error", or_null(one.sd_ratio_error)},
          {"wasserstein", or_null(one.wasserstein)},
          {"wasserstein_error", or_null(one.wasserstein_error)}};
}

bool is_too_narrow(const QuantityComparison& one) {
  // Without an error nothing can be told.
  return !std::isnan(one.sd_ratio_error) && one.sd_ratio + 2 * one.sd_ratio_error < kNarrow;
}

bool is_too_wide(const QuantityComparison& one) {
  // Without an error nothing can be told.
  return !std::isnan(one.sd_ratio_error) && one.sd_ratio - 2 * one.sd_ratio_error > kWide;
}

/// What speaks against a run of chains as a yardstick; "" where nothing does.
std::string doubts_of(const LabelledDraws& run) {
  if (run.draws.kind != DrawKind::chains) return "";
  std::size_t apart = 0;
  for (const QuantitySummary& one : summarise_draws(run.draws)) apart += one.r_hat > 1.01;
  const Json facts = chain_facts(run.draws, std::int64_t{1} << 40);
  const auto divergent = facts.at("divergent").get<std::int64_t>();
  std::string out;
  if (apart > 0)
    out += "warning: " + run.label + " has R-hat above 1.01 in " + std::to_string(apart) + " of " +
           std::to_string(run.draws.names.size()) +
           " quantities: its chains do not agree, and errors are larger than stated\n";
  if (divergent > 0)
    out += "warning: " + run.label + " has " + std::to_string(divergent) +
           " divergent paths: parts of the posterior may be missing in it\n";
  return out;
}

std::vector<std::string> row_of(const QuantityComparison& one) {
  return {one.name,
          with_error(one.shift, one.shift_error),
          with_error(one.sd_ratio, one.sd_ratio_error),
          with_error(one.wasserstein, one.wasserstein_error),
          is_too_narrow(one) ? "too narrow"
          : is_too_wide(one) ? "too wide"
                             : ""};
}

struct Pairing {
  Json json;
  std::string text;
};

/// One run against the first.
Pairing compare_with(const LabelledDraws& first, const LabelledDraws& other) {
  Pairing out;
  std::vector<std::vector<std::string>> rows{
      {"quantity", "difference / sd", "ratio of sds", "W1 / sd", ""}};
  Json quantities = Json::array(), only_first = Json::array(), only_other = Json::array();
  std::size_t narrow = 0, count = 0;
  constexpr std::size_t kMostRows = 40;
  for (std::size_t i = 0; i < first.draws.names.size(); ++i) {
    const std::string& name = first.draws.names[i];
    const std::int64_t at = find_quantity(other.draws, name);
    if (at < 0) {
      only_first.push_back(name);
      continue;
    }
    const QuantityComparison one =
        compare_quantity(first.draws, i, other.draws, static_cast<std::size_t>(at));
    ++count;
    narrow += is_too_narrow(one);
    quantities.push_back(json_of(one));
    if (rows.size() <= kMostRows) rows.push_back(row_of(one));
  }
  for (const std::string& name : other.draws.names)
    if (find_quantity(first.draws, name) < 0) only_other.push_back(name);
  if (count == 0)
    throw UsageError(first.label + " and " + other.label + " have no quantity in common",
                     "elbow summary RUN lists the quantities of a run");
  out.json = {{"run", other.label},
              {"quantities", quantities},
              {"only_in_first", only_first},
              {"only_in_this", only_other},
              {"too_narrow", narrow}};
  out.text = "\n" + other.label + " against " + first.label + "\n" + text_table(rows, 1);
  if (count > kMostRows)
    out.text += "... " + std::to_string(count - kMostRows) + " more; --json has all\n";
  for (const auto& [label, names] : {std::pair{first.label, only_first}, {other.label, only_other}})
    if (!names.empty()) out.text += "only in " + label + ": " + names.dump() + "\n";
  if (narrow > 0)
    out.text += "the approximation is too narrow in " + std::to_string(narrow) + " of " +
                std::to_string(count) + " quantities: their sds are below " +
                number_text(Json(kNarrow), "%.1f") + " times those of " + first.label +
                " by more than two errors\n";
  return out;
}

std::string methods_table(const std::vector<ComparedRun>& runs) {
  std::vector<std::vector<std::string>> rows{
      {"run", "method", "draws", "seconds", "gradients", "ELBO", "Pareto k"}};
  const auto text = [](const Json& facts, const char* key, const char* format) {
    const Json value = facts.value(key, Json());
    return value.is_number() ? number_text(value, format) : std::string("-");
  };
  for (const ComparedRun& run : runs)
    rows.push_back({run.labelled.label,
                    run.facts.at("method").get<std::string>(),
                    run.facts.at("draws").dump(),
                    text(run.facts, "seconds", "%.1f"),
                    text(run.facts, "gradient_evaluations", "%.0f"),
                    text(run.facts, "elbo", "%.4f"),
                    text(run.facts, "pareto_k", "%.2f")});
  return text_table(rows, 2);
}

/// Marginals and pairs of the first quantities that all runs have.
std::vector<std::string> write_pictures(const std::string& folder,
                                        const std::vector<LabelledDraws>& runs) {
  constexpr std::size_t kMarginals = 12, kPairs = 5;
  std::vector<std::string> common, files;
  for (const std::string& name : runs.front().draws.names)
    if (common.size() < kMarginals &&
        std::all_of(runs.begin(), runs.end(), [&name](const LabelledDraws& run) {
          return find_quantity(run.draws, name) >= 0;
        }))
      common.push_back(name);
  io::make_directories(folder);
  for (std::size_t i = 0; i < common.size(); ++i) {
    files.push_back(folder + "/marginal-" + std::to_string(i + 1) + ".svg");
    io::write_file(files.back(), marginals_svg(common[i], runs));
  }
  common.resize(std::min(common.size(), kPairs));
  if (common.size() < 2) return files;
  files.push_back(folder + "/pairs.svg");
  io::write_file(files.back(), pairs_svg(common, runs));
  return files;
}

}  // namespace

int verb_compare(const CommandLine& line) {
  if (!line.has("posterior"))
    throw UsageError("compare: expected --posterior, which says what is compared",
                     "elbow compare RUN RUN --posterior");
  std::vector<ComparedRun> runs;
  std::vector<LabelledDraws> draws;
  for (const std::string& path : line.positional) {
    runs.push_back(open_for_comparison(line, path));
    draws.push_back(runs.back().labelled);
  }
  if (line.has("dry-run")) {
    print("would compare " + std::to_string(runs.size()) + " runs; nothing was written\n");
    return kDone;
  }
  std::string text = methods_table(runs);
  for (const LabelledDraws& run : draws) text += doubts_of(run);
  for (const ComparedRun& run : runs)
    if (run.model != runs.front().model)
      text += "note: " + run.labelled.label + " has another model than " +
              runs.front().labelled.label + "; what has one name is compared\n";
  Json json = {{"yardstick", runs.front().labelled.label}};
  for (const ComparedRun& run : runs) json["runs"].push_back(run.facts);
  for (std::size_t i = 1; i < draws.size(); ++i) {
    const Pairing one = compare_with(draws.front(), draws[i]);
    text += one.text;
    json["comparisons"].push_back(one.json);
  }
  if (line.has("output")) {
    for (const std::string& file : write_pictures(line.text("output"), draws)) {
      text += file + "\n";
      json["files"].push_back(file);
    }
  }
  line.has("json") ? print_event("comparison", json) : print(text);
  return kDone;
}

}  // namespace elbow::cli
