#include "elbow/targets/banana.h"
#include "elbow/targets/energy.h"
#include "elbow/targets/funnel.h"
#include "elbow/targets/gaussian.h"
#include "elbow/targets/mixture.h"

namespace elbow {
namespace {

std::vector<Factory<TargetPtr>::Row> rows() {
  std::vector<Factory<TargetPtr>::Row> out;
  for (const auto& energy : EnergyTarget::energies())
    out.push_back({EnergyTarget::info(energy), [energy](const ConfigNode& config) {
                     return EnergyTarget::create(energy, config);
                   }});
  out.push_back({GaussianTarget::info(), GaussianTarget::create});
  out.push_back({BananaTarget::info(), BananaTarget::create});
  out.push_back({FunnelTarget::info(), FunnelTarget::create});
  out.push_back({MixtureTarget::info(), MixtureTarget::create});
  return out;
}

}  // namespace

const Factory<TargetPtr>& target_factory() {
  static const Factory<TargetPtr> factory("target", rows());
  return factory;
}

}  // namespace elbow
