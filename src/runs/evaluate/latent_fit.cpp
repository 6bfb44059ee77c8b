#include <c10/core/InferenceMode.h>

#include "elbow/foundations/core/shape.h"
#include "elbow/inference/guides/standing_value.h"
#include "elbow/runs/evaluate/diagnosable.h"
#include "elbow/runs/evaluate/encoder.h"
#include "elbow/runs/evaluate/evaluator.h"
#include "elbow/runs/evaluate/exportable.h"
#include "elbow/runs/evaluate/illustrator.h"
#include "elbow/runs/evaluate/imputer.h"
#include "elbow/runs/evaluate/linear_gaussian.h"
#include "elbow/runs/evaluate/pictures.h"
#include "elbow/runs/evaluate/reconstructor.h"
#include "elbow/runs/evaluate/sampler.h"
#include "elbow/runs/evaluate/traverser.h"
#include "fits.h"
#include "gradient_fit.h"
#include "gradient_pictures.h"
#include "imputation.h"
#include "keyed_samples.h"
#include "prior_variances.h"
#include "undefined.h"

namespace elbow {
namespace {

/// One vector z for each example, found by an encoder and decoded.
class LatentFit : public GradientFit,
                  public Evaluator,
                  public Sampler,
                  public Encoder,
                  public Reconstructor,
                  public Imputer,
                  public Traverser,
                  public Illustrator,
                  public Diagnosable,
                  public Exportable {
 public:
  using GradientFit::GradientFit;
  Evaluator* evaluator() override { return this; }
  Sampler* sampler() override { return this; }
  Encoder* encoder() override { return this; }
  Reconstructor* reconstructor() override { return this; }
  Imputer* imputer() override { return this; }
  /// Between the values of discrete latents there is nothing to move through.
  Traverser* traverser() override {
    return decoder().prior()->traits().is_discrete ? nullptr : this;
  }
  Illustrator* illustrator() override { return this; }
  Diagnosable* diagnosable() override { return this; }
  Exportable* exportable() override { return this; }

  void evaluate(TrainedRun& run,
                const EvaluationOptions& options,
                const Dataset& dataset,
                const std::string& split,
                Evaluation& out) override {
    const ImportanceOptions importance = with_relaxed_objective(options.importance, run, dataset);
    out.examples = importance_estimates(model(), guide(), dataset, split, out.rows, importance);
    // Held against the ELBO from draws while both are in the model's own units.
    Json evidence = linear_gaussian_evidence(run, dataset, split, out, importance);
    const double volume = use_file_units(run.units(), dataset, split, importance.batch_size, out);
    note_refinement(importance.refinement, out.summary);
    out.summary.update(summarise(out.examples,
                                 importance.particles,
                                 dimensions_of(run),
                                 prior_variances(model(), importance.seed)));
    note_overflows_of_draws(out);
    if (evidence.is_null()) return;
    for (const char* key : {"log_evidence", "exact_elbo"})
      if (evidence[key].is_number()) evidence[key] = evidence[key].get<double>() - volume;
    out.summary["evidence"] = evidence;
  }

  void each_sample(std::int64_t n,
                   const SampleOptions& options,
                   const std::function<void(const Tensor& part)>& use) override {
    each_keyed_sample(n, options.seed, use, [&](std::int64_t count, RandomSource& source) {
      const auto likelihood = decoder().decode(decoder().prior()->sample({1, count}, source));
      return (options.use_mean ? likelihood->location() : likelihood->sample({}, source))
          .squeeze(0);
    });
  }

  Encoding encode(const Batch& batch) override {
    const c10::InferenceMode inference;
    return posterior_at(batch)->summary();
  }
  std::int64_t num_units() const override { return num_elements(decoder().prior()->event_shape()); }

  Tensor reconstruct(const Batch& batch) override {
    const c10::InferenceMode inference;
    return decoder().decode(standing_value(*posterior_at(batch)))->location();
  }
  Tensor locations(const Batch& batch) override {
    const c10::InferenceMode inference;
    return posterior_at(batch)->location();
  }
  Tensor traverse(const Tensor& base,
                  const std::vector<std::int64_t>& units,
                  int steps,
                  double range) override {
    return elbow::traverse(decoder(), base, units, steps, range);
  }

  Imputation impute(const Batch& batch, const ImputationOptions& options) override {
    return elbow::impute(model(), guide(), batch, options);
  }

  std::vector<NamedPicture> pictures(const Dataset& dataset,
                                     std::uint64_t seed,
                                     std::int64_t image_count) override {
    return gradient_pictures(modules(), *this, this, dataset, {seed, image_count});
  }

  std::string without_posteriors() const override { return ""; }
  ExportedParts exported_parts() override { return {model(), &decoder(), guide()}; }

 private:
  bool has_posteriors() const override { return true; }
  Decoder& decoder() const { return *model().decoder(); }
  DistributionPtr posterior_at(const Batch& batch) const {
    return only_distribution(guide(), batch, model().sites());
  }
};

}  // namespace

FittedModelPtr latent_fit(const Modules& modules) { return std::make_shared<LatentFit>(modules); }

}  // namespace elbow
