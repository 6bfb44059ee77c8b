#include "sylvester_parameters.h"

#include "flow_keys.h"

namespace elbow {
namespace {

/// Scale of R and R~ in a fresh layer: their product is what leaves the identity.
constexpr double kStartScale = 0.1;

}  // namespace

std::vector<FlowParameter> sylvester_parameters(std::int64_t num_vectors) {
  return {{"triangles", uniform_start({num_vectors, num_vectors}, kStartScale)},
          {"diagonal", uniform_start({num_vectors}, kStartScale)},
          {"bias", uniform_start({num_vectors}, kStartScale)}};
}

ComponentInfo sylvester_info(std::string name, std::string summary, const std::string& section) {
  FlowTraits traits;
  traits.has_inverse = false;
  traits.amortizable = true;
  return ComponentInfo::of(std::move(name), std::move(summary))
      .source(
          "van den Berg, Hasenclever, Tomczak, Welling, Sylvester normalizing flows for "
          "variational inference, 2018, arXiv:1803.05649, " +
          section)
      .takes({amortized_parameter()})
      .with(traits);
}

}  // namespace elbow
