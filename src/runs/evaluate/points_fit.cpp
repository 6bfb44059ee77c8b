#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/inference/particles/draws_guide.h"
#include "elbow/models/generative/supervised_model.h"
#include "elbow/probability/distributions/empirical.h"
#include "elbow/probability/targets/target.h"
#include "elbow/runs/evaluate/evaluator.h"
#include "elbow/runs/evaluate/illustrator.h"
#include "elbow/runs/evaluate/judge.h"
#include "elbow/runs/evaluate/particle_picture.h"
#include "elbow/runs/evaluate/posterior_draws.h"
#include "elbow/runs/evaluate/predictor.h"
#include "elbow/runs/evaluate/response_mixture.h"
#include "elbow/runs/evaluate/sampler.h"
#include "fits.h"
#include "keyed_samples.h"
#include "points_verdict.h"
#include "short_number.h"
#include "supervised_evaluation.h"

namespace elbow {
namespace {

/// Points of the unconstrained space as named numbers of the latents, or of what people read of a
/// target. @param target null: none @param points [N, 1, U]
LatentDraws draws_of_points(const UnconstrainedJoint& joint,
                            const Target* target,
                            const Tensor& points) {
  if (joint.num_groups() > 1)
    throw UsageError("the run fits " + std::to_string(joint.num_groups()) +
                         " splits side by side, each with latents of its own",
                     "train with data.test_split at one number");
  LatentDraws out;
  out.kind = DrawKind::particles;
  const Trace values = joint.values(points);
  if (target != nullptr) {
    for (const TargetQuantity& one : target->quantities()) out.names.push_back(one.name);
    const Tensor z = values.sites().front().value().reshape({points.size(0), -1});
    out.values = target->quantities_at(z.to(at::kDouble)).unsqueeze(0);
    return out;
  }
  out.names = joint.quantities();
  std::vector<Tensor> columns;
  for (const Site& site : values.sites())
    columns.push_back(site.value().reshape({points.size(0), -1}).to(at::kDouble));
  out.values = at::cat(columns, 1).unsqueeze(0);
  return out;
}

/// `count` numbers below n, evenly apart.
Tensor evenly(std::int64_t count, std::int64_t n) {
  const double step = static_cast<double>(n) / static_cast<double>(count);
  return (at::arange(count, at::kDouble) * step).to(at::kLong);
}

/// @param count draws of all chains together, evenly thinned; 0: all
LatentDraws draws_of_chains(const DrawsGuide& guide, const Target* target, std::int64_t count) {
  LatentDraws out = draws_of_points(guide.joint(), target, guide.points());
  const std::int64_t chains = guide.num_chains(), made = guide.num_made();
  out.kind = DrawKind::chains;
  out.values = out.values[0].unflatten(0, {made, chains}).transpose(0, 1);
  out.statistic_names = DrawsGuide::columns();
  out.statistics = guide.statistics().transpose(0, 1);
  if (count > 0) {
    if (count > made * chains)
      throw UsageError("-n: the " + std::to_string(chains) + " chains have " +
                           std::to_string(made * chains) + " draws, got " + std::to_string(count),
                       "train with a larger inference.num_draws");
    const std::int64_t each = std::max<std::int64_t>(1, count / chains);
    const Tensor kept = evenly(each, made);
    out.is_thinned = each < made;
    out.values = out.values.index_select(1, kept);
    out.statistics = out.statistics.index_select(1, kept);
  }
  out.values = out.values.contiguous();
  out.statistics = out.statistics.contiguous();
  return out;
}

/// What holds of points whichever model they are of.
class PointsFit : public FittedModel, public Evaluator, public Judge, public PosteriorSource {
 public:
  explicit PointsFit(Modules modules) : modules_(std::move(modules)) {}
  PosteriorSource* posterior() override { return this; }
  Evaluator* evaluator() override { return this; }
  Judge* judge() override { return this; }
  std::string why_not_diagnosable() const override {
    return "points have no density: there are no weights and no bound to diagnose";
  }

  std::vector<Finding> judge(const EndOfTraining& training) override {
    if (const auto* svgd = dynamic_cast<const Svgd*>(&training.inference))
      return judge_spread(*svgd);
    return judge_chains(posterior_draws(/*count=*/0, training.seed),
                        training.config.child("inference"));
  }

