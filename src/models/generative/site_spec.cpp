#include "elbow/models/generative/site_spec.h"

#include <algorithm>

namespace elbow {

std::int64_t num_latents(const std::vector<SiteSpec>& sites) {
  std::int64_t out = 0;
  for (const SiteSpec& site : sites) out += num_elements(site.event_shape);
  return out;
}

bool has_global_site(const std::vector<SiteSpec>& sites) {
  return std::any_of(
      sites.begin(), sites.end(), [](const SiteSpec& site) { return site.scope == Scope::global; });
}

}  // namespace elbow
