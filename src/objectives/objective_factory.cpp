#include "elbow/objectives/aggregate.h"
#include "elbow/objectives/ciwae.h"
#include "elbow/objectives/cubo.h"
#include "elbow/objectives/elbo.h"
#include "elbow/objectives/f_divergence.h"
#include "elbow/objectives/grouped_iwae.h"
#include "elbow/objectives/power_mean.h"
#include "elbow/objectives/thermodynamic.h"
#include "elbow/objectives/vr_max.h"
#include "elbow/objectives/wake_sleep.h"

namespace elbow {
namespace {

using ObjectiveFactory = Factory<ObjectivePtr, const ObjectiveFacts&>;

template <class Component>
ObjectiveFactory::Row row() {
  return ObjectiveFactory::row<Component>();
}

/// One class, several names.
ObjectiveFactory::Row row(ComponentInfo info, ObjectivePtr (*create)(const ConfigNode&)) {
  return {std::move(info),
          [create](const ConfigNode& node, const ObjectiveFacts&) { return create(node); }};
}

ObjectiveFactory::Row with_facts(ObjectiveFactory::Row row) {
  row.create = [create = row.create](const ConfigNode& node, const ObjectiveFacts& facts) {
    ObjectivePtr out = create(node, facts);
    out->set_facts(facts);
    return out;
  };
  return row;
}

}  // namespace

ObjectiveFactory& objective_factory() {
  static ObjectiveFactory factory("objective",
                                  {row<Elbo>(),
                                   row(PowerMean::iwae_info(), PowerMean::create_iwae),
                                   row<Miwae>(),
                                   row<Piwae>(),
                                   row<Ciwae>(),
                                   row(PowerMean::renyi_info(), PowerMean::create_renyi),
                                   row(PowerMean::power_mean_info(), PowerMean::create_power_mean),
                                   row(PowerMean::bb_alpha_info(), PowerMean::create_bb_alpha),
                                   row<VrMax>(),
                                   row<Cubo>(),
                                   row<Thermodynamic>(),
                                   row<WakeSleep>(),
                                   row<FDivergence>(),
                                   row<TotalCorrelation>(),
                                   row<DisentangledPrior>(),
                                   row<MaximumMeanDiscrepancy>()},
                                  with_facts);
  return factory;
}

}  // namespace elbow