  LatentDraws posterior_draws(std::int64_t count, std::uint64_t /*seed*/) override {
    const auto& points = dynamic_cast<const PointGuide&>(guide());
    if (const auto* chains = dynamic_cast<const DrawsGuide*>(&points))
      return draws_of_chains(*chains, model().target(), count);
    LatentDraws out = draws_of_points(points.joint(), model().target(), points.points());
    if (count > out.num_draws())
      throw UsageError("-n: the run has " + std::to_string(out.num_draws()) + " particles, got " +
                           std::to_string(count),
                       "leave -n out, or train with a larger inference.num_particles");
    if (count > 0) out.values = out.values.index_select(1, evenly(count, out.num_draws()));
    return out;
  }

 protected:
  GenerativeModel& model() const { return *modules_.model; }
  Guide& guide() const { return *modules_.guide; }
  const Modules& modules() const { return modules_; }

 private:
  Modules modules_;
};

class ResponsePoints : public PointsFit, public Predictor {
 public:
  using PointsFit::PointsFit;
  Predictor* predictor() override { return this; }

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
};

/// Of points on a named density: their moments beside its own.
class TargetPoints : public PointsFit, public Sampler, public Illustrator {
 public:
  using PointsFit::PointsFit;
  Sampler* sampler() override { return this; }
  Illustrator* illustrator() override { return this; }

  void evaluate(TrainedRun&,
                const EvaluationOptions& options,
                const Dataset&,
                const std::string&,
                Evaluation& out) override {
    refuse_refinement(options, "points have no bound to refine");
    const Tensor points = this->points();
    const Target& target = *model().target();
    const Tensor read = target.quantities_at(points);
    const Tensor mean = read.mean(0), sd = read.std(0, /*unbiased=*/false);
    out.summary["log_density"] = {
        {"value", target.log_density(points).to(at::kDouble).mean().item<double>()}};
    Json quantities = Json::array();
    const std::vector<TargetQuantity> known = target.quantities();
    for (std::size_t q = 0; q < known.size(); ++q) {
      const auto at = static_cast<std::int64_t>(q);
      Json one = {{"name", known[q].name},
                  {"mean", mean[at].item<double>()},
                  {"sd", sd[at].item<double>()}};
      if (!std::isnan(known[q].mean)) {
        one["target_mean"] = known[q].mean;
        one["target_sd"] = known[q].sd;
      }
      quantities.push_back(std::move(one));
    }
    out.summary["points"] = points.size(0);
    out.summary["quantities"] = std::move(quantities);
    out.csv = csv_of(points, target);
  }

  void each_sample(std::int64_t n,
                   const SampleOptions& options,
                   const std::function<void(const Tensor& part)>& use) override {
    each_keyed_sample(n, options.seed, use, [this](std::int64_t count, RandomSource& source) {
      const Empirical all(points(), /*event_ndims=*/1);
      return all.sample({1, count}, source).squeeze(0);
    });
  }
  std::vector<std::string> columns(std::vector<std::string>) const override {
    std::vector<std::string> out;
    for (std::int64_t unit = 0; unit < model().target()->size(); ++unit)
      out.push_back("z_" + std::to_string(unit));
    return out;
  }

  std::vector<NamedPicture> pictures(const Dataset&,
                                     std::uint64_t seed,
                                     std::int64_t /*image_count*/) override {
    const auto* chains = dynamic_cast<const DrawsGuide*>(&guide());
    if (chains != nullptr && chains->num_made() == 0) return {};  // still warming up
    const auto picture = particle_picture(*model().target(), points(), seed);
    if (!picture) return {};
    return {{"particles",
             encode_png(*picture),
             picture->width,
             picture->height,
             /*is_frame=*/chains == nullptr}};
  }

 private:
  /// [N, D] float64.
  Tensor points() const {
    const auto q = only_distribution(guide(), {}, model().sites());
    return dynamic_cast<const Empirical&>(*q).points().to(at::kDouble);
  }
  /// One line for each point.
  static std::string csv_of(const Tensor& points, const Target& target) {
    std::string out = "index,log_density";
    for (std::int64_t d = 0; d < points.size(1); ++d) out += ",z_" + std::to_string(d);
    out += "\n";
    const Tensor log_density = target.log_density(points);
    for (std::int64_t i = 0; i < points.size(0); ++i) {
      out += std::to_string(i) + "," + short_number(log_density[i].item<double>(), "%.17g");
      for (std::int64_t d = 0; d < points.size(1); ++d)
        out += "," + short_number(points[i][d].item<double>(), "%.17g");
      out += "\n";
    }
    return out;
  }
};

}  // namespace

FittedModelPtr points_fit(const Modules& modules) {
  if (modules.model->response_model() != nullptr) return std::make_shared<ResponsePoints>(modules);
  return std::make_shared<TargetPoints>(modules);
}

}  // namespace elbow
