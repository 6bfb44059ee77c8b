#include "elbow/inference/objectives/aggregate.h"
#include "elbow/inference/objectives/ciwae.h"
#include "elbow/inference/objectives/cubo.h"
#include "elbow/inference/objectives/elbo.h"
#include "elbow/inference/objectives/f_divergence.h"
#include "elbow/inference/objectives/grouped_iwae.h"
#include "elbow/inference/objectives/power_mean.h"
#include "elbow/inference/objectives/thermodynamic.h"
#include "elbow/inference/objectives/vr_max.h"
#include "elbow/inference/objectives/wake_sleep.h"

namespace elbow {
namespace {

using ObjectiveFactory = Factory<ObjectivePtr, const DataContext&>;

/// One class, several names.
ObjectiveFactory::Row named_row(ComponentInfo info, ObjectivePtr (*create)(const ConfigNode&)) {
  return {std::move(info),
          [create](const ConfigNode& node, const DataContext&) { return create(node); }};
}

ObjectiveFactory::Row with_num_examples(ObjectiveFactory::Row row) {
  row.create = [create = row.create](const ConfigNode& node, const DataContext& data) {
    ObjectivePtr out = create(node, data);
    if (data.num_examples > 0) out->set_num_examples(data.num_examples);
    return out;
  };
  return row;
}

}  // namespace

ObjectiveFactory& objective_factory() {
  static ObjectiveFactory factory(
      "objective",
      {ObjectiveFactory::row<Elbo>(),
       named_row(PowerMean::iwae_info(), PowerMean::create_iwae),
       ObjectiveFactory::row<Miwae>(),
       ObjectiveFactory::row<Piwae>(),
       ObjectiveFactory::row<Ciwae>(),
       named_row(PowerMean::renyi_info(), PowerMean::create_renyi),
       named_row(PowerMean::power_mean_info(), PowerMean::create_power_mean),
       named_row(PowerMean::bb_alpha_info(), PowerMean::create_bb_alpha),
       ObjectiveFactory::row<VrMax>(),
       ObjectiveFactory::row<Cubo>(),
       ObjectiveFactory::row<Thermodynamic>(),
       ObjectiveFactory::row<WakeSleep>(),
       ObjectiveFactory::row<FDivergence>(),
       ObjectiveFactory::row<TotalCorrelation>(),
       ObjectiveFactory::row<DisentangledPrior>(),
       ObjectiveFactory::row<MaximumMeanDiscrepancy>()},
      with_num_examples);
  return factory;
}

}  // namespace elbow
