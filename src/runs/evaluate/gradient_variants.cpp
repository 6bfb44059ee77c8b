#include "gradient_variants.h"

#include <algorithm>
#include <optional>
#include <set>

#include "elbow/foundations/core/error.h"
#include "elbow/runs/train/full_schema.h"
#include "variant_config.h"

namespace elbow {
namespace {

constexpr std::int64_t kReferenceFactor = 8;

/// The key that says how many particles share one logarithm; "" when the objective has none.
std::string particle_key(const Json& objective) {
  for (const char* key : {"num_particles", "group_size"})
    if (objective.contains(key)) return key;
  return "";
}

/// What an estimator is called: its type, and what is set in it besides the defaults.
std::string label_of(const Json& estimator, const ComponentInfo* info) {
  std::string out = estimator.at("type"), options;
  for (const auto& parameter : info->parameters) {
    if (!estimator.contains(parameter.name)) continue;
    const Json& value = estimator.at(parameter.name);
    if (value.is_structured() || value == parameter.default_value.value_or(Json())) continue;
    options += (options.empty() ? "" : ", ") + parameter.name + " " +
               (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return options.empty() ? out : out + " (" + options + ")";
}

std::string override_of(const std::string& estimator) {
  return "estimator=" + (estimator.front() == '{' ? estimator : "{type: " + estimator + "}");
}

/// Makes variants of one run's configuration.
class Variants {
 public:
  Variants(const TrainedRun& run,
           const GradientStudyOptions& options,
           const std::vector<std::string>& estimators,
           const GradientProbe& probe)
      : run_(run), overrides_(options.overrides), probe_(probe), schema_(full_schema()) {
    for (const auto& text : overrides_) need_inner_override(text);
    base_ = load_base(estimators);
    const Json& objective = base_.value.at("objective");
    key_ = particle_key(objective);
    info_ = schema_.find("objective", objective.at("type"));
    traits_ = info_->find_traits<ObjectiveTraits>();
  }

  const Json& estimator() const { return base_.value.at("estimator"); }
  const ComponentInfo& objective() const { return *info_; }
  const ObjectiveTraits& objective_traits() const { return *traits_; }
  /// A path through relaxed draws is that of another bound.
  bool is_relaxed() const { return relaxes_latents(run_); }
  bool has_particles() const { return !key_.empty(); }
  std::int64_t own_particles() const {
    return has_particles() ? base_.value.at("objective").at(key_).get<std::int64_t>() : 1;
  }
  const ComponentInfo* info_of(const std::string& estimator) const {
    return schema_.find("estimator", estimator);
  }
  const ComponentInfo& info_of(const GradientVariant& variant) const {
    return *schema_.find("estimator", variant.config.value.at("estimator").at("type"));
  }
  const EstimatorTraits& traits_of(const GradientVariant& variant) const {
    return *info_of(variant).find_traits<EstimatorTraits>();
  }
  /// Particles drawn by strata are another bound than independent ones, but for an average.
  bool has_strata() const {
    if (!base_.value.at("guide").contains("posterior")) return false;
    const Json& guide = base_.value.at("guide").at("posterior");
    const ComponentInfo* row = schema_.find("posterior", guide.at("type"));
    const auto* posterior = row == nullptr ? nullptr : row->find_traits<PosteriorTraits>();
    return posterior != nullptr && posterior->stratified && !traits_->averages_particles;
  }

  /// @param estimator YAML of a component, or its name
  /// @throws ConfigError, UsageError when it does not go with the run
  GradientVariant make(const std::string& estimator, std::int64_t num_particles) const {
    auto overrides = overrides_;
    overrides.push_back(override_of(estimator));
    if (has_particles())
      overrides.push_back("objective." + key_ + "=" + std::to_string(num_particles));
    GradientVariant out;
    out.config = load_variant(run_, overrides, schema_);
    out.num_particles = num_particles;
    const Json &section = out.config.value.at("estimator"), &trained = run_.config.value;
    out.label = label_of(section, &info_of(out));
    out.is_trained = section == trained.at("estimator") &&
                     out.config.value.at("objective") == trained.at("objective");
    out.is_exact = traits_of(out).is_exact;
    for (const SiteSpec& site : run_.modules.model->sites())  // others are drawn all the same
      out.is_exact = out.is_exact && site.support.is_discrete();
    if (section.value("baseline", "") == "learned" && !out.is_trained)
      throw UsageError("--estimators: '" + out.label +
                           "' learns its baseline in training, and this run has none for this "
                           "objective",
                       "diagnose a run that was trained with both");
    const std::string why = probe_(out);
    if (!why.empty()) throw UsageError("'" + out.label + "': " + why, "leave it out");
    return out;
  }

  std::optional<GradientVariant> make_if_it_works(const std::string& estimator,
                                                  std::int64_t num_particles,
                                                  std::string* why = nullptr) const {
    std::string reason;
    try {
      return make(estimator, num_particles);
    } catch (const ConfigError& error) {
      const Diagnostic& first = error.diagnostics().front();
      reason = first.message + (first.help.empty() ? "" : " (" + first.help + ")");
    } catch (const UsageError& error) {
      reason = error.what();
    }
    if (why != nullptr) *why = reason;
    return std::nullopt;
  }

 private:
  /// An objective of another kind may not go with the estimator of the training.
  ResolvedConfig load_base(const std::vector<std::string>& estimators) const {
    try {
      return load_config(run_.directory.config(), overrides_, schema_);
    } catch (const ConfigError&) {
      for (const auto& estimator : estimators) {
        auto overrides = overrides_;
        overrides.push_back(override_of(estimator));
        try {
          return load_config(run_.directory.config(), overrides, schema_);
        } catch (const ConfigError&) {  // the next may; the first mistake is told if none does
        }
      }
      throw;
    }
  }

  const TrainedRun& run_;
  std::vector<std::string> overrides_;
  GradientProbe probe_;
  Schema schema_;
  ResolvedConfig base_;
  std::string key_;
  const ComponentInfo* info_ = nullptr;
  const ObjectiveTraits* traits_ = nullptr;
};

constexpr const char* kLeaveOneOut = "{type: score_function, baseline: leave_one_out}";

/// The run's own estimator, and all others that the objective knows.
std::vector<std::string> known_estimators(const Variants& variants) {
  std::vector<std::string> out{variants.estimator().dump()};
  for (const auto& name : variants.objective_traits().estimators) {
    if (name != variants.estimator().at("type")) out.push_back(name);
    if (name == "score_function") out.push_back(kLeaveOneOut);
  }
  return out;
}

bool needs_rsample(const Variants& variants, const GradientVariant& variant) {
  return variants.traits_of(variant).needs_rsample;
}

/// An estimator whose mean is the gradient of the K-particle objective, the quietest first.
/// @param like where particles may be drawn by strata: one that draws them as this one does
std::optional<GradientVariant> unbiased_reference(const Variants& variants,
                                                  const GradientVariant& like) {
  const auto& unbiased = variants.objective_traits().unbiased;
  // Of an average there is nothing to reparameterise twice: pathwise as it stands.
  const bool is_average = variants.objective_traits().averages_particles;
  for (const char* candidate : {"enumerate",
                                is_average ? "pathwise" : "doubly_reparameterised",
                                "pathwise",
                                "vimco",
                                kLeaveOneOut,
                                "disarm",
                                "score_function"}) {
    const std::string name = candidate == kLeaveOneOut ? "score_function" : candidate;
    const ComponentInfo* info = variants.info_of(name);
    if (variants.is_relaxed() && info->find_traits<EstimatorTraits>()->needs_rsample) continue;
    if (std::find(unbiased.begin(), unbiased.end(), name) == unbiased.end()) continue;
    auto variant = variants.make_if_it_works(candidate, like.num_particles);
    if (!variant) continue;
    if (variants.has_strata() && needs_rsample(variants, *variant) != needs_rsample(variants, like))
      continue;
    return variant;
  }
  return std::nullopt;
}

std::vector<std::int64_t> particles_of(const Variants& variants,
                                       const std::vector<std::int64_t>& asked) {
  if (!variants.has_particles() && !asked.empty())
    throw UsageError("--num-particles: the objective '" + variants.objective().name +
                         "' has no number of particles",
                     "leave it out");
  std::set<std::int64_t> out(asked.begin(), asked.end());
  if (out.empty() && variants.has_particles()) out = {1, 5};
  if (asked.empty()) out.insert(variants.own_particles());
  return {out.begin(), out.end()};
}

std::optional<GradientVariant> reference_for(const Variants& variants,
                                             const GradientVariant& variant,
                                             std::int64_t most_particles) {
  if (auto unbiased = unbiased_reference(variants, variant)) return unbiased;
  // Self-normalised weights: unbiased in the limit alone.
  if (!variants.has_particles() || !variants.objective_traits().of_weights) return std::nullopt;
  return variants.make(variant.config.value.at("estimator").dump(),
                       kReferenceFactor * most_particles);
}

/// Adds a variant beside others of the same reference.
void add_comparison(std::vector<GradientComparison>& comparisons,
                    std::optional<GradientVariant> reference,
                    GradientVariant variant) {
  const auto is_same = [&reference](const GradientComparison& one) {
    return one.reference.has_value() == reference.has_value() &&
           (!reference || (one.reference->label == reference->label &&
                           one.reference->num_particles == reference->num_particles));
  };
  const auto found = std::find_if(comparisons.begin(), comparisons.end(), is_same);
  if (found != comparisons.end())
    found->variants.push_back(std::move(variant));
  else
    comparisons.push_back({std::move(reference), {std::move(variant)}});
}

}  // namespace

std::vector<std::string> split_list(const std::string& text) {
  const auto trimmed = [](const std::string& part) {
    const auto first = part.find_first_not_of(" \t");
    return first == std::string::npos
               ? std::string()
               : part.substr(first, part.find_last_not_of(" \t") - first + 1);
  };
  std::string inner = trimmed(text);
  if (inner.size() > 1 && inner.front() == '[' && inner.back() == ']')
    inner = inner.substr(1, inner.size() - 2);
  std::vector<std::string> out;
  std::string item;
  int depth = 0;
  for (const char c : inner) {
    depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    if (c != ',' || depth > 0) {
      item += c;
      continue;
    }
    if (!trimmed(item).empty()) out.push_back(trimmed(item));
    item.clear();
  }
  if (!trimmed(item).empty()) out.push_back(trimmed(item));  // an open brace: the reader says so
  return out;
}

GradientPlan plan_gradients(const TrainedRun& run,
                            const GradientStudyOptions& options,
                            const GradientProbe& probe) {
  const bool is_asked = !options.estimators.empty();
  const auto asked = split_list(options.estimators);
  if (is_asked && asked.empty())
    throw UsageError(
        "--estimators: expected names with commas between them, got '" + options.estimators + "'",
        "elbow list estimator shows them");
  const Variants variants(run, options, asked, probe);
  const auto estimators = is_asked ? asked : known_estimators(variants);
  const auto particles = particles_of(variants, options.num_particles);
  GradientPlan out;
  out.left_out = Json::array();
  std::set<std::string> fitting, done;
  for (const std::int64_t k : particles)
    for (const auto& estimator : estimators) {
      std::string why;
      auto variant = variants.make_if_it_works(estimator, k, &why);
      if (!variant) {
        out.left_out.push_back({{"estimator", estimator}, {"particles", k}, {"why", why}});
        continue;
      }
      fitting.insert(estimator);
      if (!done.insert(variant->label + " " + std::to_string(k)).second) continue;
      auto reference = reference_for(variants, *variant, particles.back());
      add_comparison(out.comparisons, std::move(reference), std::move(*variant));
    }
  // What was asked for and goes with no number of particles is a mistake, in the rules' words.
  for (const auto& estimator : estimators)
    if (is_asked && fitting.count(estimator) == 0) variants.make(estimator, particles.back());
  return out;
}

}  // namespace elbow
