#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "conjugate_evaluation.h"
#include "conjugate_verdict.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/runs/evaluate/conjugate_pictures.h"
#include "elbow/runs/evaluate/encoder.h"
#include "elbow/runs/evaluate/evaluator.h"
#include "elbow/runs/evaluate/illustrator.h"
#include "elbow/runs/evaluate/judge.h"
#include "elbow/runs/evaluate/predictor.h"
#include "elbow/runs/evaluate/sampler.h"
#include "fits.h"
#include "prior_conflict.h"

namespace elbow {
namespace {

/// Global factors of a conditionally conjugate model, in closed form.
class ConjugateFit : public FittedModel,
                     public Evaluator,
                     public Sampler,
                     public Encoder,
                     public Predictor,
                     public Illustrator,
                     public Judge {
 public:
  explicit ConjugateFit(const Modules& modules)
      : model_(modules.conjugate), globals_(modules.globals) {}
  Evaluator* evaluator() override { return this; }
  Sampler* sampler() override { return this; }
  Encoder* encoder() override { return this; }
  Predictor* predictor() override { return model_->response() != nullptr ? this : nullptr; }
  Illustrator* illustrator() override { return this; }
  Judge* judge() override { return this; }
  std::string why_not_diagnosable() const override {
    return "the model is fitted in closed form: no gradients and no encoder to diagnose";
  }

  void evaluate(TrainedRun& run,
                const EvaluationOptions& options,
                const Dataset& dataset,
                const std::string& split,
                Evaluation& out) override {
    refuse_refinement(options, "closed-form posteriors are at their optimum already");
    evaluate_conjugate(
        *model_, globals_(), run, dataset, split, options.importance.batch_size, out);
  }

  /// Samplers take any shape: one generator seeded by the key for all parts, not noise by row.
  void each_sample(std::int64_t n,
                   const SampleOptions& options,
                   const std::function<void(const Tensor& part)>& use) override {
    const c10::InferenceMode inference;
    // Each row is a draw of its own; parts keep to 128 MiB.
    constexpr std::int64_t kMostNumbers = 1 << 24, kMostDraws = 1 << 14, kFewestDraws = 64;
    const std::int64_t most = std::clamp(kMostNumbers / options.width, kFewestDraws, kMostDraws);
    GeneratorSource source(
        at::detail::createCPUGenerator(derive_key(options.seed, Purpose::sampling)));
    for (std::int64_t begin = 0; begin < n; begin += most) {
      const Tensor part = model_->sample(std::min(n - begin, most), globals_(), source);
      if (!part.defined())
        throw UsageError(
            "this model has no draws of examples",
            "elbow predict works where there is a response, elbow eval on every model");
      use(part);
    }
  }

  Encoding encode(const Batch& batch) override {
    const at::NoGradGuard no_grad;
    return model_->encode(batch, globals_());
  }
  std::int64_t num_units() const override { return 0; }

  std::function<Prediction(const Tensor& x)> prepare(const PredictionOptions& options) override {
    return [this, mass = options.mass](const Tensor& x) {
      return model_->response()->predict(x, globals_(), mass);
    };
  }

  std::vector<NamedPicture> pictures(const Dataset& dataset,
                                     std::uint64_t seed,
                                     std::int64_t /*image_count*/) override {
    return conjugate_pictures(*model_, globals_(), dataset, seed);
  }

  std::vector<Finding> judge(const EndOfTraining& training) override {
    std::vector<Finding> out;
    // First, since a prior that works against the data is also why passes do not settle.
    judge_location_prior(*model_, training.dataset, training.seed, out);
    for (Finding& found : judge_closed_form(training)) out.push_back(std::move(found));
    return out;
  }

 private:
  std::shared_ptr<const ConjugateModel> model_;
  std::function<const Globals&()> globals_;
};

}  // namespace

FittedModelPtr conjugate_fit(const Modules& modules) {
  return std::make_shared<ConjugateFit>(modules);
}

}  // namespace elbow
