// summary, sample --posterior: what draws of the latents say that all examples share.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "cli/common/output.h"
#include "cli/trainer/posterior_output.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/runs/evaluate/guide_quality.h"
#include "elbow/runs/evaluate/posterior_record.h"
#include "elbow/runs/evaluate/run_capabilities.h"
#include "elbow/runs/evaluate/weight_statistics.h"

namespace elbow::cli {
namespace {

const std::vector<std::string>& columns() {
  static const std::vector<std::string> names{
      "name", "mean", "mcse", "sd", "5%", "50%", "95%", "ess_bulk", "ess_tail", "r_hat"};
  return names;
}

std::string cell(double value, const char* format = "%.4g") {
  return std::isnan(value) ? "-" : number_text(Json(value), format);
}

/// Of a value: as many digits as show the standard deviation's third, four at least.
std::string cell_beside(double value, double sd) {
  constexpr double kLeast = 4, kMost = 15;
  const double ratio = std::abs(value) / sd;
  const double digits = std::isfinite(ratio) && ratio > 1 ? std::floor(std::log10(ratio)) + 3 : 0;
  const std::string format =
      "%." + std::to_string(static_cast<int>(std::clamp(digits, kLeast, kMost))) + "g";
  return cell(value, format.c_str());
}

std::string table_of(const std::vector<QuantitySummary>& all, std::size_t most) {
  std::vector<std::vector<std::string>> rows{columns()};
  for (std::size_t i = 0; i < std::min(all.size(), most); ++i) {
    const QuantitySummary& one = all[i];
    rows.push_back({one.name,
                    cell_beside(one.mean, one.sd),
                    cell(one.mcse, "%.2g"),
                    cell(one.sd),
                    cell_beside(one.q5, one.sd),
                    cell_beside(one.q50, one.sd),
                    cell_beside(one.q95, one.sd),
                    cell(one.bulk_ess, "%.0f"),
                    cell(one.tail_ess, "%.0f"),
                    cell(one.r_hat, "%.4f")});
  }
  std::string out = text_table(rows, /*right_from=*/1);
  if (all.size() > most)
    out += "... " + std::to_string(all.size() - most) + " more; -o FILE.csv has all\n";
  return out;
}

std::string csv_of(const std::vector<QuantitySummary>& all) {
  std::string out = "name,mean,mcse,sd,q5,q50,q95,ess_bulk,ess_tail,r_hat\n";
  for (const QuantitySummary& one : all) {
    out += one.name.find(',') == std::string::npos ? one.name : "\"" + one.name + "\"";
    for (const double value : {one.mean,
                               one.mcse,
                               one.sd,
                               one.q5,
                               one.q50,
                               one.q95,
                               one.bulk_ess,
                               one.tail_ess,
                               one.r_hat}) {
      char text[32];
      std::snprintf(text, sizeof text, ",%.17g", value);
      out += std::isnan(value) ? ",nan" : text;
    }
    out += "\n";
  }
  return out;
}

/// "4 chains of 1,000 draws; 3 divergent, ..."
std::string head_of(const LatentDraws& draws, const Json& facts) {
  const std::string count = std::to_string(draws.num_draws());
  if (draws.is_resampled)
    return count +
           " draws of the guide, resampled by importance weights: some come several times, and "
           "together they are worth " +
           number_text(Json(draws.effective_draws), "%.0f") + " independent ones\n";
  if (draws.kind == DrawKind::independent) return count + " independent draws of the guide\n";
  if (draws.kind == DrawKind::particles)
    return count + (draws.num_draws() == 1 ? " particle\n"
                                           : " particles: points that hold each other apart, "
                                             "without a sampling error of their own\n");
  std::string out = std::to_string(draws.num_chains()) +
                    (draws.num_chains() == 1 ? " chain of " : " chains of ") + count + " draws; " +
                    facts.at("divergent").dump() + " divergent";
  if (facts.at("depth_at_limit").get<std::int64_t>() > 0)
    out += ", " + facts.at("depth_at_limit").dump() + " paths at inference.max_depth";
  if (facts.contains("e_bfmi")) {
    double least = INFINITY;
    for (const Json& one : facts.at("e_bfmi"))
      least = std::min(least, one.is_number() ? one.get<double>() : NAN);
    out += ", least E-BFMI " + number_text(Json(least), "%.2f");
  }
  return out + "\n";
}

/// Of a run that was stopped: that there is more to come.
std::string unfinished(const Json& state, const std::string& run) {
  const std::string status = state.value("status", "completed");
  if (status == "completed") return "";
  if (status == "running" || status == "preempted")
    return "the run has not ended (" + status + "): this is what there is so far; elbow resume " +
           run + " goes on\n";
  return "the run ended by a failure (" + status + "): this is what there is\n";
}

/// What a reader must know of the chains.
std::string warnings_of(const std::vector<QuantitySummary>& all, const Json& facts) {
  std::string out;
  const auto say = [&out](const std::string& words) { out += "warning: " + words + "\n"; };
  if (!facts.empty() && !facts.at("stuck").empty())
    say("chains " + facts.at("stuck").dump() + " never moved: the draws of each are one point");
  if (!facts.empty() && facts.at("divergent").get<std::int64_t>() > 0)
    say("divergent paths: parts of the posterior are not reached; try a larger "
        "inference.target_acceptance, or another parameterisation");
  std::size_t mixed_badly = 0, few = 0;
  for (const QuantitySummary& one : all) {
    mixed_badly += one.r_hat > 1.01;
    few += one.bulk_ess < 400 || one.tail_ess < 400;
  }
  if (mixed_badly > 0)
    say("R-hat is above 1.01 in " + std::to_string(mixed_badly) + " of " +
        std::to_string(all.size()) +
        " quantities: the chains do not agree yet; try a larger "
        "inference.num_warmup and inference.num_draws");
  if (few > 0 && mixed_badly == 0)
    say("there are fewer than 400 effective draws of " + std::to_string(few) + " of " +
        std::to_string(all.size()) +
        " quantities: their quantiles "
        "are uncertain; try a larger inference.num_draws");
  return out;
}

std::string with_number(const std::string& path, std::int64_t number) {
  const std::filesystem::path whole(path);
  return (whole.parent_path() /
          (whole.stem().string() + "_" + std::to_string(number) + whole.extension().string()))
      .string();
}

bool ends_in(const std::string& path, const std::string& ending) {
  return std::filesystem::path(path).extension() == ending;
}

/// What --count and --resampled ask for.
LatentDraws asked_draws(const CommandLine& line, const TrainedRun& run) {
  PosteriorSource& source = posterior_source_of(run);
  const std::int64_t count = line.integer("count", 0, 1);
  if (!line.has("resampled")) return source.posterior_draws(count, run.seed);
  constexpr std::int64_t kUsual = 4000, kProposals = 20000, kEach = 10;
  const std::int64_t wanted = count > 0 ? count : kUsual;
  const LatentDraws proposals = source.posterior_draws(
      run.modules.model->target() == nullptr ? 0 : std::max(kProposals, kEach * wanted), run.seed);
  const LatentDraws out = importance_resampled(proposals, wanted, run.seed);
  if (const double k = pareto_k_of(proposals.log_weights); !(k < kUsableParetoK))
    log::warning("Pareto k is " + number_text(Json(k), "%.2f") +
                 ", not below 0.7: the resampled draws are not those of the posterior either");
  return out;
}

}  // namespace

std::int64_t max_depth_of(const ResolvedConfig& config) {
  return config.value.at("inference").value("max_depth", std::int64_t{1} << 40);
}

int verb_summary(const CommandLine& line) {
  const TrainedRun run = open_run(line);
  const LatentDraws draws = asked_draws(line, run);
  std::vector<QuantitySummary> all = summarise_draws(draws);
  if (draws.kind == DrawKind::chains) all.insert(all.begin(), summary_of_density(draws));
  const Json facts = chain_facts(draws, max_depth_of(run.config));
  const std::string path = line.text("output");
  if (line.has("dry-run")) {
    print("would summarise " + std::to_string(all.size()) + " quantities; nothing was written\n");
    return kDone;
  }
  Json json = {{"run", run.directory.path()}, {"checkpoint", run.checkpoint}};
  json["draws"] = draws.num_chains() * draws.num_draws();
  const Json state = run.directory.read_run_json();
  const Json quality = state.value("guide_quality", Json());
  if (!quality.is_null()) json["guide_quality"] = quality;
  if (!facts.empty()) json["chains"] = facts;
  json["quantities"] = Json::array();
  for (const QuantitySummary& one : all) json["quantities"].push_back(json_of(one));
  if (!path.empty())
    io::write_file(path, ends_in(path, ".json") ? json.dump(1) + "\n" : csv_of(all));
  if (line.has("json")) {
    print_event("summary", json);
    return kDone;
  }
  constexpr std::size_t kMost = 60;
  print(run.directory.path() + "  " + run.checkpoint + ": " + head_of(draws, facts) +
        unfinished(state, run.directory.path()) + table_of(all, kMost) + quality_text(quality) +
        warnings_of(all, facts) + (path.empty() ? "" : path + "\n"));
  return kDone;
}

int sample_posterior(const CommandLine& line, TrainedRun& run) {
  const std::string path = line.text("output");
  if (!ends_in(path, ".csv") && !ends_in(path, ".npz"))
    throw UsageError(
        "--output: draws of the posterior are written as .csv or .npz, got '" + path + "'",
        "add -o draws.csv");
  for (const char* flag : {"mean", "condition"})
    if (line.has(flag))
      throw UsageError(std::string("--") + flag + ": has no effect beside --posterior",
                       "leave it out");
  const LatentDraws draws = asked_draws(line, run);
  std::vector<std::pair<std::string, std::string>> files;
  if (ends_in(path, ".npz")) {
    files.emplace_back(path, draws_npz(draws));
  } else {
    const Json& config = run.config.value;
    for (std::int64_t chain = 0; chain < draws.num_chains(); ++chain)
      files.emplace_back(draws.num_chains() == 1 ? path : with_number(path, chain + 1),
                         cmdstan_csv(draws,
                                     chain,
                                     config.at("name").get<std::string>(),
                                     config.at("inference"),
                                     run.seed));
  }
  Json names = Json::array();
  std::string list;
  for (const auto& [file, bytes] : files) {
    names.push_back(file);
    list += file + "\n";
    if (!line.has("dry-run")) io::write_file(file, bytes);
  }
  if (line.has("dry-run"))
    print("would write " + list + "nothing was written\n");
  else if (line.has("json"))
    print_event("written", {{"files", names}});
  else
    print(list);
  return kDone;
}

}  // namespace elbow::cli
