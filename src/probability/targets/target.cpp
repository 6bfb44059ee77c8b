#include "elbow/probability/targets/target.h"

#include <c10/util/Exception.h>
#include <cmath>

namespace elbow {

Tensor Target::log_density(const Tensor& z) const {
  TORCH_CHECK(z.dim() >= 1 && z.size(-1) == size(),
              name(),
              ": expected points of shape [..., ",
              size(),
              "], got ",
              z.sizes());
  return log_density_of(z);
}

Tensor Target::sample(std::int64_t n, RandomSource& source) const {
  TORCH_CHECK(n >= 0, name(), ": expected a count of draws >= 0, got ", n);
  return draw(n, source).squeeze(0);
}

Tensor Target::draw(std::int64_t, RandomSource&) const {
  TORCH_CHECK(false, name(), " has no exact sampler");
}

std::vector<TargetQuantity> Target::quantities() const {
  const auto known = moments();
  std::vector<TargetQuantity> out;
  for (std::int64_t d = 0; d < size(); ++d)
    out.push_back({"z[" + std::to_string(d + 1) + "]",
                   known ? known->mean[d].item<double>() : std::nan(""),
                   known ? std::sqrt(known->covariance[d][d].item<double>()) : std::nan("")});
  return out;
}

}  // namespace elbow
