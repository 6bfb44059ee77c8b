#include "elbow/inference/guides/named_guide.h"

#include <ATen/ops/cat.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "elbow/foundations/core/drawing_order.h"
#include "elbow/inference/guides/latent_posterior_factory.h"

namespace elbow {
namespace {

constexpr char kData[] = "x";

bool is_of_data_alone(const NamedGuide::Part& part) {
  return std::all_of(
      part.given.begin(), part.given.end(), [](const std::string& name) { return name == kData; });
}

/// What a latent is given, side by side. @param values [K, B, L], or [B, L] of locations
Tensor input_of(const NamedGuide::Part& part, const Tensor& x, const Trace& values) {
  std::vector<Tensor> parts;
  Tensor drawn;
  for (const std::string& name : part.given)
    if (name != kData) drawn = values.at(name).value();
  // Particles and examples are read off a latent by operations, so that a trace freezes neither
  // number.
  const auto shared = [&drawn](const Tensor& flat) {
    if (drawn.dim() < 3) return flat;
    const Tensor one = drawn.select(-1, 0).unsqueeze(-1);
    return flat.unsqueeze(0).expand_as(one.expand({-1, -1, flat.size(-1)}));
  };
  for (const std::string& name : part.given)
    parts.push_back(name == kData ? shared(x.flatten(1)) : values.at(name).value());
  return parts.size() == 1 ? parts.front() : at::cat(parts, -1);
}

class ConditionedNamed : public ConditionedGuide {
 public:
  using Parts = std::vector<NamedGuide::Part>;
  ConditionedNamed(const Parts& parts, const Batch& batch)
      : parts_(parts), x_(encoder_input(batch)) {
    for (const auto& part : parts_)
      of_data_.push_back(is_of_data_alone(part) ? part.q->forward(x_) : nullptr);
  }
  ConditionedNamed(const Parts& parts, Tensor x, std::vector<DistributionPtr> of_data)
      : parts_(parts), x_(std::move(x)), of_data_(std::move(of_data)) {}

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
      out.add(fixed != nullptr
                  ? Site(name, q, fixed->value(), /*is_observed=*/false)
                  : drawn(name, q, of_data_[i] ? Shape{num_particles} : Shape{}, source, gradient));
    }
    return out;
  }

  Trace score(const Trace& values) const override {
    Trace out;
    for (std::size_t i = 0; i < parts_.size(); ++i)
      out.add(Site(parts_[i].site.name,
                   of(i, values),
                   values.at(parts_[i].site.name).value(),
                   /*is_observed=*/false));
    return out;
  }

  ConditionedGuidePtr detach() const override {
    std::vector<DistributionPtr> detached;
    for (const auto& q : of_data_) detached.push_back(q ? q->detach() : nullptr);
    return std::make_shared<ConditionedNamed>(parts_, x_, std::move(detached));
  }

  DistributionPtr distribution(const std::string& site, const Trace& given) const override {
    // What is not given stands where it lies: the guide's order is not the model's.
    Trace known;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const std::string& name = parts_[i].site.name;
      const DistributionPtr q = of(i, known);
      if (name == site) return q;
      const Site* value = given.find(name);
      known.add(
          Site(name, q, value != nullptr ? value->value() : q->location(), /*is_observed=*/false));
    }
    throw std::logic_error("the guide has no latent '" + site + "'");
  }

 private:
  DistributionPtr of(std::size_t i, const Trace& values) const {
    return of_data_[i] ? of_data_[i] : parts_[i].q->forward(input_of(parts_[i], x_, values));
  }
  static Site drawn(const std::string& name,
                    const DistributionPtr& q,
                    const Shape& shape,
                    RandomSource& source,
                    DrawGradient gradient) {
    const bool is_detached = gradient == DrawGradient::none || q->traits().is_discrete;
    return Site(name,
                q,
                is_detached ? q->sample(shape, source).detach() : q->rsample(shape, source),
                /*is_observed=*/false);
  }

  Parts parts_;
  Tensor x_;
  std::vector<DistributionPtr> of_data_;  ///< q of latents that are given x alone; null for others
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
                  .or_type("matching")})
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
    parts.push_back(
        {site, names, latent_posterior_factory().create(nodes.at(site.name), site, context)});
  }
  return std::make_shared<NamedGuide>(std::move(parts));
}

NamedGuide::NamedGuide(std::vector<Part> parts) : parts_(std::move(parts)) {
  for (const Part& part : parts_) register_module(part.site.name, part.q);
}

ConditionedGuidePtr NamedGuide::condition(const Batch& batch) {
  return std::make_shared<ConditionedNamed>(parts_, batch);
}

}  // namespace elbow
