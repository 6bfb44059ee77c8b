#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/zeros.h>

#include "conditions_json.h"
#include "elbow/data/sources/input.h"
#include "elbow/foundations/core/contains.h"
#include "elbow/foundations/core/shape.h"
#include "elbow/models/generative/conditions.h"
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
  /// What the model is given of an example, each an argument of its own, behind x and before
  /// everything else: label and covariates. A library size it makes of x.
  std::vector<std::string> conditions;
  std::int64_t num_classes = 0, num_covariates = 0;

  Tensor rows(std::int64_t count) const {
    return at::rand(with_batch(count, event_shape), options);
  }
  /// What the encoder takes.
  Tensor encoder_rows(std::int64_t count) const {
    return at::rand(with_batch(count, encoder_shape), options);
  }
  /// Some values of the conditions, as arguments.
  Tensors given(std::int64_t count) const {
    Tensors out;
    for (const std::string& name : conditions)
      out.push_back(name == kLabel ? at::arange(count, options.dtype(at::kLong)) % num_classes
                                   : at::rand({count, num_covariates}, options));
    return out;
  }
  /// The batch that arguments say. @param has_x whether x is the first of them
  Batch batch_of(const Tensors& in, bool has_x) const {
    Batch out;
    std::size_t next = 0;
    if (has_x) out.x = in.at(next++);
    for (const std::string& name : conditions)
      (name == kLabel ? out.labels : out.covariates) = in.at(next++);
    return out;
  }
  /// How many arguments stand before the latents or the noise.
  std::size_t num_given(bool has_x) const { return (has_x ? 1 : 0) + conditions.size(); }
};

SitesExport sites_export(TrainedRun& run) {
  const ExportedParts parts = exportable_of(run).exported_parts();
  const data::Reading reading = data::reading_from(run.facts);
  std::vector<std::string> conditions;
  for (const char* name : {kLabel, kCovariates})
    if (contains(parts.model.conditions(), name)) conditions.push_back(name);
  return {parts.model,
          parts.guide,
          parts.model.sites(),
          run.event_shape,
          encoder_shape(run),
          at::TensorOptions().dtype(dtype_of(run.node())).device(run.device),
          conditions,
          static_cast<std::int64_t>(reading.classes.size()),
          reading.covariates.size()};
}

