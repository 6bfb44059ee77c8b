#include <ATen/ops/empty.h>

#include "elbow/probability/targets/target.h"
#include "elbow/runs/evaluate/diagnosable.h"
#include "elbow/runs/evaluate/evaluator.h"
#include "elbow/runs/evaluate/guide_draws.h"
#include "elbow/runs/evaluate/illustrator.h"
#include "elbow/runs/evaluate/sampler.h"
#include "fits.h"
#include "gradient_fit.h"
#include "gradient_pictures.h"
#include "keyed_samples.h"

namespace elbow {
namespace {

/// How far the guide is from the target: KL(q || p) = ln Z - ELBO. Without data there is nothing to
/// reconstruct and no unit to say anything of it, and a KL to what is not normalised is none.
void add_target(Json& out, const Target& target) {
  for (const char* of_data : {"active_units", "mean_variance_per_unit", "reconstruction", "kl"})
    out.erase(of_data);
  if (!target.log_normaliser()) return;
  const double exact = *target.log_normaliser();
  const Json elbo = out.at("elbo"), nll = out.at("nll");
  out["target"] = {{"log_normaliser", exact},
                   {"log_normaliser_estimate", -nll.at("value").get<double>()},
                   {"kl",
                    {{"value", exact - elbo.at("value").get<double>()},
                     {"standard_error", elbo.at("standard_error")}}}};
}

/// A guide that was fitted to a named density.
class TargetFit : public GradientFit,
                  public Evaluator,
                  public Sampler,
                  public Illustrator,
                  public Diagnosable,
                  public PosteriorSource {
 public:
  using GradientFit::GradientFit;
  Evaluator* evaluator() override { return this; }
  Sampler* sampler() override { return this; }
  Illustrator* illustrator() override { return this; }
  Diagnosable* diagnosable() override { return this; }
  PosteriorSource* posterior() override { return this; }

  void evaluate(TrainedRun& run,
                const EvaluationOptions& options,
                const Dataset& dataset,
                const std::string& split,
                Evaluation& out) override {
    const ImportanceOptions& importance = options.importance;
    out.examples = importance_estimates(model(), guide(), dataset, split, out.rows, importance);
    use_file_units(run.units(), dataset, split, importance.batch_size, out);
    note_refinement(importance.refinement, out.summary);
    out.summary.update(summarise(out.examples, importance.particles, /*dimensions=*/0, {}));
    add_target(out.summary, *model().target());
  }

  void each_sample(std::int64_t n,
                   const SampleOptions& options,
                   const std::function<void(const Tensor& part)>& use) override {
    each_keyed_sample(n, options.seed, use, [this](std::int64_t count, RandomSource& source) {
      const auto q = only_distribution(guide(), {at::empty({count})}, model().sites());
      return q->sample({1}, source).squeeze(0);
    });
  }
  std::vector<std::string> columns(std::vector<std::string>) const override {
    std::vector<std::string> out;
    for (std::int64_t unit = 0; unit < model().target()->size(); ++unit)
      out.push_back("z_" + std::to_string(unit));
    return out;
  }

  std::vector<NamedPicture> pictures(const Dataset& dataset,
                                     std::uint64_t seed,
                                     std::int64_t image_count) override {
    return gradient_pictures(
        modules(), *this, /*reconstructor=*/nullptr, dataset, {seed, image_count});
  }

  LatentDraws posterior_draws(std::int64_t count, std::uint64_t seed) override {
    return draws_of_guide(modules(), count, seed);
  }

  std::string without_posteriors() const override { return ""; }
};

}  // namespace

FittedModelPtr target_fit(const Modules& modules) { return std::make_shared<TargetFit>(modules); }

}  // namespace elbow
