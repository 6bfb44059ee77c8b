#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cli/common/output.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/evaluate/evaluation.h"
#include "elbow/io/json_file.h"
#include "elbow/io/sys.h"

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
  if (entry.contains("particles"))
    out += "  K " + std::to_string(entry["particles"].get<std::int64_t>());
  return out + "\n";
}

/// log p(x) in its two parts, and by how much the ELBO from draws disagrees.
std::string evidence_row(const Json& evidence) {
  std::string out = printed("log p(x) exact   %12.6f", evidence["log_evidence"].get<double>());
  if (evidence["exact_elbo"].is_null())
    return out +
           "; ELBO and KL(q || posterior) undefined: " + evidence["reason"].get<std::string>() +
           "\n";
  out += printed(" = ELBO %.6f + KL(q || posterior) %.6f",
                 evidence["exact_elbo"].get<double>(),
                 evidence["kl_to_posterior"].get<double>());
  if (evidence["method"] == "closed_form") {
    out += "  (closed form";
  } else {
    const Json& error = evidence["monte_carlo_error"];
    out +=
        "  (Monte Carlo " + (error.is_null() ? "undefined" : printed("%.6f", error.get<double>()));
  }
  const Json& apart = evidence["errors_apart"];
  return out + "; the ELBO above is " +
         (apart.is_null() ? "undefined" : printed("%.1f", std::abs(apart.get<double>()))) +
         " Monte-Carlo errors away)\n";
}

/// The words of each topic with their probabilities; the topics with the largest weights.
std::string topic_lines(const Json& summary) {
  constexpr std::size_t kMostTopics = 20, kMostWords = 8;
  const Json topics = summary.value("model", Json::object()).value("topics", Json::array());
  std::string out;
  for (std::size_t t = 0; t < std::min(topics.size(), kMostTopics); ++t) {
    const Json &words = topics[t]["words"], &shares = topics[t]["probabilities"];
    out += printed("topic %-4d %5.1f %%  ",
                   topics[t]["topic"].get<int>(),
                   100 * topics[t]["weight"].get<double>());
    for (std::size_t i = 0; i < std::min(words.size(), kMostWords); ++i)
      out += (i > 0 ? ", " : "") +
             (words[i].is_string() ? words[i].get<std::string>() : words[i].dump()) +
             printed(" %.3f", shares[i].get<double>());
    out += "\n";
  }
  if (topics.size() > kMostTopics)
    out += "... " + std::to_string(topics.size() - kMostTopics) + " more topics in the file\n";
  return out;
}

std::string table(const Json& summary) {
  std::string out =
      summary["run"].get<std::string>() + "  " + summary["checkpoint"].get<std::string>() + " (" +
      summary["weights"].get<std::string>() + " weights), " + summary["split"].get<std::string>() +
      " split, " + std::to_string(summary["examples"].get<std::int64_t>()) +
      " examples; nats per example, +- standard error\n";
  out += row(summary, "elbo", "ELBO") + row(summary, "reconstruction", "reconstruction") +
         row(summary, "kl", "KL") + row(summary, "nll", "NLL") +
         row(summary, "bits_per_dim", "bits per dim") + row(summary, "perplexity", "perplexity") +
         row(summary, "rmse", "RMSE");
  for (const char* key : {"nll", "elbo"})
    if (summary.contains(key) && summary[key].contains("impossible")) {
      out += std::to_string(summary[key]["impossible"].get<std::int64_t>()) +
             " of these examples are impossible under the model: it gives them probability 0, so "
             "the NLL is infinite (--per-example FILE shows which)\n";
      break;
    }
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
  if (summary.contains("evidence")) out += evidence_row(summary["evidence"]);
  return out + topic_lines(summary);
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
  if (line.has("json")) {
    print_event("evaluation", evaluation.summary);
  } else {
    print(table(evaluation.summary) + path + "\n");
  }
  print_next(line, "elbow report " + run.directory.path());
  return 0;
}

}  // namespace elbow::cli
