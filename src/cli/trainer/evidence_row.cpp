#include "cli/trainer/evidence_row.h"

#include <cmath>
#include <cstdio>

namespace elbow::cli {
namespace {

std::string evidence_number(const Json& value, const char* format) {
  if (value.is_null()) return "undefined";
  char text[64];
  std::snprintf(text, sizeof text, format, value.get<double>());
  return text;
}

std::string method_of(const Json& evidence) {
  return evidence.at("method") == "closed_form"
             ? "closed form"
             : "Monte Carlo " + evidence_number(evidence.at("monte_carlo_error"), "%.6f");
}

}  // namespace

std::string evidence_row(const Json& evidence) {
  const std::string begin =
      "log p(x) exact   " + evidence_number(evidence.at("log_evidence"), "%12.6f");
  if (evidence.at("exact_elbo").is_null())
    return begin +
           "; ELBO and KL(q || posterior) undefined: " + evidence.at("reason").get<std::string>() +
           "\n";
  const Json& apart = evidence.at("errors_apart");
  const Json distance = apart.is_null() ? Json() : Json(std::abs(apart.get<double>()));
  return begin + " = ELBO " + evidence_number(evidence.at("exact_elbo"), "%.6f") +
         " + KL(q || posterior) " + evidence_number(evidence.at("kl_to_posterior"), "%.6f") +
         "  (" + method_of(evidence) + "; the ELBO above is " + evidence_number(distance, "%.1f") +
         " Monte-Carlo errors away)\n";
}

}  // namespace elbow::cli
