#include "evaluation_table.h"

#include <algorithm>

#include "cli/common/output.h"
#include "cli/trainer/evidence_row.h"

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
  // An error of 0 is that of a number that is exact.
  const Json of_draws = entry.value("monte_carlo_error", Json());
  const bool is_exact = of_draws.is_number() && of_draws.get<double>() == 0.0;
  if (entry.contains("monte_carlo_error") && !is_exact) {
    add("monte_carlo_error", "(Monte Carlo");
    out += ")";
  }
  add("effective_sample_size", "ESS");
  if (entry.contains("unit")) out += "  (unit " + entry["unit"].get<std::string>() + ")";
  if (entry.contains("particles"))
    out += "  K " + std::to_string(entry["particles"].get<std::int64_t>());
  return out + "\n";
}

/// The words of each topic with their probabilities; the topics with the largest weights.
std::string topic_lines(const Json& summary) {
  constexpr std::size_t kMostTopics = 20, kMostWords = 8;
  const Json topics = summary.value("model", Json::object()).value("topics", Json::array());
  std::string out;
  for (std::size_t t = 0; t < std::min(topics.size(), kMostTopics); ++t) {
    const Json &words = topics[t]["words"], &shares = topics[t]["probabilities"];
    out += padded("topic " + topics[t]["topic"].dump(), 10) + " " +
           padded(number_text(100 * topics[t]["weight"].get<double>(), "%.1f"), 5, /*right=*/true) +
           " %  ";
    for (std::size_t i = 0; i < std::min(words.size(), kMostWords); ++i)
      out += (i > 0 ? ", " : "") +
             (words[i].is_string() ? words[i].get<std::string>() : words[i].dump()) + " " +
             number_text(shares[i], "%.3f");
    out += "\n";
  }
  if (topics.size() > kMostTopics)
    out += "... " + std::to_string(topics.size() - kMostTopics) + " more topics in the file\n";
  return out;
}

/// A target has no examples: each of its evaluations is one with draws of its own.
bool is_of_target(const Json& summary) { return summary.value("unit", "") == "nats"; }

std::string counted_things(const Json& summary) {
  return is_of_target(summary) ? "replicates" : "examples";
}

/// Why some numbers are not defined, or are about fewer examples.
std::string reason_rows(const Json& summary) {
  std::string out;
  if (summary.contains("undefined"))
    out += "undefined: " + summary["undefined"]["reason"].get<std::string>() + "\n";
  if (summary.contains("nll") && summary["nll"].contains("reason"))
    out += "left out: " + summary["nll"]["reason"].get<std::string>() + "\n";
  return out;
}

/// How many examples have probability 0, so that a mean over them is infinite.
std::string impossible_row(const Json& summary) {
  for (const char* key : {"nll", "elbo"})
    if (summary.contains(key) && summary[key].contains("impossible"))
      return std::to_string(summary[key]["impossible"].get<std::int64_t>()) +
             " of these examples are impossible under the model: it gives them probability 0, so "
             "the NLL is infinite (--per-example FILE shows which)\n";
  return "";
}

/// Of documents: the NLL is of a part of each (conjugate/documents.h, Halves).
std::string nll_row(const Json& summary) {
  const std::string text = row(summary, "nll", is_of_target(summary) ? "-log evidence" : "NLL");
  if (text.empty() || !summary.contains("perplexity")) return text;
  return text.substr(0, text.size() - 1) +
         "  of every other word of each document, given the rest; perplexity is per word scored\n";
}

