#include "elbow/inference/particles/unconstrained_joint.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros_like.h>

#include <stdexcept>

#include "elbow/models/generative/supervised_model.h"

namespace elbow {
namespace {

std::vector<JoinedBijection::Variable> variables_of(const std::vector<SiteSpec>& sites) {
  std::vector<JoinedBijection::Variable> out;
  for (const SiteSpec& site : sites) out.push_back({site.name, site.support, site.event_shape});
  return out;
}

}  // namespace

Tensor UnconstrainedJoint::Terms::log_joint() const {
  return log_likelihood.defined() ? log_likelihood + log_prior : log_prior;
}

UnconstrainedJoint::UnconstrainedJoint(GenerativeModel& model)
    : model_(model),
      sites_(model.sites()),
      bijection_(variables_of(sites_)),
      num_groups_(model.response_model() ? model.response_model()->num_groups() : 1) {
  for (const SiteSpec& site : sites_)
    if (site.scope == Scope::local && model.target() == nullptr)
      throw std::logic_error("the latent '" + site.name + "' belongs to each example");
}

Trace UnconstrainedJoint::values(const Tensor& flat) const {
  const auto parts = bijection_.forward(flat);
  Trace out;
  for (std::size_t i = 0; i < sites_.size(); ++i)
    out.add(Site(sites_[i].name, nullptr, parts[i].value, /*is_observed=*/false, sites_[i].scope));
  return out;
}

Tensor UnconstrainedJoint::vectors(const Trace& values) const {
  std::vector<Tensor> each;
  for (const SiteSpec& site : sites_) each.push_back(values.at(site.name).value());
  return bijection_.inverse(each).flat;
}

UnconstrainedJoint::Terms UnconstrainedJoint::terms(const Tensor& flat,
                                                    const Batch& batch,
                                                    std::int64_t num_examples,
                                                    RandomSource& source) const {
  const auto parts = bijection_.forward(flat);
  Trace latents;
  Terms out;
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    latents.add(
        Site(sites_[i].name, nullptr, parts[i].value, /*is_observed=*/false, sites_[i].scope));
    out.log_prior = out.log_prior.defined() ? out.log_prior + parts[i].log_det : parts[i].log_det;
  }
  const Trace scored = model_.score(batch, latents, ModelContext{source, num_examples});
  for (const Site& site : scored.sites()) {
    if (!site.is_observed()) {
      out.log_prior = out.log_prior + site.dist().log_prob(site.value());
      continue;
    }
    const Tensor each = site.log_prob().unflatten(1, {-1, num_groups_});
    const double scale = static_cast<double>(num_examples) / static_cast<double>(each.size(1));
    const Tensor whole = each.sum(1) * scale;
    out.of_each_response = each;
    out.log_likelihood = out.log_likelihood.defined() ? out.log_likelihood + whole : whole;
  }
  return out;
}

std::vector<std::string> UnconstrainedJoint::quantities() const {
  std::vector<std::string> out;
  for (const SiteSpec& site : sites_)
    for (std::string& name : names_of_numbers(site.name, site.event_shape))
      out.push_back(std::move(name));
  return out;
}

std::vector<std::string> names_of_numbers(const std::string& name, const Shape& shape) {
  if (shape.empty()) return {name};
  std::vector<std::string> out;
  const std::int64_t count = num_elements(shape);
  for (std::int64_t i = 0; i < count; ++i) {
    std::string indices;
    std::int64_t rest = i, block = count;
    for (const std::int64_t extent : shape) {
      block /= extent;
      indices += (indices.empty() ? "" : ",") + std::to_string(rest / block + 1);
      rest %= block;
    }
    out.push_back(name + "[" + indices + "]");
  }
  return out;
}

}  // namespace elbow
