#include "elbow/kernels/energies.h"

#include "kernel_table.h"

namespace elbow::kernels {

template <class Real>
void energy_density(const EnergyJob<Real>& job) {
  real_kernels<Real>().energy_density(job);
}
template void energy_density(const EnergyJob<float>&);
template void energy_density(const EnergyJob<double>&);

}  // namespace elbow::kernels
