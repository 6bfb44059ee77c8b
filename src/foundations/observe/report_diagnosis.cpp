// The section "Diagnosis" of a report: RUN/diagnosis/diagnosis.json.
#include "elbow/foundations/observe/diagnosis_plots.h"
#include "report_parts.h"
#include "text_format.h"

namespace elbow::report {
namespace {

constexpr std::size_t kMaxGroups = 200, kMaxText = 2000;

std::string shown(const Json& object, const char* key, const char* inner = nullptr) {
  if (inner != nullptr)
    return object.is_object() && object.contains(key) ? shown(object.at(key), inner) : "\u2013";
  const auto value = number(object, key);
  return value ? text::significant(*value, 4) : "\u2013";
}

/// As the terminal shows it: what is not told from 0 is a bound.
std::string bias(const Json& group) {
  if (!group.is_object() || !group.contains("bias") || !group.at("bias").is_object())
    return "\u2013";
  const Json& found = group.at("bias");
  if (!found.contains("relative")) return "?";
  return found.value("is_found", Json()) == true ? shown(found, "relative")
                                                 : "< " + shown(found, "relative_upper");
}

std::string advice(const Json& posterior) {
  std::string out;
  if (!posterior.is_object() || !posterior.contains("advice") || !posterior.at("advice").is_array())
    return out;
  for (const Json& line : posterior.at("advice"))
    if (line.is_string()) out += "<li>" + cut(line.get<std::string>(), kMaxText) + "</li>\n";
  return out.empty() ? out : "<ul>\n" + out + "</ul>\n";
}

std::string posterior_table(const Json& posterior) {
  if (!posterior.is_object()) return "";
  std::vector<std::vector<std::string>> rows{
      {"effective sample size, median", shown(posterior, "effective_sample_size", "median")}};
  if (posterior.contains("units"))
    rows.insert(
        rows.begin(),
        {{"KL, nats per example", shown(posterior, "kl", "value")},
         {"mutual information of latents and examples, nats",
          posterior.contains("mutual_information") ? shown(posterior, "mutual_information", "value")
                                                   : "undefined"},
         {"active units", shown(posterior, "active_units") + " of " + shown(posterior, "units")},
         {"collapse", words(posterior, "collapse")}});
  return table({"quantity", "value"},
               rows,
               "posteriors: " + words(posterior, "split") + " split, " +
                   words(posterior, "examples") +
                   " examples, K = " + words(posterior, "particles"));
}

std::string gradient_table(const Json& gradients) {
  if (!gradients.is_object() || !gradients.contains("entries") ||
      !gradients.at("entries").is_array())
    return "";
  std::vector<std::vector<std::string>> rows;
  for (const Json& entry : gradients.at("entries")) {
    if (!entry.is_object() || !entry.contains("groups") || !entry.at("groups").is_array()) continue;
    for (const Json& group : entry.at("groups")) {
      const std::string name = words(group, "group");
      if ((name != "model" && name != "guide") || rows.size() >= kMaxGroups) continue;
      rows.push_back({words(entry, "estimator"),
                      words(entry, "particles"),
                      name,
                      shown(group, "norm", "value"),
                      shown(group, "variance"),
                      shown(group, "snr", "value"),
                      bias(group)});
    }
  }
  if (rows.empty()) return "";
  return table({"estimator", "K", "group", "norm of the mean", "variance", "SNR", "relative bias"},
               rows,
               "gradients: a batch of " + words(gradients, "examples") + " examples, " +
                   words(gradients, "draws") + " draws, bias against " +
                   words(gradients, "reference_draws") + " draws of a reference");
}

}  // namespace

std::string diagnosis(const Json& found) {
  if (!found.is_object()) return "";
  const Json posterior = found.value("posterior", Json()),
             gradients = found.value("gradients", Json());
  const std::string out =
      advice(posterior) + posterior_table(posterior) + gradient_table(gradients);
  std::string plots;
  for (auto [name, plot] : diagnosis_plots(found)) {
    plot.width = 460;
    plot.height = 290;
    plots += render_svg(plot);
  }
  return plots.empty() ? out : out + "<div class=\"plots\">\n" + plots + "</div>\n";
}

}  // namespace elbow::report
