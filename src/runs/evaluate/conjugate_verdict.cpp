#include "conjugate_verdict.h"

#include <cmath>

#include "short_number.h"

namespace elbow {
namespace {

constexpr double kErrorsOfAFall = 3;  ///< standard errors by which a fall is no accident

/// `trainer.epochs=60` where there were 30.
std::string more_passes(const ConfigNode& config) {
  const ConfigNode trainer = config.child("trainer");
  const char* key = trainer.has("epochs") ? "epochs" : "steps";
  return std::string("trainer.") + key + "=" + std::to_string(2 * trainer.integer(key));
}

std::vector<Finding> judge_whole_passes(const ConfigNode& config, const Convergence& found) {
  if (found.tolerance == 0 || found.has_settled) return {};
  const double change = found.last_change;
  const std::string tolerance = short_number(found.tolerance, "%.3g");
  return {{"not_converged",
           std::isnan(change)
               ? "training ended before two passes could show whether the bound still changes"
               : "the bound still changed by " + short_number(change, "%.1e") +
                     " of its size in the last pass; inference.tolerance is " + tolerance,
           "go on with elbow resume RUN " + more_passes(config) +
               (std::isnan(change) ? "" : ", or set a larger inference.tolerance")}};
}

}  // namespace

std::vector<Finding> judge_closed_form(const EndOfTraining& training) {
  const Json &start = training.start, &end = training.end;
  if (training.inference.repeats_exactly()) {
    const auto convergence = training.inference.convergence();
    return convergence ? judge_whole_passes(training.config, *convergence) : std::vector<Finding>();
  }
  const auto is_known = [](const Json& bound) {
    return bound.is_object() && bound.at("elbo").is_number();
  };
  if (!is_known(start) || !is_known(end)) return {};
  const double before = start.at("elbo").get<double>(), after = end.at("elbo").get<double>();
  const Json& error = end.at("standard_error");
  const double margin = error.is_number() ? kErrorsOfAFall * error.get<double>() : 0.0;
  if (after >= before - margin) return {};
  return {{"bound_fell",
           "the ELBO ended at " + short_number(after, "%.4g") + " nats per example, below the " +
               short_number(before, "%.4g") + " that it began with (" + end.at("examples").dump() +
               " training examples)",
           "take smaller first steps (a larger delay in inference.rho), or a larger "
           "inference.batch_size"}};
}

}  // namespace elbow
