#include "elbow/runs/evaluate/evaluator.h"
#include "elbow/runs/evaluate/illustrator.h"
#include "elbow/runs/evaluate/sampler.h"
#include "fits.h"
#include "gradient_fit.h"
#include "gradient_pictures.h"
#include "keyed_samples.h"
#include "mean.h"
#include "undefined.h"

namespace elbow {
namespace {

/// A density is known without draws: they have no error, and no number. Nor is there a latent that
/// could have a KL.
void leave_out_draws(Json& summary) {
  for (const char* of_latents : {"nll_bias", "kl"}) summary.erase(of_latents);
  for (const char* quantity : {"elbo", "nll"})
    for (const char* of_draws : {"monte_carlo_error", "particles", "effective_sample_size"})
      summary.at(quantity).erase(of_draws);
}

/// How far a density is from the one that the data were drawn from: KL(p || q) = E_p[ln p - ln q],
/// example by example.
void add_data_density(Json& out,
                      const data::RawData& raw,
                      const std::string& split,
                      const std::vector<std::int64_t>& rows,
                      const std::vector<ExampleEstimate>& examples) {
  if (!raw.log_density) return;
  const auto& table = raw.splits.at(split).images;
  const std::int64_t width = table.count() / table.shape[0];
  std::vector<double> differences;
  double sum = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double truth = raw.log_density(table.as<double>() + rows[i] * width);
    sum += truth;
    differences.push_back(truth - examples[i].elbo);
  }
  const Mean kl = mean_of(differences, [](double difference) { return difference; });
  out["data_density"] = {{"mean_log_density", sum / static_cast<double>(rows.size())},
                         {"kl", {{"value", kl.value}, {"standard_error", kl.standard_error}}}};
}

/// p(x) itself, fitted by its exact likelihood.
class DensityFit : public GradientFit, public Evaluator, public Sampler, public Illustrator {
 public:
  using GradientFit::GradientFit;
  Evaluator* evaluator() override { return this; }
  Sampler* sampler() override { return this; }
  Illustrator* illustrator() override { return this; }
  std::string why_not_diagnosable() const override {
    return "the model is fitted by its exact likelihood: no latents, no estimator and no noise to "
           "diagnose";
  }

  void evaluate(TrainedRun& run,
                const EvaluationOptions& options,
                const Dataset& dataset,
                const std::string& split,
                Evaluation& out) override {
    refuse_refinement(options, "the density of each example is exact");
    const std::int64_t batch_size = options.importance.batch_size;
    out.is_closed_form = true;
    out.examples = exact_densities(model(), dataset, split, out.rows, batch_size);
    use_file_units(run.units(), dataset, split, batch_size, out);
    out.summary.update(summarise(out.examples, options.importance.particles, /*dimensions=*/0, {}));
    leave_out_draws(out.summary);
    note_overflows_of_draws(out);
    add_data_density(out.summary, dataset.raw(), split, out.rows, out.examples);
  }

  void each_sample(std::int64_t n,
                   const SampleOptions& options,
                   const std::function<void(const Tensor& part)>& use) override {
    each_keyed_sample(n, options.seed, use, [this](std::int64_t count, RandomSource& source) {
      return model().sample(count, {source}).at("x").value();
    });
  }

  std::vector<NamedPicture> pictures(const Dataset& dataset,
                                     std::uint64_t seed,
                                     std::int64_t image_count) override {
    return gradient_pictures(
        modules(), *this, /*reconstructor=*/nullptr, dataset, {seed, image_count});
  }
};

}  // namespace

FittedModelPtr density_fit(const Modules& modules) { return std::make_shared<DensityFit>(modules); }

}  // namespace elbow
