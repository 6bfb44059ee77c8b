#include "cli/common/evaluation_name.h"
#include "cli/common/output.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/evaluate/evaluation.h"
#include "elbow/io/json_file.h"
#include "elbow/io/sys.h"

namespace elbow::cli {

namespace {

std::string padded(const std::string& text, std::size_t width, bool right = false) {
  if (text.size() >= width) return text;
  const std::string blanks(width - text.size(), ' ');
  return right ? blanks + text : text + blanks;
}

/// "KL               value  ", with six decimals where differences are small.
std::string labelled(const std::string& label, const Json& value, const char* format = "%.4f") {
  return padded(label, 16) + " " + padded(number_text(value, format), 12, /*right=*/true);
}

std::string row(const Json& summary, const std::string& key, const std::string& label) {
  if (!summary.contains(key)) return "";
  const Json& entry = summary[key];
  std::string out = labelled(label, entry["value"]);
  auto add = [&](const char* name, const char* what) {
    if (entry.contains(name)) out += std::string("  ") + what + " " + number_text(entry[name]);
  };
  add("standard_error", "+-");
  add("monte_carlo_error", "(Monte Carlo");
  if (entry.contains("monte_carlo_error")) out += ")";
  add("effective_sample_size", "ESS");
  if (entry.contains("particles"))
    out += "  K " + std::to_string(entry["particles"].get<std::int64_t>());
  return out + "\n";
}

std::string bias_row(const Json& summary) {
  const std::string text = row(summary, "nll_bias", "bias of the NLL");
  if (text.empty()) return "";
  return text.substr(0, text.size() - 1) + "  by the jackknife; more draws lower the NLL by this\n";
}

std::string units_row(const Json& summary) {
  if (!summary.contains("active_units")) return "";
  return padded("active units", 16) + " " + number_text(summary["active_units"], "%.0f") + " of " +
         std::to_string(summary["mean_variance_per_unit"].size()) + "\n";
}

/// KL of two distributions, with its error.
std::string divergence(const std::string& label, const Json& kl) {
  return labelled(label, kl["value"], "%.6f") + "  +- " + number_text(kl["standard_error"], "%.6f");
}

std::string known_truths(const Json& summary) {
  std::string out;
  if (summary.contains("target")) {
    const Json& target = summary["target"];
    out += divergence("KL(q || target)", target["kl"]) + "; ln Z " +
           number_text(target["log_normaliser"], "%.9f") + ", from the draws " +
           number_text(target["log_normaliser_estimate"], "%.6f") + "\n";
  }
  if (summary.contains("data_density")) {
    const Json& density = summary["data_density"];
    out += divergence("KL(data || q)", density["kl"]) + "; mean ln p of these examples " +
           number_text(density["mean_log_density"], "%.6f") + "\n";
  }
  if (summary.contains("evidence")) {
    const Json& e = summary["evidence"];
    out += labelled("log p(x) exact", e["log_evidence"], "%.6f") + " = ELBO " +
           number_text(e["exact_elbo"], "%.6f") + " + KL(q || posterior) " +
           number_text(e["kl_to_posterior"], "%.6f") + "  (error " +
           number_text(e["identity_error"], "%.1e") + ")\n";
  }
  return out;
}

/// Why errors are undefined, as far as the table prints any.
std::string why_undefined(const Json& summary) {
  std::string out;
  if (summary["examples"] == 1)
    out += "undefined: one example has no standard error and no variance over examples\n";
  if (!summary.contains("nll") || !summary["nll"].contains("monte_carlo_error")) return out;
  const Json& nll = summary["nll"];
  if (nll["particles"] == 1)
    out += "undefined: one draw has no Monte-Carlo error and no bias; --particles 2 has them\n";
  else if (number_text(nll["monte_carlo_error"]) == "undefined")
    out +=
        "undefined: the error over the draws, where a single draw of an example has any weight; "
        "more --particles help\n";
  return out;
}

std::string table(const Json& summary) {
  return summary["run"].get<std::string>() + "  " + summary["checkpoint"].get<std::string>() +
         " (" + summary["weights"].get<std::string>() + " weights), " +
         summary["split"].get<std::string>() + " split, " +
         std::to_string(summary["examples"].get<std::int64_t>()) +
         " examples; nats per example, +- standard error\n" + row(summary, "elbo", "ELBO") +
         row(summary, "reconstruction", "reconstruction") + row(summary, "kl", "KL") +
         row(summary, "nll", "NLL") + bias_row(summary) +
         row(summary, "bits_per_dim", "bits per dim") + row(summary, "perplexity", "perplexity") +
         row(summary, "rmse", "RMSE") + units_row(summary) + known_truths(summary) +
         why_undefined(summary);
}

}  // namespace

int verb_eval(const CommandLine& line) {
  TrainedRun run = open_run(line);
  EvaluationOptions options;
  options.split = line.text("split", "test");
  options.input = line.text("input");
  options.limit = line.integer("limit", 0, 1);
  options.importance.particles = line.integer("particles", kEvaluationParticles, 1);
  options.importance.seed = run.seed;
  options.importance.tiles_in_flight = line.integer("chunk", 0, 1);
  options.importance.batch_size = line.integer("batch-size", options.importance.batch_size, 1);
  RefinementOptions& refinement = options.importance.refinement;
  refinement.steps = line.integer("refine-steps", 0, 0);
  refinement.learning_rate = line.number("refine-rate", refinement.learning_rate);
  refinement.seed = run.seed;
  const std::string path = run.directory.eval(
      evaluation_name(line, run.config.value, io::CheckpointStore(run.directory.checkpoints())));
  if (line.has("dry-run")) {
    print("would evaluate " + run.checkpoint + " and write " + path + "; nothing was written\n");
    return 0;
  }
  const Evaluation evaluation = evaluate_run(run, options);
  io::make_directories(run.directory.path() + "/eval");
  io::write_json(path, evaluation.summary, /*durable=*/true);
  if (line.has("per-example"))
    io::write_file(line.text("per-example"), per_example_csv(evaluation));
  if (line.has("json")) {
    print_event("evaluation", evaluation.summary);
  } else {
    print(table(evaluation.summary) + path + "\n");
  }
  print_next(line, "elbow report " + run.directory.path());
  return 0;
}

}  // namespace elbow::cli
