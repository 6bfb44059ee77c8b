#include <cstdio>

#include "cli/common/output.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/evaluate/evaluation.h"
#include "elbow/io/json_file.h"
#include "elbow/io/sys.h"
#include "elbow/observe/report.h"

namespace elbow::cli {

namespace {

/// A line as printf would write it.
template <class... Values>
std::string printed(const char* format, Values... values) {
  char text[240];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

std::string row(const Json& summary, const std::string& key, const std::string& label) {
  if (!summary.contains(key)) return "";
  const Json& entry = summary[key];
  std::string out = printed("%-16s %12.4f", label.c_str(), entry["value"].get<double>());
  auto add = [&](const char* name, const char* what) {
    if (entry.contains(name)) out += printed("  %s %.4f", what, entry[name].get<double>());
  };
  add("standard_error", "+-");
  add("monte_carlo_error", "(Monte Carlo");
  if (entry.contains("monte_carlo_error")) out += ")";
  add("effective_sample_size", "ESS");
  if (entry.contains("unit")) out += "  (unit " + entry["unit"].get<std::string>() + ")";
  if (entry.contains("particles"))
    out += "  K " + std::to_string(entry["particles"].get<std::int64_t>());
  return out + "\n";
}

std::string table(const Json& summary) {
  std::string out =
      summary["run"].get<std::string>() + "  " + summary["checkpoint"].get<std::string>() + " (" +
      summary["weights"].get<std::string>() + " weights), " + summary["split"].get<std::string>() +
      " split, " + std::to_string(summary["examples"].get<std::int64_t>()) + " examples; " +
      summary["unit"].get<std::string>() + "; +- standard error\n";
  out += row(summary, "elbo", "ELBO") + row(summary, "reconstruction", "reconstruction") +
         row(summary, "kl", "KL") + row(summary, "nll", "NLL") +
         row(summary, "bits_per_dim", "bits per dim") + row(summary, "perplexity", "perplexity") +
         row(summary, "rmse", "RMSE");
  if (summary.contains("active_units"))
    out += "active units     " + std::to_string(summary["active_units"].get<int>()) + " of " +
           std::to_string(summary["mean_variance_per_unit"].size()) + "\n";
  if (summary.contains("target")) {
    const Json& target = summary["target"];
    out += printed("KL(q || target)  %12.6f  +- %.6f; ln Z %.9f, from the draws %.6f\n",
                   target["kl"]["value"].get<double>(),
                   target["kl"]["standard_error"].get<double>(),
                   target["log_normaliser"].get<double>(),
                   target["log_normaliser_estimate"].get<double>());
  }
  if (summary.contains("data_density")) {
    const Json& density = summary["data_density"];
    out += printed("KL(data || q)    %12.6f  +- %.6f; mean ln p of these examples %.6f\n",
                   density["kl"]["value"].get<double>(),
                   density["kl"]["standard_error"].get<double>(),
                   density["mean_log_density"].get<double>());
  }
  if (summary.contains("evidence")) {
    const Json& e = summary["evidence"];
    out += printed("log p(x) exact   %12.6f = ELBO %.6f + KL(q || posterior) %.6f  (error %.1e)\n",
                   e["log_evidence"].get<double>(),
                   e["exact_elbo"].get<double>(),
                   e["kl_to_posterior"].get<double>(),
                   e["identity_error"].get<double>());
  }
  return out;
}

}  // namespace

int verb_eval(const CommandLine& line) {
  TrainedRun run = open_run(line);
  EvaluationOptions options;
  options.split = line.text("split", "test");
  options.input = line.text("input");
  options.limit = line.integer("limit", 0, 1);
  options.importance.particles = line.integer("particles", 100, 1);
  options.importance.seed = run.seed;
  options.importance.tiles_in_flight = line.integer("chunk", 0, 1);
  options.importance.batch_size = line.integer("batch-size", options.importance.batch_size, 1);
  RefinementOptions& refinement = options.importance.refinement;
  refinement.steps = line.integer("refine-steps", 0, 0);
  refinement.learning_rate = line.number("refine-rate", refinement.learning_rate);
  refinement.seed = run.seed;
  const std::string path = run.directory.eval(options.input.empty() ? options.split : "input");
  if (line.has("dry-run")) {
    print("would evaluate " + run.checkpoint + " and write " + path + "; nothing was written\n");
    return 0;
  }
  const Evaluation evaluation = evaluate_run(run, options);
  io::make_directories(run.directory.path() + "/eval");
  io::write_json(path, evaluation.summary, /*durable=*/true);
  if (line.has("per-example"))
    io::write_file(line.text("per-example"), per_example_csv(evaluation));
  renew_report(run.directory.path());
  if (line.has("json")) {
    print_event("evaluation", evaluation.summary);
  } else {
    print(table(evaluation.summary) + path + "\n");
  }
  print_next(line, "elbow report " + run.directory.path());
  return 0;
}

}  // namespace elbow::cli
