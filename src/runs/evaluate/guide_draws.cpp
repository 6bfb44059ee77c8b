#include "elbow/runs/evaluate/guide_draws.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>

#include <algorithm>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/inference/guides/guide.h"
#include "elbow/inference/particles/unconstrained_joint.h"
#include "elbow/models/generative/supervised_model.h"
#include "elbow/probability/targets/target.h"

namespace elbow {

LatentDraws draws_of_guide(const Modules& modules, std::int64_t count, std::uint64_t seed) {
  constexpr std::int64_t kUsual = 4000;
  const at::NoGradGuard no_grad;
  GenerativeModel& model = *modules.model;
  if (model.response_model() != nullptr && model.response_model()->num_groups() > 1)
    throw UsageError("the run fits " + std::to_string(model.response_model()->num_groups()) +
                         " splits side by side, each with latents of its own",
                     "train with data.test_split at one number");
  GeneratorSource source(seeded_generator(at::kCPU, derive_key(seed, Purpose::sampling)));
  const std::int64_t draws = count > 0 ? count : kUsual;
  const Batch nobody{at::empty({1})};
  LatentDraws out;
  if (const Target* target = model.target()) {
    // With their densities: flows without an inverse know those of their own draws alone.
    const auto [drawn, log_q] = only_distribution(*modules.guide, nobody, model.sites())
                                    ->sample_and_log_prob({draws}, source);
    const Tensor z = drawn.reshape({draws, -1});
    for (const TargetQuantity& one : target->quantities()) out.names.push_back(one.name);
    out.values = target->quantities_at(z.to(at::kCPU, at::kDouble)).unsqueeze(0).contiguous();
    std::vector<Tensor> parts;
    constexpr std::int64_t kAtOnce = 1000;
    for (std::int64_t begin = 0; begin < draws; begin += kAtOnce)
      parts.push_back(target->log_density(z.narrow(0, begin, std::min(kAtOnce, draws - begin))));
    const auto on_cpu = [](const Tensor& x) { return x.to(at::kCPU, at::kDouble); };
    const Tensor log_p = on_cpu(at::cat(parts)), log_g = on_cpu(log_q.reshape({draws}));
    out.log_weights = log_p - log_g;
    // As CmdStan names them beside draws of its variational inference.
    out.statistic_names = {"lp__", "log_p__", "log_g__"};
    out.statistics = at::stack({log_p, log_p, log_g}, 1).unsqueeze(0).contiguous();
    return out;
  }
  const Trace drawn = modules.guide->condition(nobody)->draw(draws, source, DrawGradient::none);
  std::vector<Tensor> columns;
  for (const SiteSpec& site : model.sites()) {
    for (std::string& name : names_of_numbers(site.name, site.event_shape))
      out.names.push_back(std::move(name));
    columns.push_back(drawn.at(site.name).value().reshape({draws, -1}).to(at::kCPU, at::kDouble));
  }
  out.values = at::cat(columns, 1).unsqueeze(0).contiguous();
  return out;
}

Tensor log_weights_of_responses(const TrainedRun& run, const Dataset& dataset) {
  constexpr std::int64_t kDraws = 1000, kDrawsAtOnce = 50, kRowsAtOnce = 4096;
  const at::NoGradGuard no_grad;
  GenerativeModel& model = *run.modules.model;
  const UnconstrainedJoint joint(model);
  GeneratorSource source(seeded_generator(at::kCPU, derive_key(run.seed, Purpose::sampling)));
  const DistributionPtr q = only_distribution(*run.modules.guide, {}, model.sites());
  const auto [drawn, log_q] = q->sample_and_log_prob({kDraws}, source);
  const std::int64_t size = dataset.size("train");
  std::vector<Tensor> parts;
  for (std::int64_t begin = 0; begin < kDraws; begin += kDrawsAtOnce) {
    Trace latents;
    latents.add(Site(model.sites().front().name,
                     q,
                     drawn.narrow(0, begin, kDrawsAtOnce),
                     /*is_observed=*/false,
                     Scope::global));
    const Tensor flat = joint.vectors(latents);
    Tensor log_joint;
    for (std::int64_t row = 0; row < size; row += kRowsAtOnce) {
      const std::int64_t end = std::min(size, row + kRowsAtOnce);
      const Batch batch = dataset.batch("train", row_range(row, end), /*epoch=*/0);
      const auto terms = joint.terms(flat, batch, end - row, source);
      if (!log_joint.defined()) log_joint = terms.log_prior;
      log_joint = log_joint + terms.log_likelihood;
    }
    parts.push_back(log_joint);
  }
  return (at::cat(parts) - log_q).sum(1).to(at::kCPU, at::kDouble);
}

}  // namespace elbow
