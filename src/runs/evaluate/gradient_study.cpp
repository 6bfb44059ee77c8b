#include "elbow/runs/evaluate/gradient_study.h"

#include <algorithm>
#include <limits>

#include "elbow/foundations/core/error.h"
#include "elbow/runs/evaluate/evaluation.h"
#include "fixed_batch.h"

namespace elbow {
namespace {

/// Equal blocks: the next multiple of their number. What has no noise needs two of each.
std::int64_t whole_blocks(std::int64_t draws, bool is_exact) {
  constexpr std::int64_t blocks = GradientMoments::kNumBlocks;
  return is_exact ? 2 * blocks : std::max<std::int64_t>(2, (draws + blocks - 1) / blocks) * blocks;
}

/// What draws of discrete latents never took they say nothing about, however well they agree with
/// each other. With so many flips, rare ones that are missing change a mean by less than half of
/// its standard error (those of which fewer than ten were expected: 10 against sqrt(400)).
constexpr double kEnoughFlips = 400;

/// The flips that all draws together are expected to have; infinite for what has no noise.
double flips_in(const GradientVariant& variant, std::int64_t draws, double flips_of_one) {
  if (variant.is_exact) return std::numeric_limits<double>::infinity();
  return static_cast<double>(draws * variant.num_particles) * flips_of_one;
}

Json name_of(const GradientVariant& variant) {
  return {{"estimator", variant.label}, {"particles", variant.num_particles}};
}

std::int64_t batch_size_of(const TrainedRun& run, const GradientStudyOptions& options) {
  return options.batch_size > 0 ? options.batch_size
                                : run.node().child("trainer").integer("batch_size");
}

}  // namespace

struct GradientStudy::State {
  State(TrainedRun& run, const Dataset& dataset, const GradientStudyOptions& asked)
      : modules(run.modules), options(asked), batch(run, dataset, batch_size_of(run, asked)) {
    const TrainingMode training(modules);
    plan = plan_gradients(
        run, asked, [this](const GradientVariant& variant) { return batch.try_once(variant); });
  }

  Modules& modules;
  GradientStudyOptions options;
  FixedBatch batch;
  GradientPlan plan;
};

GradientStudy::GradientStudy(TrainedRun& run,
                             const Dataset& dataset,
                             const GradientStudyOptions& options)
    : state_(std::make_unique<State>(run, dataset, options)) {}

GradientStudy::~GradientStudy() = default;

Json GradientStudy::draw() {
  FixedBatch& batch = state_->batch;
  const GradientStudyOptions& options = state_->options;
  const std::int64_t long_run =
      options.reference_draws > 0 ? options.reference_draws : 5 * options.draws;
  const TrainingMode training(state_->modules);
  const double flips_of_one = batch.expected_flips();
  Json entries = Json::array();
  for (const auto& comparison : state_->plan.comparisons) {
    std::optional<DrawnGradients> truth;
    if (comparison.reference)
      truth = batch.draw(*comparison.reference,
                         whole_blocks(long_run, comparison.reference->is_exact),
                         "reference");
    for (const auto& variant : comparison.variants) {
      const DrawnGradients drawn =
          batch.draw(variant, whole_blocks(options.draws, variant.is_exact), "draw");
      double flips = flips_in(variant, drawn.moments.count(), flips_of_one);
      if (truth)
        flips =
            std::min(flips, flips_in(*comparison.reference, truth->moments.count(), flips_of_one));
      Json entry = name_of(variant);
      if (truth) entry["reference"] = name_of(*comparison.reference);
      entry["seconds_per_draw"] = drawn.seconds_per_draw;
      if (drawn.not_finite > 0) entry["not_finite"] = drawn.not_finite;
      if (flips < kEnoughFlips) entry["few_flips"] = flips;
      entry["groups"] = describe_gradient(batch.groups(),
                                          drawn.moments,
                                          truth ? &truth->moments : nullptr,
                                          /*has_seen_all=*/flips >= kEnoughFlips);
      entries.push_back(std::move(entry));
    }
  }
  return {{"split", "train"},
          {"examples", batch.num_examples()},
          {"draws", whole_blocks(options.draws, false)},
          {"reference_draws", whole_blocks(long_run, false)},
          {"entries", entries},
          {"left_out", state_->plan.left_out}};
}

std::vector<ParameterGroup> parameter_groups(const NamedTensors& named) {
  std::vector<ParameterGroup> sides, layers;
  const auto extend = [](std::vector<ParameterGroup>& groups,
                         const std::string& name,
                         std::int64_t first,
                         std::int64_t count) {
    if (groups.empty() || groups.back().name != name) groups.push_back({name, first, 0});
    groups.back().count += count;
  };
  std::int64_t first = 0;
  for (const auto& [name, tensor] : named) {
    const std::string side = name.substr(0, name.find('.')),
                      layer = name.substr(0, name.rfind('.'));
    extend(sides, side, first, tensor.numel());
    extend(layers, layer == side ? side + " (own)" : layer, first, tensor.numel());
    first += tensor.numel();
  }
  sides.insert(sides.end(), layers.begin(), layers.end());
  return sides;
}

}  // namespace elbow
