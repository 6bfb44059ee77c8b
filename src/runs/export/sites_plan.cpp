#include <ATen/ops/rand.h>
#include <ATen/ops/zeros.h>

#include "elbow/foundations/core/shape.h"
#include "elbow/runs/evaluate/exportable.h"
#include "elbow/runs/evaluate/run_capabilities.h"
#include "exported_modules.h"

namespace elbow {

namespace {

/// What both files of a model of several latents are about.
struct SitesExport {
  GenerativeModel& model;
  Guide& guide;
  std::vector<SiteSpec> sites;
  Shape event_shape, encoder_shape;
  at::TensorOptions options;

  Tensor rows(std::int64_t count) const {
    return at::rand(with_batch(count, event_shape), options);
  }
  /// What the encoder takes.
  Tensor encoder_rows(std::int64_t count) const {
    return at::rand(with_batch(count, encoder_shape), options);
  }
};

SitesExport sites_export(TrainedRun& run) {
  const ExportedParts parts = exportable_of(run).exported_parts();
  return {parts.model,
          parts.guide,
          parts.model.sites(),
          run.event_shape,
          encoder_shape(run),
          at::TensorOptions().dtype(dtype_of(run.node())).device(run.device)};
}

std::vector<std::string> names_of(const SitesExport& of) {
  std::vector<std::string> out;
  for (const SiteSpec& spec : of.sites) out.push_back(spec.name);
  return out;
}

/// The values of the latents, in their order.
Tensors latents_in(const SitesExport& of, const Trace& trace) {
  Tensors out;
  for (const SiteSpec& spec : of.sites) out.push_back(trace.at(spec.name).value());
  return out;
}

/// One latent of each site for each row, as a trace of one particle. @param values from `begin` on
Trace trace_of(const SitesExport& of, const Tensors& values, std::size_t begin) {
  Trace out;
  for (std::size_t i = 0; i < of.sites.size(); ++i)
    out.add(Site(of.sites[i].name,
                 /*dist=*/nullptr,
                 values.at(begin + i).unsqueeze(0),
                 /*is_observed=*/false));
  return out;
}

/// p(x, latents) at given latents. @param x undefined where only the latents are asked about: the
/// distribution of x does not depend on its value.
Trace scored(const SitesExport& of, const Tensor& x, const Trace& latents) {
  GeneratorSource nothing_drawn;
  const Tensor seen = x.defined() ? x : at::zeros(with_batch(1, of.event_shape), of.options);
  return of.model.score({seen}, latents, {nothing_drawn});
}

Tensors summaries(const SitesExport& of, const Tensor& x) {
  Tensors out;
  const Trace located = locations(*of.guide.condition({x}), of.sites);
  for (const Site& site : located.sites())
    for (const auto& part : site.dist().summary()) out.push_back(part.second.flatten(1));
  return out;
}

/// Draws of each latent, then log q. @param in x, then the noise, [n, B, ...] each
Tensors draw_latents(const SitesExport& of, const Tensors& in) {
  NoiseTape tape({in.begin() + 1, in.end()});
  const Trace drawn =
      of.guide.condition({in.front()})->draw(in.at(1).size(0), tape, DrawGradient::none);
  Tensors out = latents_in(of, drawn);
  out.push_back(drawn.log_prob());
  return out;
}

/// Draws of each latent and of x from the prior down. @param in the noise, [1, n, ...] each
Tensors draw_all(const SitesExport& of, const Tensors& in) {
  NoiseTape tape(in);
  const at::NoGradGuard no_grad;
  const Trace drawn = of.model.sample(in.front().size(1), {tape});
  Tensors out = latents_in(of, drawn);
  out.push_back(drawn.at("x").value());
  return out;
}

/// Latents that the model could meet: draws of its own. @return one of each site, [batch, event...]
Tensors some_latents_of(const SitesExport& of, std::int64_t batch) {
  const at::NoGradGuard no_grad;
  GeneratorSource source;
  return latents_in(of, of.model.sample(batch, {source}));
}

/// A tensor whose dtype and device the noise of draws takes, as TorchScript names it.
std::string any_tensor_of(const torch::nn::Module& module) {
  for (const auto& item : module.named_parameters()) return "self." + item.key();
  return "self." + module.named_buffers().begin()->key();
}

std::string joined_by_commas(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

ModulePlan plan_of_guide(const SitesExport& of) {
  const auto requests = requests_of([&of](RandomSource& source) {
    of.guide.condition({of.encoder_rows(3)})->draw(/*num_particles=*/2, source, DrawGradient::none);
  });
  const auto noise = noise_names(requests.size());
  std::vector<std::string> given{"x"}, with_noise{"x"};
  for (const auto& name : names_of(of)) given.push_back(name);
  with_noise.insert(with_noise.end(), noise.begin(), noise.end());
  ModulePlan plan{&of.guide, "Encoder", {}, {}};
  plan.traced = {
      {"forward",
       {"x"},
       [of](const Tensors& in) { return summaries(of, in[0]); },
       [of](std::int64_t batch) { return Tensors{of.encoder_rows(batch)}; }},
      {"log_prob",
       given,
       [of](const Tensors& in) {
         const Trace latents = trace_of(of, in, 1);
         return Tensors{of.guide.condition({in[0]})->score(latents).log_prob().squeeze(0)};
       },
       [of](std::int64_t batch) {
         Tensors in = some_latents_of(of, batch);
         in.insert(in.begin(), of.encoder_rows(batch));
         return in;
       }},
      {"draw",
       with_noise,
       [of](const Tensors& in) { return draw_latents(of, in); },
       [of, requests](std::int64_t batch) {
         Tensors in = make_noise(requests, draws_in_example(batch), batch, of.options);
         in.insert(in.begin(), of.encoder_rows(batch));
         return in;
       }}};
  plan.scripted = {{"sample",
                    "def sample(self, x, n: int):\n" + noise_source(requests, "n, x.size(0)", "x") +
                        "  return self.draw(" + joined_by_commas(with_noise) + ")\n"}};
  return plan;
}

ModulePlan plan_of_model(const SitesExport& of) {
  const auto requests = requests_of([&of](RandomSource& source) { of.model.sample(3, {source}); });
  const auto noise = noise_names(requests.size());
  std::vector<std::string> given = names_of(of), with_x{"x"};
  with_x.insert(with_x.end(), given.begin(), given.end());
  const auto latents = [of](std::int64_t batch) { return some_latents_of(of, batch); };
  ModulePlan plan{&of.model, "Decoder", {}, {}};
  plan.traced = {
      {"forward",
       given,
       [of](const Tensors& in) {
         return Tensors{scored(of, {}, trace_of(of, in, 0)).at("x").dist().location().squeeze(0)};
       },
       latents},
      {"log_likelihood",
       with_x,
       [of](const Tensors& in) {
         return Tensors{scored(of, in[0], trace_of(of, in, 1)).at("x").log_prob().squeeze(0)};
       },
       [of](std::int64_t batch) {
         Tensors in = some_latents_of(of, batch);
         in.insert(in.begin(), of.rows(batch));
         return in;
       }},
      {"log_prior",
       given,
       [of](const Tensors& in) {
         const Trace all = scored(of, {}, trace_of(of, in, 0));
         Trace prior;
         for (const SiteSpec& spec : of.sites) prior.add(all.at(spec.name));
         return Tensors{prior.log_prob().squeeze(0)};
       },
       latents},
      {"draw",
       noise,
       [of](const Tensors& in) { return draw_all(of, in); },
       [of, requests](std::int64_t batch) { return make_noise(requests, 1, batch, of.options); }}};
  plan.scripted = {{"sample",
                    "def sample(self, n: int):\n" +
                        noise_source(requests, "1, n", any_tensor_of(of.model)) +
                        "  return self.draw(" + joined_by_commas(noise) + ")\n"}};
  return plan;
}

}  // namespace

ExportPlan plan_of_sites(TrainedRun& run) {
  const SitesExport of = sites_export(run);
  ExportPlan out{plan_of_guide(of), plan_of_model(of), {}};
  const at::NoGradGuard no_grad;
  Json outputs = Json::array(), latents = Json::array();
  const Trace located = locations(*of.guide.condition({of.encoder_rows(1)}), of.sites);
  for (const Site& site : located.sites())
    for (const auto& part : site.dist().summary())
      outputs.push_back(site.name() + "_" + part.first);
  for (const SiteSpec& spec : of.sites)
    latents.push_back({{"name", spec.name}, {"shape", spec.event_shape}});
  out.description = {
      {"latents", latents},
      {"encoder",
       {{"file", "encoder.pt"}, {"forward", outputs}, {"methods", out.encoder.methods()}}},
      {"decoder",
       {{"file", "decoder.pt"},
        {"forward", {"mean of p(x | " + joined_by_commas(names_of(of)) + ")"}},
        {"methods", out.decoder.methods()}}}};
  return out;
}

}  // namespace elbow
