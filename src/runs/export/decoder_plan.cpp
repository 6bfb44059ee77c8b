#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/rand.h>

#include "elbow/foundations/core/shape.h"
#include "elbow/probability/distributions/kl.h"
#include "elbow/runs/evaluate/exportable.h"
#include "elbow/runs/evaluate/run_capabilities.h"
#include "exported_modules.h"

namespace elbow {

namespace {

/// Latents that the model could meet: draws of its posterior.
Tensor some_latents(Guide& guide,
                    const std::vector<SiteSpec>& sites,
                    const Shape& encoder_shape,
                    std::int64_t batch,
                    const at::TensorOptions& options) {
  const at::NoGradGuard no_grad;
  GeneratorSource source;
  const Tensor x = at::rand(with_batch(batch, encoder_shape), options);
  return only_distribution(guide, {x}, sites)->sample({1}, source).squeeze(0);
}

Tensors likelihood_parameters(Decoder& model, const Tensor& z) {
  Tensors out;
  for (const auto& item : model.decode(z)->parameters()) out.push_back(item.second);
  return out;
}

/// p(z) as the traces use it. The components of a VampPrior are posteriors: the encoder's weights
/// are no part of the decoder, so what they say of the pseudo-inputs becomes constants.
std::function<DistributionPtr()> prior_for_tracing(Decoder& model) {
  if (!model.prior_module().is_made_of_posterior()) return [&model] { return model.prior(); };
  const at::NoGradGuard no_grad;
  return [fixed = model.prior()->detach()] { return fixed; };
}

/// A tensor of the prior, whose dtype and device its noise takes, as TorchScript names it.
std::string tensor_of(const Prior& prior) {
  for (const auto& item : prior.own_parameters()) return "self.prior." + item.key();
  return "self.prior." + prior.own_buffers().begin()->key();
}

void add_prior(Decoder& model,
               const std::function<Tensor(std::int64_t)>& latents,
               const at::TensorOptions& options,
               ModulePlan& plan) {
  const auto prior = prior_for_tracing(model);
  plan.traced.push_back({"log_prior",
                         {"z"},
                         [prior](const Tensors& in) { return Tensors{prior()->log_prob(in[0])}; },
                         [latents](std::int64_t batch) { return Tensors{latents(batch)}; }});
  const auto noise = requests_of(*prior(), {1, 3});
  const auto names = noise_names(noise.size());
  plan.traced.push_back({"draw_prior",
                         names,
                         [prior](const Tensors& in) {
                           NoiseTape tape(in);
                           const at::NoGradGuard no_grad;
                           const Tensor z = prior()->sample({1, in.at(0).size(1)}, tape);
                           return Tensors{z.squeeze(0)};
                         },
                         [noise, options](std::int64_t batch) {
                           return make_noise(noise, /*count=*/1, batch, options);
                         }});
  std::string arguments;
  for (const auto& name : names) arguments += (arguments.empty() ? "" : ", ") + name;
  plan.scripted.push_back({"sample_prior",
                           "def sample_prior(self, n: int):\n" +
                               noise_source(noise, "1, n", tensor_of(model.prior_module())) +
                               "  return self.draw_prior(" + arguments + ")\n"});
}

}  // namespace

ModulePlan decoder_plan(TrainedRun& run) {
  const ExportedParts parts = exportable_of(run).exported_parts();
  Decoder& model = *parts.decoder;
  const auto options = at::TensorOptions().dtype(dtype_of(run.node())).device(run.device);
  const auto latents =
      [&guide = parts.guide, sites = parts.model.sites(), shape = encoder_shape(run), options](
          std::int64_t batch) { return some_latents(guide, sites, shape, batch, options); };
  const auto one = [latents](std::int64_t batch) { return Tensors{latents(batch)}; };
  ModulePlan plan{&parts.model, "Decoder", {}, {}};
  plan.traced = {
      {"forward",
       {"z"},
       [&model](const Tensors& in) { return Tensors{model.decode(in[0])->location()}; },
       one},
      {"likelihood_parameters",
       {"z"},
       [&model](const Tensors& in) { return likelihood_parameters(model, in[0]); },
       one},
      {"log_likelihood",
       {"x", "z"},
       [&model](const Tensors& in) { return Tensors{model.decode(in[1])->log_prob(in[0])}; },
       // Values that it can score: counts, codes or real numbers.
       [&model, latents](std::int64_t batch) {
         const at::NoGradGuard no_grad;
         GeneratorSource source;
         const Tensor z = latents(batch);
         return Tensors{model.decode(z)->sample({}, source), z};
       }}};
  add_prior(model, latents, options, plan);
  return plan;
}

Json decoder_json(TrainedRun& run, const ModulePlan& plan) {
  const at::NoGradGuard no_grad;
  Decoder& decoder = *exportable_of(run).exported_parts().decoder;
  const auto decoded = [&](std::int64_t batch) {
    return decoder.decode(plan.traced.front().example(batch).front());
  };
  // What does not depend on z has no dimension for its rows, and is the same for one and for two.
  const DistributionPtr one = decoded(1);
  const auto of_two = decoded(2)->parameters();
  Json parameters = Json::array();
  for (std::size_t i = 0; i < of_two.size(); ++i) {
    const auto [name, value] = one->parameters().at(i);
    const bool depends = value.sizes() != of_two[i].second.sizes();
    const auto sizes = value.sizes().vec();
    parameters.push_back({{"name", name},
                          {"per_example", depends},
                          {"shape", Shape(sizes.begin() + (depends ? 1 : 0), sizes.end())}});
  }
  const std::string mean = one->traits().has_moments ? "mean" : "location";
  return {{"file", "decoder.pt"},
          {"forward", {mean + " of p(x | z)"}},
          {"methods", plan.methods()},
          {"family", run.config.value.at("model").at("likelihood").at("type")},
          {"likelihood_parameters", parameters}};
}

Json prior_json(TrainedRun& run) {
  const at::NoGradGuard no_grad;
  const ExportedParts parts = exportable_of(run).exported_parts();
  Json out = {{"type", run.config.value.at("model").at("prior").at("type")}};
  const Tensor x = at::rand(with_batch(1, encoder_shape(run)), dtype_of(run.node())).to(run.device);
  out["closed_form_kl"] = kl_divergence(*only_distribution(parts.guide, {x}, parts.model.sites()),
                                        *parts.decoder->prior())
                              .has_value();
  const Layout layout = parts.decoder->prior_module().layout();
  if (layout.empty()) return out;
  out["tensor"] = "model.prior.parameters";
  out["layout"] = blocks_json(layout);
  return out;
}

}  // namespace elbow
