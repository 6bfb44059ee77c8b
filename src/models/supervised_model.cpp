#include "elbow/models/supervised_model.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>

#include <cmath>
#include <stdexcept>

#include "elbow/distributions/normal.h"

namespace elbow {

Trace SupervisedModel::sample(std::int64_t, RandomSource&) {
  throw std::logic_error("a model of a response has no draws of whole examples");
}

DistributionPtr SupervisedModel::decode(const Tensor&) {
  throw std::logic_error("a model of a response decodes nothing");
}

NormalResponse::NormalResponse(double noise_scale, bool is_learned, std::int64_t num_groups) {
  const Tensor start = at::full({num_groups}, std::log(noise_scale));
  log_scale_ =
      is_learned ? register_parameter("log_scale", start) : register_buffer("log_scale", start);
}

DistributionPtr NormalResponse::around(const Tensor& mean) const {
  const Tensor loc = mean.squeeze(-1).transpose(-1, -2);
  return std::make_shared<Normal>(loc, log_scale_.expand_as(loc));
}

std::pair<Tensor, Tensor> inputs_and_responses(const Tensor& x) {
  const Tensor grouped = x.dim() == 2 ? x.unsqueeze(1) : x;
  const std::int64_t last = grouped.size(-1) - 1;
  return {grouped.narrow(-1, 0, last), grouped.select(-1, last)};
}

}  // namespace elbow
