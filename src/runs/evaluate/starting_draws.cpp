#include "elbow/runs/evaluate/starting_draws.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/inference/guides/guide.h"
#include "elbow/models/generative/supervised_model.h"
#include "shape_text.h"

namespace elbow {
namespace {

/// Whether the other run's latents are these.
void check_latents(const TrainedRun& other, const UnconstrainedJoint& joint) {
  const std::vector<SiteSpec> theirs = other.modules.model->sites();
  for (const SiteSpec& own : joint.sites()) {
    const auto found = std::find_if(theirs.begin(), theirs.end(), [&own](const SiteSpec& site) {
      return site.name == own.name;
    });
    if (found == theirs.end())
      throw UsageError(
          "--init-from: " + other.directory.path() + " has no latent '" + own.name + "'",
          "give a run of the same model");
    if (found->event_shape != own.event_shape)
      throw UsageError("--init-from: the latent '" + own.name + "' of " + other.directory.path() +
                           " has shape " + shape_text(found->event_shape) + ", expected " +
                           shape_text(own.event_shape),
                       "give a run of the same model");
  }
}

}  // namespace

Tensor starting_draws(const TrainedRun& other,
                      const UnconstrainedJoint& joint,
                      std::int64_t count) {
  if (!other.modules.guide)
    throw UsageError("--init-from: " + other.directory.path() + " was fitted in closed form",
                     "give a run of inference.type gradient, svgd or hmc");
  check_latents(other, joint);
  const SupervisedModel* response = other.modules.model->response_model();
  if (response != nullptr && response->num_groups() > 1)
    throw UsageError("--init-from: " + other.directory.path() + " fits " +
                         std::to_string(response->num_groups()) +
                         " splits side by side, each with latents of its own",
                     "give a run with data.test_split at one number");
  const at::NoGradGuard no_grad;
  GeneratorSource source(seeded_generator(at::kCPU, derive_key(other.seed, Purpose::sampling)));
  const Trace drawn = other.modules.guide->condition(Batch{at::empty({1})})
                          ->draw(count, source, DrawGradient::none);
  Trace values;
  for (const SiteSpec& site : joint.sites()) {
    Shape shape{count, 1};
    shape.insert(shape.end(), site.event_shape.begin(), site.event_shape.end());
    const Tensor value = drawn.at(site.name).value().to(at::kCPU, at::kDouble).reshape(shape);
    values.add(Site(site.name, nullptr, value, /*is_observed=*/false, site.scope));
  }
  return joint.vectors(values).squeeze(1).contiguous();
}

}  // namespace elbow
