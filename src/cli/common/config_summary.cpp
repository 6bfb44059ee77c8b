#include "cli/common/config_summary.h"

#include <algorithm>

#include "cli/common/output.h"

namespace elbow::cli {
namespace {

/// The value at a dotted path, as text; empty when it is not there.
std::string at(const Json& config, const std::string& path) {
  Json::json_pointer pointer;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    pointer /= path.substr(begin, end - begin);
    begin = end + 1;
  }
  if (!config.contains(pointer) || config.at(pointer).is_null()) return "";
  const Json& value = config.at(pointer);
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void append(std::string* out,
            const std::string& before,
            const std::string& value,
            const std::string& after = "") {
  if (!value.empty()) *out += before + value + after;
}

/// "y, z | x, y": named latents with what each is given.
std::string named_latents(const Json& latents) {
  std::string out;
  for (const auto& [name, latent] : latents.items()) {
    out += (out.empty() ? "" : ", ") + name;
    const char* before = " | ";
    for (const auto& given : latent.at("given")) {
      out += before + given.get<std::string>();
      before = " ";
    }
  }
  return out;
}

bool has_named_latents(const Json& config, const char* section) {
  return config.contains(section) && config.at(section).contains("latents");
}

/// "40 latents, prior standard_normal, likelihood bernoulli (mlp)"
std::string model_summary(const Json& config) {
  std::string out;
  append(&out, "", at(config, "model.latent_size"), " latents");
  if (has_named_latents(config, "model"))
    out += "latents " + named_latents(config.at("model").at("latents"));
  append(&out, ", prior ", at(config, "model.prior.type"));
  append(&out, ", likelihood ", at(config, "model.likelihood.type"));
  append(&out, " (", at(config, "model.likelihood.network.type"), ")");
  append(&out, "target ", at(config, "model.target.type"));
  append(&out, "density ", at(config, "model.density.type"));
  if (out.empty()) out = at(config, "model.type");
  return out;
}

/// ", guide diag_normal (mlp) with planar x 10"
std::string guide_summary(const Json& config) {
  if (has_named_latents(config, "guide"))
    return ", guide " + named_latents(config.at("guide").at("latents"));
  const std::string model = at(config, "model.type");
  const bool has_guide = model == "latent" || model == "latents" || model == "target" ||
                         model == "program" || model == "torchscript" ||
                         model == "network_regression" || model == "network_classification";
  const std::string inference = at(config, "inference.type");
  const bool fits_guide = inference == "gradient" || inference == "advi" || inference == "laplace";
  if (!has_guide || !fits_guide) return "";
  std::string out = ", guide " + at(config, "guide.posterior.type");
  if (model == "latent") append(&out, " (", at(config, "guide.posterior.network.type"), ")");
  const char* before = " with ";
  for (const Json& layer : config.at("guide").at("flows")) {
    out += before + layer.at("type").get<std::string>() + " x " + layer.at("count").dump();
    before = ", ";
  }
  return out;
}

/// ", by svgd with 200 particles and adam" or ", by 4 chains of hmc, 1000 iterations of warm-up and
/// 1000 draws"; of others their objective.
std::string method_summary(const Json& config) {
  const std::string inference = at(config, "inference.type");
  if (inference == "conjugate") return ", by coordinate ascent in closed form";
  if (inference == "hmc" || inference == "sgld")
    return ", by " + at(config, "inference.num_chains") + " chains of " +
           (inference == "hmc" ? at(config, "inference.sampler") : inference) + ", " +
           at(config, "inference.num_warmup") + " iterations of warm-up and " +
           at(config, "inference.num_draws") + " draws";
  if (!at(config, "inference.max_steps").empty())
    return ", by " + inference + " in at most " + at(config, "inference.max_steps") + " steps";
  const std::string what = inference == "svgd"
                               ? "svgd of " + at(config, "inference.num_particles") + " particles"
                               : at(config, "objective.type");
  return ", by " + what + " with " + at(config, "optimizer.type");
}

}  // namespace

std::string training_summary(const Json& config) {
  std::string out = at(config, "name") + ": " + model_summary(config) + guide_summary(config);
  append(&out, ", on ", at(config, "data.type"));
  const bool is_closed_form = at(config, "inference.type") == "conjugate";
  out += method_summary(config);
  for (const char* own : {"inference.num_draws", "inference.max_steps"})
    if (!at(config, own).empty()) return out;
  append(&out, ", ", at(config, "trainer.epochs"), " epochs");
  append(&out, ", ", at(config, "trainer.steps"), " steps");
  const std::string batch =
      at(config, is_closed_form ? "inference.batch_size" : "trainer.batch_size");
  out += batch == "all" ? " of all examples at once" : " of batches of " + batch;
  return out;
}

void print_valid(const std::string& file,
                 const Json& config,
                 const std::string& more,
                 bool is_json) {
  const std::string summary = training_summary(config);
  if (is_json)
    print_event("valid", {{"file", file}, {"summary", summary}, {"config", config}});
  else
    print(file + ": ok\n" + summary + "\n" + more);
}

}  // namespace elbow::cli
