#include "elbow/models/programs/univariate.h"

#include <map>

#include "univariate_families.h"

namespace elbow::programs {

const std::vector<Univariate>& univariates() {
  static const std::vector<Univariate> all = [] {
    std::vector<Univariate> out;
    for (const auto add : {add_real_line,
                           add_skewed,
                           add_gamma_like,
                           add_positive,
                           add_intervals,
                           add_trials,
                           add_urns,
                           add_counts})
      add(out);
    return out;
  }();
  return all;
}

const Univariate* find_univariate(const std::string& name) {
  static const std::map<std::string, const Univariate*> by_name = [] {
    std::map<std::string, const Univariate*> out;
    for (const Univariate& one : univariates()) out.emplace(one.name, &one);
    return out;
  }();
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

}  // namespace elbow::programs
