#include "variant_config.h"

#include <algorithm>

#include "elbow/foundations/core/error.h"

namespace elbow {
namespace {

/// Overrides that remove the relaxations of a guide's latents.
std::vector<std::string> without_relaxations(const Json& guide) {
  std::vector<std::string> out;
  const auto look = [&out](const Json& posterior, const std::string& path) {
    if (posterior.contains("relaxation")) out.push_back("~" + path + ".relaxation");
  };
  if (guide.contains("posterior")) look(guide.at("posterior"), "guide.posterior");
  if (guide.contains("latents"))
    for (const auto& item : guide.at("latents").items())
      look(item.value(), "guide.latents." + item.key());
  return out;
}

}  // namespace

void need_inner_override(const std::string& text) {
  const std::string key = text.substr(std::min(text.size(), text.find_first_not_of("+~")));
  for (const char* section : {"objective", "estimator"})
    if (key.rfind(section, 0) == 0 && key.find_first_of("=.") == std::string(section).size())
      return;
  throw UsageError("'" + text +
                       "': only objective.* and estimator.* can be changed here; the rest is what "
                       "was trained",
                   "e.g. 'objective={type: iwae, num_particles: 5}'");
}

bool relaxes_latents(const TrainedRun& run) {
  return run.modules.guide && run.modules.guide->relaxed_values() != RelaxedValues::none;
}

ResolvedConfig load_variant(const TrainedRun& run,
                            std::vector<std::string> overrides,
                            const Schema& schema) {
  try {
    return load_config(run.directory.config(), overrides, schema);
  } catch (const ConfigError&) {
    if (!relaxes_latents(run)) throw;
    for (auto& removal : without_relaxations(run.config.value.at("guide")))
      overrides.push_back(std::move(removal));
    return load_config(run.directory.config(), overrides, schema);
  }
}

}  // namespace elbow
