#include "elbow/runs/evaluate/run_capabilities.h"

#include "elbow/foundations/core/error.h"
#include "elbow/runs/evaluate/fitted_model.h"
#include "elbow/runs/evaluate/posterior_draws.h"

namespace elbow {
namespace {

template <class Capability>
Capability& or_refuse(Capability* found, const UsageError& refusal) {
  if (found == nullptr) throw refusal;
  return *found;
}

std::string model_of(const TrainedRun& run) {
  return run.directory.path() + ": a model of type '" +
         run.config.value.at("model").at("type").get<std::string>() + "'";
}

UsageError without_decoder(const TrainedRun& run) {
  return UsageError(model_of(run) + " has no encoder and no decoder",
                    std::string("elbow ") +
                        (run.facts.value("responses", 0) > 0 ? "predict" : "sample") +
                        " and elbow eval work on it");
}

}  // namespace

Evaluator& evaluator_of(const TrainedRun& run) {
  return or_refuse(run.fitted->evaluator(),
                   UsageError(model_of(run) + " has no bound and no density to evaluate",
                              "elbow report shows how its training went"));
}

Sampler& sampler_of(const TrainedRun& run) {
  return or_refuse(
      run.fitted->sampler(),
      UsageError("this model has no draws of examples",
                 "elbow predict works where there is a response, elbow eval on every model"));
}

Encoder& encoder_of(const TrainedRun& run) {
  return or_refuse(run.fitted->encoder(), without_decoder(run));
}

Reconstructor& reconstructor_of(const TrainedRun& run) {
  return or_refuse(run.fitted->reconstructor(), without_decoder(run));
}

Traverser& traverser_of(const TrainedRun& run) {
  return or_refuse(
      run.fitted->traverser(),
      UsageError(model_of(run) + " has no single vector of real latents here to move through",
                 "elbow sample works on it, and elbow reconstruct where there is an encoder"));
}

Predictor& predictor_of(const TrainedRun& run) {
  return or_refuse(run.fitted->predictor(),
                   UsageError(run.directory.path() + ": the model predicts no response",
                              "elbow encode and elbow eval work on it"));
}

PosteriorSource& posterior_source_of(const TrainedRun& run) {
  return or_refuse(
      run.fitted->posterior(),
      UsageError(model_of(run) + " has no latents that all examples share",
                 "elbow encode gives those of each example; a network_regression or a target has "
                 "such latents"));
}

Imputer& imputer_of(const TrainedRun& run) {
  Imputer& found = or_refuse(
      run.fitted->imputer(),
      UsageError(model_of(run) + " does not say what stands in a gap",
                 "train a model that takes gaps, as model.type=latent does; elbow eval works on "
                 "this one"));
  if (!run.has_gaps())
    throw UsageError(run.directory.path() +
                         ": its training data had no gaps, so that it never learned what one is",
                     "train with data.allow_nan=true on data with missing values, or hide some of "
                     "them (data.missing=0.2)");
  return found;
}

Diagnosable& diagnosable_of(const TrainedRun& run) {
  return or_refuse(run.fitted->diagnosable(),
                   UsageError(run.directory.path() + ": " + run.fitted->why_not_diagnosable(),
                              "elbow eval says how well it fits"));
}

Exportable& exportable_of(const TrainedRun& run) {
  return or_refuse(run.fitted->exportable(), without_decoder(run));
}

}  // namespace elbow
