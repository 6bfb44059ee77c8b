#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <c10/core/InferenceMode.h>

#include "classification.h"
#include "elbow/foundations/core/contains.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/inference/guides/standing_value.h"
#include "elbow/models/conjugate/numbers.h"
#include "elbow/models/generative/conditions.h"
#include "elbow/runs/evaluate/diagnosable.h"
#include "elbow/runs/evaluate/encoder.h"
#include "elbow/runs/evaluate/evaluator.h"
#include "elbow/runs/evaluate/exportable.h"
#include "elbow/runs/evaluate/illustrator.h"
#include "elbow/runs/evaluate/imputer.h"
#include "elbow/runs/evaluate/reconstructor.h"
#include "elbow/runs/evaluate/sampler.h"
#include "fits.h"
#include "gradient_fit.h"
#include "gradient_pictures.h"
#include "imputation.h"
#include "keyed_samples.h"
#include "undefined.h"

namespace elbow {
namespace {

/// Draws that a unit's variance under the prior is estimated from, to 2 %.
constexpr std::int64_t kDrawsOfPrior = 4096;

/// Several latents of each example, whatever stands on what: all that is asked of model and guide
/// are draws and densities.
class SitesFit : public GradientFit,
                 public Evaluator,
                 public Sampler,
                 public Encoder,
                 public Reconstructor,
                 public Imputer,
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
  Illustrator* illustrator() override { return this; }
  Diagnosable* diagnosable() override { return this; }
  /// A latent that all examples share is no function of one of them.
  Exportable* exportable() override {
    for (const SiteSpec& spec : model().sites())
      if (spec.scope != Scope::local) return nullptr;
    return this;
  }

  void evaluate(TrainedRun& run,
                const EvaluationOptions& options,
                const Dataset& dataset,
                const std::string& split,
                Evaluation& out) override {
    const ImportanceOptions importance = with_relaxed_objective(options.importance, run, dataset);
    out.examples = importance_estimates(model(), guide(), dataset, split, out.rows, importance);
    use_file_units(run.units(), dataset, split, importance.batch_size, out);
    const std::vector<double> of_prior = variances_of_prior(importance.seed, dataset, split);
    out.summary.update(summarise(out.examples, importance.particles, dimensions_of(run), of_prior));
    add_latents(of_prior, out.summary);
    out.summary.update(
        classification(model(), guide(), dataset, split, out.rows, importance.batch_size));
    note_overflows_of_draws(out);
  }

  void each_sample(std::int64_t n,
                   const SampleOptions& options,
                   const std::function<void(const Tensor& part)>& use) override {
    std::int64_t begin = 0;
    each_keyed_sample(n, options.seed, use, [&](std::int64_t count, RandomSource& source) {
      const Batch given = conditions_of(options, begin, count);
      begin += count;
      const Trace drawn = model().sample(count, {source, /*num_examples=*/1, &given});
      const Site& x = drawn.at("x");
      return options.use_mean ? x.dist().location().reshape_as(x.value()) : x.value();
    });
  }

  Encoding encode(const Batch& batch) override {
    const c10::InferenceMode inference;
    Encoding out;
    const Trace located = locations(*guide().condition(batch), model().sites());
    for (const Site& site : located.sites())
      for (const auto& [name, value] : site.dist().summary())
        out.emplace_back(site.name() + "_" + name, value.flatten(1));
    return out;
  }
  std::int64_t num_units() const override { return 0; }

  Tensor reconstruct(const Batch& batch) override {
    const c10::InferenceMode inference;
    const Trace located = locations(*guide().condition(batch), model().sites());
    Trace latents;
    // The leading 1 is the particle.
    for (const Site& site : located.sites())
      latents.add(site.with(site.dist_ptr(), standing_value(site.dist()).unsqueeze(0)));
    GeneratorSource nothing_drawn;
    const Trace scored = model().score(batch, latents, {nothing_drawn});
    return scored.at("x").dist().location().reshape_as(batch.x);
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
  ExportedParts exported_parts() override { return {model(), /*decoder=*/nullptr, guide()}; }

 private:
  /// What draws are given: what was asked for, else each class in turn where the model needs one.
  Batch conditions_of(const SampleOptions& options, std::int64_t begin, std::int64_t count) const {
    Batch out;
    if (!model().conditions().empty())
      out = conditions_in_turn(model().num_classes(), begin, count);
    if (!options.covariates.empty())
      out.covariates = at::tensor(options.covariates, at::kDouble).expand({count, -1});
    if (options.label >= 0) out.labels = at::full({count}, options.label, at::kLong);
    if (options.library_size > 0)
      out.library_size = at::full({count}, options.library_size, at::kDouble);
    return out;
  }

  /// Of each number of all latents side by side, estimated.
  std::vector<double> variances_of_prior(std::uint64_t seed,
                                         const Dataset& dataset,
                                         const std::string& split) const {
    const c10::InferenceMode inference;
    KeyedSource source(seed, Purpose::sampling, row_range(0, kDrawsOfPrior), {0});
    Batch given = conditions_of({}, 0, kDrawsOfPrior);
    if (contains(model().conditions(), kCovariates))
      given.covariates = examples_in_turn(dataset, split, kDrawsOfPrior).covariates;
    const Trace drawn = model().sample(kDrawsOfPrior, {source, /*num_examples=*/1, &given});
    std::vector<double> out;
    for (const SiteSpec& spec : model().sites()) {
      const Tensor values = drawn.at(spec.name).value().flatten(1).to(at::kCPU, at::kDouble);
      for (const double variance : numbers_of(values.var(0))) out.push_back(variance);
    }
    return out;
  }

  /// {"latents": {"z1": {"units": 3, "active_units": 2}}}: the summary's units are those of all
  /// latents side by side.
  void add_latents(const std::vector<double>& of_prior, Json& summary) const {
    const auto variances = summary.at("mean_variance_per_unit").get<std::vector<double>>();
    std::size_t begin = 0;
    for (const SiteSpec& spec : model().sites()) {
      const std::size_t end = begin + static_cast<std::size_t>(num_elements(spec.event_shape));
      summary["latents"][spec.name] = {
          {"units", end - begin}, {"active_units", active_units(variances, of_prior, begin, end)}};
      begin = end;
    }
  }
};

}  // namespace

FittedModelPtr sites_fit(const Modules& modules) { return std::make_shared<SitesFit>(modules); }

}  // namespace elbow