std::vector<std::string> joined(std::vector<std::string> first,
                                const std::vector<std::string>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Tensors joined(Tensors first, const Tensors& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

std::vector<std::string> names_of(const SitesExport& of) {
  std::vector<std::string> out;
  for (const SiteSpec& spec : of.sites) out.push_back(spec.name);
  return out;
}

/// Some examples as the encoder takes them, as arguments.
Tensors encoder_examples(const SitesExport& of, std::int64_t count) {
  return joined({of.encoder_rows(count)}, of.given(count));
}

Batch some_batch(const SitesExport& of, std::int64_t count) {
  return of.batch_of(encoder_examples(of, count), /*has_x=*/true);
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

/// p(x, latents) at given latents. @param in x where `has_x`, what is given, then the latents.
/// Without x only the latents are asked about: the distribution of x does not depend on its value
Trace scored(const SitesExport& of, const Tensors& in, bool has_x) {
  GeneratorSource nothing_drawn;
  Batch batch = of.batch_of(in, has_x);
  if (!has_x) {
    batch.x = at::zeros(with_batch(1, of.event_shape), of.options);
    // Means are then those of an example of size 1.
    batch.library_size = at::ones({1}, of.options);
  }
  return of.model.score(batch, trace_of(of, in, of.num_given(has_x)), {nothing_drawn});
}

Tensors summaries(const SitesExport& of, const Tensors& in) {
  Tensors out;
  const Trace located = locations(*of.guide.condition(of.batch_of(in, /*has_x=*/true)), of.sites);
  for (const Site& site : located.sites())
    for (const auto& part : site.dist().summary()) out.push_back(part.second.flatten(1));
  return out;
}

/// Draws of each latent, then log q. @param in x, what is given, then the noise, [n, B, ...] each
Tensors draw_latents(const SitesExport& of, const Tensors& in) {
  const std::size_t given = of.num_given(/*has_x=*/true);
  NoiseTape tape({in.begin() + static_cast<std::ptrdiff_t>(given), in.end()});
  const Trace drawn = of.guide.condition(of.batch_of(in, /*has_x=*/true))
                          ->draw(in.at(given).size(0), tape, DrawGradient::none);
  Tensors out = latents_in(of, drawn);
  out.push_back(drawn.log_prob());
  return out;
}

/// Draws of each latent and of x from the prior down. @param in what is given, then the noise,
/// [1, n, ...] each
Tensors draw_all(const SitesExport& of, const Tensors& in) {
  const std::size_t given = of.num_given(/*has_x=*/false);
  NoiseTape tape({in.begin() + static_cast<std::ptrdiff_t>(given), in.end()});
  const at::NoGradGuard no_grad;
  const Batch conditions = of.batch_of(in, /*has_x=*/false);
  const Trace drawn =
      of.model.sample(in.at(given).size(1), {tape, /*num_examples=*/1, &conditions});
  Tensors out = latents_in(of, drawn);
  out.push_back(drawn.at("x").value());
  return out;
}

/// Latents that the model could meet: draws of its own. @return one of each site, [batch, event...]
Tensors some_latents_of(const SitesExport& of, std::int64_t batch) {
  const at::NoGradGuard no_grad;
  GeneratorSource source;
  const Batch given = of.batch_of(of.given(batch), /*has_x=*/false);
  return latents_in(of, of.model.sample(batch, {source, /*num_examples=*/1, &given}));
}

/// A tensor whose dtype and device the noise of draws takes, as TorchScript names it.
std::string any_tensor_of(const Module& module) {
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
    of.guide.condition(some_batch(of, 3))->draw(/*num_particles=*/2, source, DrawGradient::none);
  });
  const auto given = joined({"x"}, of.conditions);
  const auto with_noise = joined(given, noise_names(requests.size()));
  ModulePlan plan{&of.guide, "Encoder", {}, {}};
  plan.traced = {{"forward",
                  given,
                  [of](const Tensors& in) { return summaries(of, in); },
                  [of](std::int64_t batch) { return encoder_examples(of, batch); }},
                 {"log_prob",
                  joined(given, names_of(of)),
                  [of](const Tensors& in) {
                    const Trace latents = trace_of(of, in, of.num_given(/*has_x=*/true));
                    const auto q = of.guide.condition(of.batch_of(in, /*has_x=*/true));
                    return Tensors{q->score(latents).log_prob().squeeze(0)};
                  },
                  [of](std::int64_t batch) {
                    return joined(encoder_examples(of, batch), some_latents_of(of, batch));
                  }},
                 {"draw",
                  with_noise,
                  [of](const Tensors& in) { return draw_latents(of, in); },
                  [of, requests](std::int64_t batch) {
                    return joined(encoder_examples(of, batch),
                                  make_noise(requests, draws_in_example(batch), batch, of.options));
                  }}};
  plan.scripted = {{"sample",
                    "def sample(self, " + joined_by_commas(given) + ", n: int):\n" +
                        noise_source(requests, "n, x.size(0)", "x") + "  return self.draw(" +
                        joined_by_commas(with_noise) + ")\n"}};
  return plan;
}

ModulePlan plan_of_model(const SitesExport& of) {
  const auto requests = requests_of([&of](RandomSource& source) {
    const Batch given = of.batch_of(of.given(3), /*has_x=*/false);
    of.model.sample(3, {source, /*num_examples=*/1, &given});
  });
  const auto with_noise = joined(of.conditions, noise_names(requests.size()));
  const auto given = joined(of.conditions, names_of(of));
  const auto latents = [of](std::int64_t batch) {
    return joined(of.given(batch), some_latents_of(of, batch));
  };
  ModulePlan plan{&of.model, "Decoder", {}, {}};
  plan.traced = {{"forward",
                  given,
                  [of](const Tensors& in) {
                    const Trace all = scored(of, in, /*has_x=*/false);
                    return Tensors{all.at("x").dist().location().squeeze(0)};
                  },
                  latents},
                 {"log_likelihood",
                  joined({"x"}, given),
                  [of](const Tensors& in) {
                    return Tensors{scored(of, in, /*has_x=*/true).at("x").log_prob().squeeze(0)};
                  },
                  [of](std::int64_t batch) {
                    return joined(joined({of.rows(batch)}, of.given(batch)),
                                  some_latents_of(of, batch));
                  }},
                 {"log_prior",
                  given,
                  [of](const Tensors& in) {
                    const Trace all = scored(of, in, /*has_x=*/false);
                    Trace prior;
                    for (const SiteSpec& spec : of.sites) prior.add(all.at(spec.name));
                    return Tensors{prior.log_prob().squeeze(0)};
                  },
                  latents},
                 {"draw",
                  with_noise,
                  [of](const Tensors& in) { return draw_all(of, in); },
                  [of, requests](std::int64_t batch) {
                    return joined(of.given(batch), make_noise(requests, 1, batch, of.options));
                  }}};
  const bool is_given = !of.conditions.empty();
  const std::string count = is_given ? of.conditions.front() + ".size(0)" : "n";
  plan.scripted = {{"sample",
                    "def sample(self, " + (is_given ? joined_by_commas(of.conditions) : "n: int") +
                        "):\n" + noise_source(requests, "1, " + count, any_tensor_of(of.model)) +
                        "  return self.draw(" + joined_by_commas(with_noise) + ")\n"}};
  return plan;
}

}  // namespace

ExportPlan plan_of_sites(TrainedRun& run) {
  const SitesExport of = sites_export(run);
  ExportPlan out{plan_of_guide(of), plan_of_model(of), {}};
  const at::NoGradGuard no_grad;
  Json outputs = Json::array(), latents = Json::array();
  const Trace located = locations(*of.guide.condition(some_batch(of, 1)), of.sites);
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
        {"forward",
         {"mean of p(x | " + joined_by_commas(joined(of.conditions, names_of(of))) + ")"}},
        {"methods", out.decoder.methods()}}}};
  describe_conditions(run, of.conditions, of.model, out.description);
  return out;
}

}  // namespace elbow
