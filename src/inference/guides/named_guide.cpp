#include "elbow/inference/guides/named_guide.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "elbow/foundations/core/drawing_order.h"
#include "elbow/inference/guides/latent_posterior_factory.h"
#include "elbow/inference/guides/relaxed_latent.h"
#include "elbow/inference/guides/standing_value.h"
#include "elbow/models/generative/conditions.h"
#include "elbow/probability/distributions/partly_known.h"

namespace elbow {
namespace {

constexpr char kData[] = "x";

/// Whether no draw stands before it.
bool is_of_data_alone(const NamedGuide::Part& part) {
  return std::all_of(part.given.begin(), part.given.end(), [](const std::string& name) {
    return name == kData || is_condition(name);
  });
}

/// What a latent is given, side by side. @param values [K, B, L], or [B, L] of locations
Tensor input_of(const NamedGuide::Part& part, const Batch& batch, const Trace& values) {
  // A network of images alone sees their shape.
  if (part.given == std::vector<std::string>{kData}) return batch.x;
  std::vector<Tensor> inputs;
  for (const std::string& name : part.given)
    if (name == kData)
      inputs.push_back(batch.x.flatten(1));
    else
      inputs.push_back(is_condition(name)
                           ? condition_of(name, batch, part.size_of_condition, batch.x.options())
                           : values.at(name).value());
  return inputs.empty() ? batch.x : joined_inputs(inputs);
}

class ConditionedNamed : public ConditionedGuide {
 public:
  using Parts = std::vector<NamedGuide::Part>;
  /// @param shows_labels whether latents that are labels take those of the batch
  ConditionedNamed(const Parts& parts, const Batch& batch, bool shows_labels, double label_weight)
      : parts_(parts),
        batch_(batch),
        shows_labels_(shows_labels && batch_.labels.defined()),
        label_weight_(label_weight) {
    batch_.x = encoder_input(batch);
    for (const auto& part : parts_) {
      of_data_.push_back(is_of_data_alone(part) ? posterior_of(part, {}) : nullptr);
      relaxations_.emplace_back(part.relaxation, batch.x.device());
    }
  }

  Trace draw(std::int64_t num_particles,
             RandomSource& source,
             DrawGradient gradient) const override {
    return draw_given({}, num_particles, source, gradient);
  }

  Trace draw_given(const Trace& values,
                   std::int64_t num_particles,
                   RandomSource& source,
                   DrawGradient gradient) const override {
    Trace out;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const std::string& name = parts_[i].site.name;
      const DistributionPtr q = of(i, out);
      const Site* fixed = values.find(name);
      out.add(fixed != nullptr ? Site(name, q, fixed->value(), /*is_observed=*/false)
                               : drawn(name, q, sample_shape(i, num_particles), source, gradient));
    }
    return out;
  }

  Trace draw_relaxed(std::int64_t num_particles, RandomSource& source) const override {
    Trace out;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const std::string& name = parts_[i].site.name;
      const DistributionPtr q = of(i, out);
      const Shape shape = sample_shape(i, num_particles);
      out.add(relaxations_[i] ? relaxations_[i].draw(name, q, shape, source)
                              : drawn(name, q, shape, source, DrawGradient::pathwise));
    }
    return out;
  }

  Trace relaxed(const Trace& model, const Trace& latents) const override {
    Trace out;
    for (const Site& site : model.sites()) {
      const auto part = std::find_if(parts_.begin(), parts_.end(), [&site](const auto& own) {
        return own.relaxation && own.site.name == site.name();
      });
      out.add(part == parts_.end()
                  ? site
                  : relaxations_[static_cast<std::size_t>(part - parts_.begin())].relaxed(
                        site, latents.at(site.name())));
    }
    return out;
  }

  Trace score(const Trace& values) const override {
    Trace out;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const Site& given = values.at(parts_[i].site.name);
      out.add(relaxations_[i]
                  ? relaxations_[i].score(given, of(i, values))
                  : Site(given.name(), of(i, values), given.value(), /*is_observed=*/false));
    }
    return out;
  }

  ConditionedGuidePtr detach() const override {
    auto out = std::make_shared<ConditionedNamed>(*this);
    for (auto& q : out->of_data_)
      if (q) q = q->detach();
    for (auto& relaxation : out->relaxations_) relaxation = relaxation.detach();
    return out;
  }

  std::pair<std::string, Tensor> supervision() const override {
    if (!shows_labels_ || label_weight_ == 0) return {};
    for (const auto& of_data : of_data_)
      if (const auto* q = dynamic_cast<const PartlyKnown*>(of_data.get()))
        return {"weighted_label_log_prob", label_weight_ * q->log_prob_of_known().mean()};
    return {};
  }

  DistributionPtr distribution(const std::string& site, const Trace& given) const override {
    // What is not given stands where it lies: the guide's order is not the model's.
    Trace known;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const std::string& name = parts_[i].site.name;
      const DistributionPtr q = of(i, known);
      if (name == site) return q;
      const Site* value = given.find(name);
      known.add(Site(
          name, q, value != nullptr ? value->value() : standing_value(*q), /*is_observed=*/false));
    }
    throw std::logic_error("the guide has no latent '" + site + "'");
  }

 private:
  DistributionPtr of(std::size_t i, const Trace& values) const {
    return of_data_[i] ? of_data_[i] : posterior_of(parts_[i], values);
  }
  DistributionPtr posterior_of(const NamedGuide::Part& part, const Trace& values) const {
    DistributionPtr q = part.q->forward(input_of(part, batch_, values));
    if (!part.site.is_label || !shows_labels_) return q;
    const Tensor known = one_hot_labels(batch_.labels, part.site.num_classes, batch_.x.options());
    return std::make_shared<PartlyKnown>(std::move(q), known, batch_.labels >= 0);
  }
  /// Of what is given latents the particles are there already.
  Shape sample_shape(std::size_t i, std::int64_t num_particles) const {
    return of_data_[i] ? Shape{num_particles} : Shape{};
  }
  static Site drawn(const std::string& name,
                    const DistributionPtr& q,
                    const Shape& shape,
                    RandomSource& source,
                    DrawGradient gradient) {
    if (gradient == DrawGradient::none || q->traits().is_discrete)
      return Site(name, q, q->sample(shape, source).detach(), /*is_observed=*/false);
    auto [value, log_q] = q->rsample_with_known_density(shape, source);
    Site out(name, q, std::move(value), /*is_observed=*/false);
    if (log_q.defined()) out.set_log_prob(std::move(log_q));
    return out;
  }

  Parts parts_;
  Batch batch_;  ///< x as the encoder takes it, with what was observed beside it
  bool shows_labels_;
  double label_weight_;
  std::vector<DistributionPtr> of_data_;  ///< q of latents that are given no others; null for those
  std::vector<RelaxedLatent> relaxations_;  ///< of each part
};

}  // namespace

