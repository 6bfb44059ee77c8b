#include "elbow/probability/targets/mixture.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/searchsorted.h>

#include <cmath>

#include "elbow/foundations/core/constants.h"
#include "elbow/probability/distributions/cumulative_sum.h"

namespace elbow {
namespace {

std::int64_t components(const GaussianMixture& mixture) {
  return static_cast<std::int64_t>(mixture.means.size());
}

Tensor vector_of(const std::vector<double>& numbers) {
  return tensor_of(numbers, {static_cast<std::int64_t>(numbers.size())});
}

Tensor means_of(const GaussianMixture& mixture) {
  std::vector<double> flat;
  for (const auto& mean : mixture.means) flat.insert(flat.end(), mean.begin(), mean.end());
  return tensor_of(flat, {components(mixture), mixture.size});
}

Tensor log_peaks_of(const GaussianMixture& mixture) {
  const auto size = static_cast<double>(mixture.size);
  const Tensor volume = (vector_of(mixture.scales).log() + kHalfLog2Pi) * size;
  return vector_of(mixture.weights).log() - volume;
}

}  // namespace

MixtureTarget::MixtureTarget(GaussianMixture mixture)
    : mixture_(std::move(mixture)),
      means_(means_of(mixture_)),
      precisions_(vector_of(mixture_.scales).reciprocal()),
      log_peaks_(log_peaks_of(mixture_)),
      scales_(vector_of(mixture_.scales)),
      upper_(cumulative_sum(vector_of(mixture_.weights))) {}

ComponentInfo MixtureTarget::info() {
  TargetTraits traits;
  traits.has_sample = true;
  return ComponentInfo::of("mixture", "Mixture of spherical Gaussians")
      .source(
          "Bishop, \"Pattern Recognition and Machine Learning\", 2006, sections 2.3.9 and 10.1.2")
      .takes(gaussian_mixture_parameters())
      .with(traits);
}

TargetPtr MixtureTarget::create(const ConfigNode& config) {
  return std::make_shared<MixtureTarget>(read_gaussian_mixture(config));
}

std::optional<Moments> MixtureTarget::moments() const {
  return Moments{vector_of(mixture_.mean()),
                 tensor_of(mixture_.covariance(), {mixture_.size, mixture_.size})};
}

Tensor MixtureTarget::log_density_of(const Tensor& z) const {
  const Tensor distance = z.unsqueeze(-2) - means_.like(z);  // [..., M, D]
  const Tensor standardised = distance * precisions_.like(z).unsqueeze(-1);
  return at::logsumexp(standardised.square().sum(-1).mul(-0.5) + log_peaks_.like(z), {-1});
}

Tensor MixtureTarget::draw(std::int64_t n, RandomSource& source) const {
  const Tensor uniform = source.uniform({1, n, 1}, scales_.options()).reshape({n});
  // The sum of all weights may round to less than a draw.
  const Tensor which = at::searchsorted(upper_, uniform).clamp_max(components(mixture_) - 1);
  const Tensor noise = source.normal({1, n, mixture_.size}, scales_.options());
  return means_.value().index_select(0, which) +
         noise * scales_.index_select(0, which).unsqueeze(-1);
}

}  // namespace elbow
