#include "elbow/runs/evaluate/diagnosable.h"
#include "elbow/runs/evaluate/evaluator.h"
#include "elbow/runs/evaluate/guide_draws.h"
#include "elbow/runs/evaluate/predictor.h"
#include "elbow/runs/evaluate/response_mixture.h"
#include "fits.h"
#include "gradient_fit.h"
#include "supervised_evaluation.h"

namespace elbow {
namespace {

/// A response given the other columns, and weights that all examples share.
class ResponseFit : public GradientFit,
                    public Evaluator,
                    public Predictor,
                    public Diagnosable,
                    public PosteriorSource {
 public:
  using GradientFit::GradientFit;
  Evaluator* evaluator() override { return this; }
  Predictor* predictor() override { return this; }
  Diagnosable* diagnosable() override { return this; }
  PosteriorSource* posterior() override {
    return has_global_site(model().sites()) ? this : nullptr;
  }

  void evaluate(TrainedRun& run,
                const EvaluationOptions& options,
                const Dataset& dataset,
                const std::string& split,
                Evaluation& out) override {
    refuse_refinement(options, "the weights are shared by all examples");
    evaluate_supervised(run, options, dataset, split, out);
  }

  std::function<Prediction(const Tensor& x)> prepare(const PredictionOptions& options) override {
    return prepare_mixture(*model().response_model(), guide(), options);
  }

  LatentDraws posterior_draws(std::int64_t count, std::uint64_t seed) override {
    return draws_of_guide(modules(), count, seed);
  }

  std::string without_posteriors() const override {
    return "a model of a response has weights that all examples share, and no posterior of each "
           "example";
  }
};

}  // namespace

FittedModelPtr response_fit(const Modules& modules) {
  return std::make_shared<ResponseFit>(modules);
}

}  // namespace elbow
