#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "cli/common/flag_values.h"
#include "cli/common/output.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/foundations/io/json_file.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/diagnosis_plots.h"
#include "elbow/foundations/observe/report.h"
#include "elbow/runs/evaluate/diagnosis.h"

namespace elbow::cli {

namespace {

std::string digits(double value, const char* format = "%.3g") { return number_text(value, format); }

std::string number_at(const Json& object, const char* key, const char* format = "%.3g") {
  return number_text(object.at(key), format);
}

std::string percent(const Json& object, const char* key) {
  return digits(100 * object.at(key).get<double>(), "%.1f") + " %";
}

/// What the latents say of the examples.
std::string information_text(const Json& found) {
  const std::string label = "information   ";
  if (!found.contains("mutual_information"))
    return label + "undefined: " +
           (found.at("examples") == 1 ? "of a single example"
                                      : "the posterior knows the density of its own draws only") +
           "\n";
  const Json& information = found.at("mutual_information");
  return label + number_at(information, "value", "%.4f") + " +- " +
         number_at(information, "standard_error", "%.4f") + " between latents and " +
         information.at("examples").dump() + " examples\n";
}

std::string units_text(const Json& found) {
  std::string out;
  if (!found.contains("units")) return out;
  const Json& kl_of_all = found.at("kl");
  out +=
      "KL            " + number_at(kl_of_all, "value", "%.4f") + " +- " +
      number_at(kl_of_all, "standard_error", "%.4f") + "\n" + information_text(found) +
      "active units  " + number_at(found, "active_units", "%.0f") + " of " +
      found.at("units").dump() +
      (found.contains("collapse") ? "; collapse: " + found.at("collapse").get<std::string>() : "") +
      "\n";
  if (!found.contains("kl_per_unit")) return out;
  constexpr std::size_t kShown = 20;
  const Json& kl = found.at("kl_per_unit");
  out += "KL per unit   ";
  for (std::size_t i = 0; i < std::min(kShown, kl.size()); ++i)
    out += (i ? " " : "") + digits(kl[i].get<double>(), "%.2f");
  if (kl.size() > kShown) out += " ... " + digits(kl.back().get<double>(), "%.2f");
  return out + "\n";
}

std::string posterior_text(const Json& found) {
  std::string out = "posteriors: " + found.at("split").get<std::string>() + " split, " +
                    found.at("examples").dump() + " examples, K = " + found.at("particles").dump() +
                    "; nats per example\n";
  out += units_text(found);
  const Json& size = found.at("effective_sample_size");
  out += "ESS           mean " + number_at(size, "mean") + ", median " + number_at(size, "median") +
         ", a twentieth below " + number_at(size, "lowest_twentieth") + "\n";
  if (found.contains("pareto_k")) {
    const Json& bands = found.at("pareto_k").at("bands");
    out += "Pareto k      up to 0.5: " + percent(bands, "up_to_0.5") +
           ", to 0.7: " + percent(bands, "0.5_to_0.7") + ", to 1: " + percent(bands, "0.7_to_1") +
           ", above: " + percent(bands, "above_1") +
           (found.at("pareto_k").contains("undefined")
                ? "; undefined: " + found.at("pareto_k").at("undefined").dump() + " examples"
                : "") +
           "\n";
    const Json& worst = found.at("pareto_k").at("worst");
    if (!worst.empty()) out += "worst k       ";
    for (const Json& one : worst)
      out += "example " + one.at("index").dump() + ": " + number_at(one, "k", "%.2f") +
             (&one == &worst.back() ? "\n" : ", ");
  } else {
    out += "Pareto k      undefined: too few different weights to fit a tail\n";
  }
  return out;
}

/// 0.46, or "< 0.02" where it cannot be told from none.
std::string bias_text(const Json& bias) {
  if (!bias.contains("relative")) return "?";
  return bias.at("is_found").get<bool>() ? number_at(bias, "relative")
                                         : "< " + number_at(bias, "relative_upper", "%.2g");
}

std::string with_error(const Json& group, const char* key) {
  if (!group.contains(key)) return "-";
  return number_at(group.at(key), "value") + " +- " +
         number_at(group.at(key), "standard_error", "%.1g");
}

/// One line for each reason.
std::string left_out_text(const Json& pairs) {
  std::vector<std::pair<std::string, std::string>> lines;  // estimator and reason, numbers
  for (const Json& pair : pairs) {
    const std::string name = pair.at("estimator"), why = pair.at("why");
    const std::string text =
        why.find("'" + name + "'") == std::string::npos ? name + ": " + why : why;
    const auto found = std::find_if(
        lines.begin(), lines.end(), [&text](const auto& line) { return line.first == text; });
    if (found == lines.end())
      lines.emplace_back(text, pair.at("particles").dump());
    else
      found->second += ", " + pair.at("particles").dump();
  }
  std::string out;
  for (const auto& [text, numbers] : lines)
    out += "left out at K = " + numbers + ": " + text + "\n";
  return out;
}

std::string gradient_text(const Json& found, bool all_layers) {
  std::vector<std::vector<std::string>> rows{
      {"estimator", "K", "gradient of", "norm of mean", "variance", "SNR", "bias / norm", "ms"}};
  for (const Json& entry : found.at("entries"))
    for (const Json& group : entry.at("groups")) {
      const std::string name = group.at("group");
      if (!all_layers && name != "model" && name != "guide") continue;
      rows.push_back({entry.at("estimator"),
                      entry.at("particles").dump(),
                      name,
                      with_error(group, "norm"),
                      number_at(group, "variance"),
                      with_error(group, "snr"),
                      group.contains("bias") ? bias_text(group.at("bias")) : "-",
                      digits(1e3 * entry.at("seconds_per_draw").get<double>())});
    }
  std::string references;
  for (const Json& entry : found.at("entries")) {
    if (!entry.contains("reference")) continue;
    const std::string one = entry.at("reference").at("estimator").get<std::string>() +
                            " at K = " + entry.at("reference").at("particles").dump();
    if (references.find(one) == std::string::npos)
      references += (references.empty() ? "" : ", ") + one;
  }
  std::string out = "gradients: a batch of " + found.at("examples").dump() +
                    " training examples, " + found.at("draws").dump() + " draws of each; " +
                    (references.empty() ? "no reference to hold a bias against"
                                        : "bias against " + found.at("reference_draws").dump() +
                                              " draws of " + references) +
                    "\n" + text_table(rows, 3);
  for (const Json& entry : found.at("entries"))
    if (entry.contains("few_flips"))
      out += entry.at("estimator").get<std::string>() + " at K = " + entry.at("particles").dump() +
             ": discrete latents are expected to flip " + number_at(entry, "few_flips", "%.2g") +
             " times in all draws, too seldom to tell a bias; more --draws and --reference-draws "
             "help\n";
  for (const Json& entry : found.at("entries"))
    if (entry.contains("not_finite"))
      out += entry.at("estimator").get<std::string>() + " at K = " + entry.at("particles").dump() +
             ": " + entry.at("not_finite").dump() + " draws were not finite and are left out\n";
  return out + left_out_text(found.at("left_out"));
}

std::string text_of(const Json& summary, bool all_layers) {
  std::string out = summary.at("run").get<std::string>() + "  " +
                    summary.at("checkpoint").get<std::string>() + " (" +
                    summary.at("weights").get<std::string>() + " weights)\n";
  if (summary.contains("training_failed_at_step"))
    out += "the training failed at step " + summary.at("training_failed_at_step").dump() + "\n";
  if (summary.contains("posterior")) out += "\n" + posterior_text(summary.at("posterior"));
  if (summary.contains("left_out"))
    for (const auto& [part, why] : summary.at("left_out").items())
      out += "\n" + part + ": left out, " + why.get<std::string>() + "\n";
  if (summary.contains("gradients"))
    out += "\n" + gradient_text(summary.at("gradients"), all_layers);
  if (summary.contains("posterior"))
    for (const Json& line : summary.at("posterior").at("advice"))
      out += "\nadvice: " + line.get<std::string>() + "\n";
  return out;
}

std::vector<std::int64_t> particles_of(const CommandLine& line) {
  std::vector<std::int64_t> out;
  const std::string text = line.text("num-particles");
  for (const auto& word : split_list(text)) {
    std::int64_t value = 0;
    if (!parse_integer(word, &value) || value < 1)
      fail_usage("--num-particles: expected integers >= 1 with commas between them, got '" + text +
                 "'");
    out.push_back(value);
  }
  return out;
}

/// What was asked of a half that `--only` leaves out would be read by nobody.
void refuse_unread_flags(const CommandLine& line, const TrainedRun& run) {
  const std::vector<std::string> of_posterior{"split", "limit", "particles", "per-example"},
      of_gradients{
          "estimators", "num-particles", "draws", "reference-draws", "batch-size", "layers"};
  const std::string only = line.text("only");
  const auto refuse = [&](const std::vector<std::string>& flags, const std::string& half) {
    for (const auto& flag : flags)
      if (line.has(flag))
        fail_usage(
            "--" + flag + ": is about the " + half + ", which --only " + only + " leaves out",
            "leave one of the two out");
  };
  if (only == "gradients") refuse(of_posterior, "posterior");
  if (only == "posterior") refuse(of_gradients, "gradients");
  if (only == "posterior" && !line.overrides().empty())
    fail_usage("'" + line.overrides().front() +
               "': is about the gradients, which --only posterior leaves out");
  const std::string why_not = without_posteriors(run);
  if (line.has("per-example") && !why_not.empty()) fail_usage("--per-example: " + why_not);
}

DiagnosisOptions options_of(const CommandLine& line, const TrainedRun& run) {
  DiagnosisOptions out;
  const std::string only = line.text("only");
  out.wants_posterior = only != "gradients";
  out.wants_gradients = only != "posterior";
  out.posterior.split = line.text("split", out.posterior.split);
  out.posterior.limit = line.integer("limit", out.posterior.limit, 1);
  out.posterior.importance.particles = line.integer("particles", 1000, 25);
  out.posterior.importance.seed = run.seed;
  out.gradients.estimators = line.text("estimators");
  out.gradients.num_particles = particles_of(line);
  out.gradients.overrides = line.overrides();
  out.gradients.draws = line.integer("draws", out.gradients.draws, 2);
  out.gradients.reference_draws = line.integer("reference-draws", 0, 2);
  out.gradients.batch_size = line.integer("batch-size", 0, 1);
  return out;
}

}  // namespace

int verb_diagnose(const CommandLine& line) {
  TrainedRun run = open_run(line);
  refuse_unread_flags(line, run);
  const DiagnosisOptions options = options_of(line, run);
  const std::string folder = run.directory.diagnosis();
  if (line.has("dry-run")) {
    print("would diagnose " + run.checkpoint + " and write " + folder + "; nothing was written\n");
    return kDone;
  }
  const Diagnosis diagnosis = diagnose_run(run, options);
  io::make_directories(folder);
  // What an earlier diagnosis left would contradict this one.
  std::error_code ignored;
  for (const char* name : {"gradient_snr", "gradient_variance", "kl_per_unit", "pareto_k"})
    std::filesystem::remove(folder + "/" + name + ".svg", ignored);
  for (const auto& [name, plot] : diagnosis_plots(diagnosis.summary))
    io::write_file(folder + "/" + name + ".svg", render_svg_file(plot));
  io::write_json(run.directory.diagnosis_json(), diagnosis.summary, /*durable=*/true);
  renew_report(run.directory.path());
  if (line.has("per-example") && !diagnosis.per_example_csv.empty())
    io::write_file(line.text("per-example"), diagnosis.per_example_csv);
  if (line.has("json"))
    print_event("diagnosis", diagnosis.summary);
  else
    print(text_of(diagnosis.summary, line.has("layers")) + "\n" + folder + "\n");
  print_next(line, "elbow report " + run.directory.path());
  return kDone;
}

}  // namespace elbow::cli
