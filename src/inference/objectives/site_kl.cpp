#include "site_kl.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <stdexcept>

#include "elbow/probability/distributions/kl.h"
#include "unit_density.h"

namespace elbow {

SiteKl closed_form_kl(const Site& proposed, const Site& prior) {
  SiteKl out;
  if (const auto per_unit = kl_per_dimension(proposed.dist(), prior.dist())) {
    out.value = per_unit->sum(-1);
    out.per_unit = *per_unit;
  } else if (const auto whole = kl_divergence(proposed.dist(), prior.dist())) {
    out.value = *whole;
  }
  return out;
}

Tensor kl_of_units(const Trace& model, const Trace& guide, bool closed_forms) {
  std::vector<Tensor> units;
  for (const auto& proposed : guide.sites()) {
    if (proposed.scope() == Scope::global)
      throw std::logic_error("the units of '" + proposed.name() + "' belong to no single example");
    const Site& prior = model.at(proposed.name());
    const SiteKl kl = closed_forms ? closed_form_kl(proposed, prior) : SiteKl{};
    const Tensor each = kl.per_unit.defined()
                            ? kl.per_unit
                            : guide.average(unit_log_prob(proposed.dist(), proposed.value()) -
                                            unit_log_prob(prior.dist(), proposed.value()));
    units.push_back(each.flatten(0, -2).mean(0));
  }
  return units.size() == 1 ? units.front() : at::cat(units);
}

std::vector<std::size_t> last_dependencies(const Trace& model, const Trace& guide) {
  std::vector<std::size_t> out(guide.sites().size());
  std::size_t last = 0;
  for (const auto& site : model.sites())
    for (std::size_t j = 0; j < out.size(); ++j)
      if (guide.sites()[j].name() == site.name()) out[j] = last = std::max(last, j);
  return out;
}

}  // namespace elbow
