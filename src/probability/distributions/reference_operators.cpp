#include "elbow/probability/distributions/reference_operators.h"

#include <ATen/TracerMode.h>

#include <atomic>

namespace elbow {

namespace {

std::atomic<int> num_living_references{0};
std::atomic<int> num_living_traced{0};
std::atomic<int> num_living_noises{0};

}  // namespace

ReferenceOperators::ReferenceOperators() { ++num_living_references; }
ReferenceOperators::~ReferenceOperators() { --num_living_references; }
bool ReferenceOperators::are_asked_for() {
  return num_living_references > 0 || num_living_traced > 0;
}
bool ReferenceOperators::are_those_of_devices() { return num_living_references > 0; }

TracedOperators::TracedOperators() { ++num_living_traced; }
TracedOperators::~TracedOperators() { --num_living_traced; }

LibTorchNoise::LibTorchNoise() { ++num_living_noises; }
LibTorchNoise::~LibTorchNoise() { --num_living_noises; }
bool LibTorchNoise::is_asked_for() { return num_living_noises > 0; }

bool takes_own_loops(const at::Tensor& tensor) {
  const auto type = tensor.scalar_type();
  return tensor.is_cpu() && (type == at::kFloat || type == at::kDouble) &&
         !at::tracer::impl::is_dispatch_enabled() && !ReferenceOperators::are_asked_for();
}

}  // namespace elbow
