// What the rows of posteriors say of their KL and of their units is true.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "elbow/models/generative/prior.h"
#include "elbow/neural/conditional/family.h"
#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/kl.h"
#include "elbow/probability/distributions/normal.h"
#include "support/resolved_node.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::info_in;
using testing::resolved;

constexpr std::int64_t kUnits = 6;

Json classes_of(const std::string& name) {
  return name == "categorical" ? Json{{"num_classes", 3}} : Json::object();
}

DistributionPtr posterior(const std::string& name) {
  const ConfigNode node(resolved(info_in(posterior_factory(), name), classes_of(name)));
  const FamilyPtr family = posterior_factory().create(node, BuildContext{{kUnits}});
  return family->distribution(family->initial().expand({2, -1}));
}

/// Priors that are more than their own distribution: made of a guide, or of flows.
bool is_made_of_others(const std::string& name) { return name == "vamp" || name == "flow"; }

DistributionPtr prior(const std::string& name) {
  const ConfigNode node(resolved(info_in(prior_factory(), name), classes_of(name)));
  return prior_factory().create(node, BuildContext{{kUnits}})->distribution();
}

bool has_units(const Distribution& p) {
  if (dynamic_cast<const DiagNormal*>(&p) != nullptr) return true;
  const auto* product = dynamic_cast<const Independent*>(&p);
  return product != nullptr && product->base().event_shape().empty();
}

TEST(PosteriorRows, SayWhichPriorsHaveAClosedFormAndWhichUnitsAreIndependent) {
  for (const auto& row : posterior_factory().rows()) {
    const auto& traits = std::get<PosteriorTraits>(row.info.traits);
    const auto& known = traits.closed_form_kl;
    const auto q = posterior(row.info.name);
    EXPECT_EQ(traits.has_units, has_units(*q)) << row.info.name;
    for (const auto& name : prior_factory().names()) {
      const auto& of_prior = std::get<PriorTraits>(info_in(prior_factory(), name).traits);
      const bool is_listed = std::find(known.begin(), known.end(), name) != known.end();
      if (is_made_of_others(name)) {
        EXPECT_FALSE(is_listed || of_prior.has_units) << name;
        continue;
      }
      const auto p = prior(name);
      EXPECT_EQ(of_prior.has_units, has_units(*p)) << name;
      if (of_prior.support != traits.latent_kind) continue;
      EXPECT_EQ(kl_divergence(*q, *p).has_value(), is_listed) << row.info.name << " " << name;
    }
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