ComponentInfo NamedGuide::info() {
  return ComponentInfo::of("latents", "A posterior for each of several named latents")
      .source(
          "Kingma et al., Semi-supervised learning with deep generative models, 2014, "
          "arXiv:1406.5298, section 3.1")
      .marked_by("latents")
      .takes({Parameter::named_components(
                  "latents", "latent_posterior", "one for each latent of the model")
                  .or_type("matching"),
              Parameter::number("label_weight",
                                "in training, of ln q(label | x) beside the bound: what makes the "
                                "posterior of the labels a classifier")
                  .defaults(0.0)
                  .at_least(0.0)})
      .with(GuideTraits{});
}

GuidePtr NamedGuide::create(const ConfigNode& node,
                            const std::vector<SiteSpec>& sites,
                            const DataContext& data) {
  std::map<std::string, ConfigNode> nodes;
  std::map<std::string, std::vector<std::string>> given;
  std::map<std::string, SiteSpec> site_of;
  std::vector<std::string> all;
  for (const auto& [name, latent] : node.named_children("latents")) {
    nodes.emplace(name, latent);
    given[name] = latent.texts("given");
  }
  for (const SiteSpec& site : sites) {
    if (nodes.count(site.name) == 0)
      node.refuse("the model's latent '" + site.name + "' has no posterior", "", "latents");
    site_of.emplace(site.name, site);
    all.push_back(site.name);
  }
  const std::vector<std::string> order = drawing_order(all, given);
  if (order.size() < all.size())
    node.refuse("no order of the latents gives each what it is given", "", "latents");
  const auto size_of = [&](const std::string& name) {
    if (name == kData) return num_elements(data.encoder_shape());
    if (is_condition(name)) return condition_size(name, data);
    const auto found = site_of.find(name);
    if (found == site_of.end()) node.refuse("there is no latent '" + name + "'", "", "latents");
    return num_elements(found->second.event_shape);
  };
  std::vector<Part> parts;
  for (const std::string& own : order) {
    const SiteSpec& site = site_of.at(own);
    const auto& names = given.at(site.name);
    BuildContext context{site.event_shape, /*context_shape=*/{}, data};
    std::int64_t size = 0;
    for (const std::string& name : names) size += size_of(name);
    if (names == std::vector<std::string>{kData})
      context.context_shape = data.encoder_shape();
    else if (size > 0)
      context.context_shape = {size};
    const ConfigNode& latent = nodes.at(site.name);
    parts.push_back({site,
                     names,
                     latent_posterior_factory().create(latent, site, context),
                     data.num_classes,
                     relaxation_of(latent)});
  }
  return std::make_shared<NamedGuide>(std::move(parts), node.number("label_weight"));
}

NamedGuide::NamedGuide(std::vector<Part> parts, double label_weight)
    : parts_(std::move(parts)), label_weight_(label_weight) {
  for (const Part& part : parts_) {
    register_module(part.site.name, part.q);
    // Inside, where no latent's name can be in its way.
    if (part.relaxation) part.q->register_module("relaxation", part.relaxation);
  }
}

std::shared_ptr<Posterior> NamedGuide::posterior_of(const std::string& site) {
  for (const Part& part : parts_)
    if (part.site.name == site && part.given == std::vector<std::string>{kData}) return part.q;
  return nullptr;
}

void NamedGuide::advance(const Clock& clock) {
  for (const Part& part : parts_)
    if (part.relaxation) part.relaxation->advance(clock);
}

std::vector<std::pair<std::string, double>> NamedGuide::schedule_values() const {
  std::vector<std::pair<std::string, double>> out;
  for (const Part& part : parts_)
    if (part.relaxation)
      out.emplace_back(part.site.name + "_temperature",
                       part.relaxation->temperatures().of_guide.item<double>());
  return out;
}

RelaxedValues NamedGuide::relaxed_values() const {
  RelaxedValues out = RelaxedValues::none;
  for (const Part& part : parts_) {
    if (!part.relaxation) continue;
    if (!part.relaxation->is_hard()) return RelaxedValues::soft;
    out = RelaxedValues::hard;
  }
  return out;
}

ConditionedGuidePtr NamedGuide::condition(const Batch& batch) {
  // In evaluation a label is what is asked for.
  return std::make_shared<ConditionedNamed>(parts_, batch, is_training(), label_weight_);
}

}  // namespace elbow
