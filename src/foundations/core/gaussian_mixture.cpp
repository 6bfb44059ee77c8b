#include "elbow/foundations/core/gaussian_mixture.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "elbow/foundations/core/constants.h"

namespace elbow {
namespace {

void expect_count(const ConfigNode& config,
                  const std::string& key,
                  std::size_t count,
                  std::size_t components) {
  if (count == components) return;
  config.refuse("expected " + std::to_string(components) + " numbers, one a component, got " +
                    std::to_string(count),
                "means / size = " + std::to_string(components) + " components",
                key);
}

std::vector<std::vector<double>> read_means(const ConfigNode& config, std::size_t size) {
  const std::vector<double> flat = config.numbers("means");
  if (flat.empty() || flat.size() % size != 0)
    config.refuse("expected a multiple of size " + std::to_string(size) + ", at least one, got " +
                      std::to_string(flat.size()) + " numbers",
                  "give the coordinates of one mean after the other",
                  "means");
  std::vector<std::vector<double>> out;
  for (auto begin = flat.begin(); begin != flat.end();) {
    const auto end = begin + static_cast<std::ptrdiff_t>(size);
    out.emplace_back(begin, end);
    begin = end;
  }
  return out;
}

}  // namespace

double GaussianMixture::log_density(const double* x) const {
  std::vector<double> terms;
  for (std::size_t m = 0; m < means.size(); ++m) {
    double square = 0;
    for (std::size_t d = 0; d < means[m].size(); ++d) {
      const double standardised = (x[d] - means[m][d]) / scales[m];
      square += standardised * standardised;
    }
    terms.push_back(std::log(weights[m]) - 0.5 * square -
                    static_cast<double>(size) * (std::log(scales[m]) + kHalfLog2Pi));
  }
  const double largest = *std::max_element(terms.begin(), terms.end());
  double sum = 0;
  for (const double term : terms) sum += std::exp(term - largest);
  return largest + std::log(sum);
}

std::vector<double> GaussianMixture::mean() const {
  std::vector<double> out(static_cast<std::size_t>(size));
  for (std::size_t m = 0; m < means.size(); ++m)
    for (std::size_t d = 0; d < out.size(); ++d) out[d] += weights[m] * means[m][d];
  return out;
}

std::vector<double> GaussianMixture::covariance() const {
  const std::vector<double> centre = mean();
  const std::size_t n = centre.size();
  std::vector<double> out(n * n);
  for (std::size_t m = 0; m < means.size(); ++m)
    for (std::size_t i = 0; i < n; ++i) {
      // About the centre: second moments minus squares would cancel when the means lie far out.
      for (std::size_t j = 0; j < n; ++j)
        out[i * n + j] += weights[m] * (means[m][i] - centre[i]) * (means[m][j] - centre[j]);
      out[i * n + i] += weights[m] * scales[m] * scales[m];
    }
  return out;
}

std::vector<Parameter> gaussian_mixture_parameters() {
  return {
      Parameter::integer("size", "dimension D of the space").defaults(2).at_least(1).at_most(1e6),
      Parameter::numbers("means",
                         "means of the M components, one after the other: M * size numbers")
          .defaults({-2, -2, -2, 2, 2, -2, 2, 2}),
      Parameter::numbers("scale", "standard deviation of each component, or one for all")
          .defaults({0.5})
          .above(0),
      Parameter::numbers("weights", "M weights above 0, divided by their sum; equal when not set")
          .optional()
          .above(0)};
}

GaussianMixture read_gaussian_mixture(const ConfigNode& config) {
  GaussianMixture out;
  out.size = config.integer("size");
  // The schema has checked every number: finite, and above 0 where it must be.
  out.means = read_means(config, static_cast<std::size_t>(out.size));
  const std::size_t components = out.means.size();
  out.scales = config.numbers("scale");
  if (out.scales.size() == 1) out.scales.assign(components, out.scales.front());
  expect_count(config, "scale", out.scales.size(), components);
  out.weights.assign(components, 1.0);
  if (config.has("weights")) out.weights = config.numbers("weights");
  expect_count(config, "weights", out.weights.size(), components);
  // By the largest first: the sum of huge weights would be infinite.
  const double largest = *std::max_element(out.weights.begin(), out.weights.end());
  for (double& weight : out.weights) weight /= largest;
  const double sum = std::accumulate(out.weights.begin(), out.weights.end(), 0.0);
  for (double& weight : out.weights) weight /= sum;
  return out;
}

}  // namespace elbow
