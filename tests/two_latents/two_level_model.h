#pragma once

#include <ATen/ATen.h>

#include "elbow/models/generative/model_factory.h"
#include "elbow/probability/distributions/normal.h"

namespace elbow::testing {

/// z2 ~ N(0, I), z1 | z2 ~ N(A z2, e^2a), x | z1 ~ N(B z1 + b, e^2s): its evidence is known.
class TwoLevelModel : public GenerativeModel {
 public:
  static constexpr std::int64_t kTop = 2, kBottom = 3;

  static ComponentInfo info() {
    ModelTraits traits;
    traits.events = {EventKind::vector};
    traits.has_sleep_phase = true;
    return ComponentInfo::of("two_level", "z2 to z1 to x, linear and normal").with(traits);
  }
  static GenerativeModelPtr create(const ConfigNode&, const DataContext& data) {
    return std::make_shared<TwoLevelModel>(data.event_shape.at(0));
  }
  explicit TwoLevelModel(std::int64_t data_size)
      : top_(register_parameter("top", at::randn({kBottom, kTop}) * 0.5)),
        bottom_(register_parameter("bottom", at::randn({data_size, kBottom}) * 0.5)),
        bias_(register_parameter("bias", at::zeros({data_size}))),
        log_scale_(register_parameter("log_scale", at::zeros({data_size}))),
        log_scale_between_(register_parameter("log_scale_between", at::zeros({kBottom}))),
        zeros_(register_buffer("zeros", at::zeros({kTop}))) {}

  std::vector<SiteSpec> sites() const override { return {{"z2", {kTop}}, {"z1", {kBottom}}}; }
  Trace score(const Batch& batch, const Trace& latents, const ModelContext&) override {
    const Tensor &z2 = latents.at("z2").value(), &z1 = latents.at("z1").value();
    Trace out;
    out.add(Site("z2", DiagNormal::standard(zeros_), z2, /*is_observed=*/false));
    out.add(Site("z1", below(z2), z1, /*is_observed=*/false));
    out.add(Site("x", data(z1), batch.x, /*is_observed=*/true));
    return out;
  }
  Trace sample(std::int64_t n, const ModelContext& context) override {
    const auto first = DiagNormal::standard(zeros_);
    const Tensor z2 = first->sample({1, n}, context.source);
    const auto second = below(z2);
    const Tensor z1 = second->sample({}, context.source);
    const auto third = data(z1);
    Trace out;
    out.add(Site("z2", first, z2.squeeze(0), /*is_observed=*/false));
    out.add(Site("z1", second, z1.squeeze(0), /*is_observed=*/false));
    out.add(Site("x", third, third->sample({}, context.source).squeeze(0), /*is_observed=*/false));
    return out;
  }

  /// ln p(x), [B].
  Tensor log_evidence(const Tensor& x) const {
    const Tensor of_z1 = top_.matmul(top_.t()) + at::diag((2 * log_scale_between_).exp());
    const Tensor covariance =
        bottom_.matmul(of_z1).matmul(bottom_.t()) + at::diag((2 * log_scale_).exp());
    const Tensor factor = at::linalg_cholesky(covariance);
    const Tensor white = at::linalg_solve_triangular(factor, (x - bias_).t(), /*upper=*/false);
    return -0.5 * white.square().sum(0) - factor.diagonal().log().sum() -
           0.5 * static_cast<double>(x.size(1)) * std::log(2 * M_PI);
  }

 private:
  DistributionPtr below(const Tensor& z2) const {
    const Tensor loc = z2.matmul(top_.t());
    return std::make_shared<DiagNormal>(loc, log_scale_between_.expand_as(loc));
  }
  DistributionPtr data(const Tensor& z1) const {
    const Tensor loc = z1.matmul(bottom_.t()) + bias_;
    return std::make_shared<DiagNormal>(loc, log_scale_.expand_as(loc));
  }
  Tensor top_, bottom_, bias_, log_scale_, log_scale_between_, zeros_;
};

}  // namespace elbow::testing
