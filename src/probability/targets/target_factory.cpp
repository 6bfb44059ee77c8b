#include "elbow/probability/targets/banana.h"
#include "elbow/probability/targets/eight_schools.h"
#include "elbow/probability/targets/energy.h"
#include "elbow/probability/targets/funnel.h"
#include "elbow/probability/targets/gaussian.h"
#include "elbow/probability/targets/mixture.h"

namespace elbow {
namespace {

std::vector<Factory<TargetPtr>::Row> rows() {
  using TargetFactory = Factory<TargetPtr>;
  std::vector<TargetFactory::Row> out;
  for (const auto& energy : EnergyTarget::energies())
    out.push_back(TargetFactory::row<EnergyTarget>(energy));
  out.push_back(TargetFactory::row<GaussianTarget>());
  out.push_back(TargetFactory::row<BananaTarget>());
  out.push_back(TargetFactory::row<FunnelTarget>());
  out.push_back(TargetFactory::row<MixtureTarget>());
  out.push_back(TargetFactory::row<EightSchoolsTarget>());
  return out;
}

}  // namespace

Factory<TargetPtr>& target_factory() {
  static Factory<TargetPtr> factory("target", rows());
  return factory;
}

}  // namespace elbow
