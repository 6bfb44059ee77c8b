#include "site_kl.h"

#include <algorithm>

#include "elbow/distributions/kl.h"

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

std::vector<std::size_t> last_dependencies(const Trace& model, const Trace& guide) {
  std::vector<std::size_t> out(guide.sites().size());
  std::size_t last = 0;
  for (const auto& site : model.sites())
    for (std::size_t j = 0; j < out.size(); ++j)
      if (guide.sites()[j].name() == site.name()) out[j] = last = std::max(last, j);
  return out;
}

}  // namespace elbow
