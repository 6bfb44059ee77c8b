#include "elbow/models/generative/supervised_model.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>

#include <cmath>
#include <stdexcept>

#include "elbow/probability/distributions/normal.h"

namespace elbow {

Trace SupervisedModel::sample(std::int64_t, const ModelContext&) {
  throw std::logic_error("a model of a response has no draws of whole examples");
}

NormalResponse::NormalResponse(double noise_scale, bool is_learned, std::int64_t num_groups) {
  const Tensor start = at::full({num_groups}, std::log(noise_scale));
  log_scale_ =
      is_learned ? register_parameter("log_scale", start) : register_buffer("log_scale", start);
}

DistributionPtr NormalResponse::centred_at(const Tensor& mean) const {
  const Tensor loc = mean.squeeze(-1).transpose(-1, -2);
  return std::make_shared<Normal>(loc, log_scale_.expand_as(loc));
}

DistributionPtr NormalResponse::centred_at(const Tensor& mean, const Tensor& precision) {
  const Tensor loc = mean.squeeze(-1).transpose(-1, -2);
  return std::make_shared<Normal>(loc, (precision.log() * -0.5).unsqueeze(1).expand_as(loc));
}

std::pair<Tensor, Tensor> inputs_and_responses(const Batch& batch) {
  if (batch.covariates.dim() == 3) return {batch.covariates, batch.y};
  return {batch.covariates.unsqueeze(1), batch.y.unsqueeze(1)};
}

}  // namespace elbow