std::string bias_row(const Json& summary) {
  // Equal weights have none, and more draws do not help against an overflow.
  if (summary.contains("undefined")) return "";
  if (summary.contains("nll_bias") && summary["nll_bias"]["value"] == 0.0) return "";
  const std::string text =
      row(summary, "nll_bias", is_of_target(summary) ? "its bias" : "bias of the NLL");
  if (text.empty()) return "";
  // The jackknife sees the tail that was drawn; of a heavier one it knows a part.
  const Json heavy = summary["nll"].value("pareto_k_above_0.7", Json());
  const bool is_heavy = heavy.is_number() && heavy.get<double>() > 0.05;
  const std::string advice = is_heavy
                                 ? "at least: " + number_text(heavy.get<double>() * 100, "%.0f") +
                                       " % of the " + counted_things(summary) +
                                       " have heavy weights (Pareto k above "
                                       "0.7), so that more draws lower "
                                       "the NLL by more; compare at equal --particles"
                                 : "more draws lower the NLL by about this";
  return text.substr(0, text.size() - 1) + "  by the jackknife; " + advice + "\n";
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

/// Moments of points beside those of their target.
std::string quantity_rows(const Json& summary) {
  constexpr std::size_t kMost = 20;
  const Json quantities = summary.value("quantities", Json::array());
  std::string out;
  for (std::size_t i = 0; i < std::min(quantities.size(), kMost); ++i) {
    const Json& one = quantities[i];
    out += labelled(one["name"], one["mean"]) + "  sd " + number_text(one["sd"]);
    if (one.contains("target_mean"))
      out += "  of the target " + number_text(one["target_mean"]) + ", sd " +
             number_text(one["target_sd"]);
    out += "\n";
  }
  if (quantities.size() > kMost)
    out += "... " + std::to_string(quantities.size() - kMost) + " more in the file\n";
  return out;
}

/// How well discrete latents fit the labels of the examples.
std::string label_rows(const Json& summary) {
  std::string out = row(summary, "accuracy", "accuracy");
  const Json labelled = summary.value("accuracy", Json::object()).value("examples", Json());
  if (!out.empty() && labelled.is_number())
    out = out.substr(0, out.size() - 1) + "  of " + labelled.dump() + " examples with a label\n";
  const Json clusters = summary.value("cluster_accuracy", Json::object());
  for (const auto& [latent, entry] : clusters.items()) {
    const std::string text = row({{"accuracy", entry}}, "accuracy", "cluster accuracy");
    out += text.substr(0, text.size() - 1) + "  of '" + latent +
           "', its values assigned to the classes one to one\n";
  }
  return out;
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
  if (summary.contains("evidence")) out += evidence_row(summary["evidence"]);
  return out;
}

/// What a reader must know before the numbers.
std::string failure_row(const Json& summary) {
  if (!summary.contains("training_failed_at_step")) return "";
  return "the training failed at step " + summary["training_failed_at_step"].dump() +
         ": these are numbers of " + summary["checkpoint"].get<std::string>() +
         ", not of a finished run\n";
}

/// Why errors are undefined, as far as the table prints any.
std::string why_undefined(const Json& summary) {
  std::string out;
  if (summary["examples"] == 1 && !summary.contains("quantities"))
    out += "undefined: one example has no standard error and no variance over examples\n";
  if (!summary.contains("nll") || !summary["nll"].contains("monte_carlo_error")) return out;
  const Json& nll = summary["nll"];
  const bool is_explained = summary.contains("undefined");
  if (nll["particles"] == 1)
    out += "undefined: one draw has no Monte-Carlo error and no bias; --particles 2 has them\n";
  else if (!is_explained && number_text(nll["monte_carlo_error"]) == "undefined")
    out +=
        "undefined: the error over the draws, where a single draw of an example has any weight; "
        "more --particles help\n";
  return out;
}

}  // namespace

std::string evaluation_table(const Json& summary) {
  return summary["run"].get<std::string>() + "  " + summary["checkpoint"].get<std::string>() +
         " (" + summary["weights"].get<std::string>() + " weights), " +
         summary["split"].get<std::string>() + " split, " +
         std::to_string(summary["examples"].get<std::int64_t>()) + " " + counted_things(summary) +
         "; " + summary["unit"].get<std::string>() + "; +- standard error\n" +
         failure_row(summary) + row(summary, "log_density", "mean ln density") +
         quantity_rows(summary) + row(summary, "elbo", "ELBO") +
         row(summary, "relaxed_elbo", "relaxed ELBO") +
         row(summary, "reconstruction", "reconstruction") + row(summary, "kl", "KL") +
         nll_row(summary) + bias_row(summary) + row(summary, "bits_per_dim", "bits per dim") +
         row(summary, "perplexity", "perplexity") + row(summary, "rmse", "RMSE") +
         label_rows(summary) + impossible_row(summary) + reason_rows(summary) + units_row(summary) +
         known_truths(summary) + topic_lines(summary) + why_undefined(summary);
}

}  // namespace elbow::cli
