#pragma once

#include <ATen/ATen.h>

#include "elbow/inference/guides/guide_factory.h"
#include "elbow/probability/distributions/normal.h"

namespace elbow::testing {

/// z2 | x ~ N(E x + e, e^2f), z1 | z2, x ~ N(G x + H z2 + g, e^2h): the exact posterior is among
/// these. It asks of the model nothing but the sizes of its two latents.
class TwoLevelGuide : public Guide {
 public:
  static ComponentInfo info() {
    return ComponentInfo::of("two_level", "the second latent, then the first given it; linear")
        .with(GuideTraits{});
  }
  static GuidePtr create(const ConfigNode&,
                         const std::vector<SiteSpec>& sites,
                         const DataContext& data) {
    return std::make_shared<TwoLevelGuide>(sites, num_elements(data.event_shape));
  }
  TwoLevelGuide(const std::vector<SiteSpec>& sites, std::int64_t data_size)
      : sites_(sites),
        first_(register_parameter("first", at::randn({size(0), data_size}) * 0.1)),
        first_bias_(register_parameter("first_bias", at::zeros({size(0)}))),
        first_log_scale_(register_parameter("first_log_scale", at::zeros({size(0)}))),
        second_(register_parameter("second", at::randn({size(1), data_size}) * 0.1)),
        between_(register_parameter("between", at::randn({size(1), size(0)}) * 0.1)),
        second_bias_(register_parameter("second_bias", at::zeros({size(1)}))),
        second_log_scale_(register_parameter("second_log_scale", at::zeros({size(1)}))) {}

  ConditionedGuidePtr condition(const Batch& batch) override {
    const Tensor x = batch.x.flatten(1);
    return std::make_shared<Conditioned>(sites_,
                                         x.matmul(first_.t()) + first_bias_,
                                         first_log_scale_,
                                         x.matmul(second_.t()) + second_bias_,
                                         between_,
                                         second_log_scale_);
  }

 private:
  class Conditioned : public ConditionedGuide {
   public:
    Conditioned(std::vector<SiteSpec> sites,
                Tensor first,
                Tensor first_log_scale,
                Tensor second,
                Tensor between,
                Tensor second_log_scale)
        : sites_(std::move(sites)),
          first_(std::move(first)),
          first_log_scale_(std::move(first_log_scale)),
          second_(std::move(second)),
          between_(std::move(between)),
          second_log_scale_(std::move(second_log_scale)) {}
    Trace draw(std::int64_t num_particles,
               RandomSource& source,
               DrawGradient gradient) const override {
      const auto value = [&](const DistributionPtr& q, const Shape& shape) {
        return gradient == DrawGradient::pathwise ? q->rsample(shape, source)
                                                  : q->sample(shape, source);
      };
      Trace out;
      add(out, 0, [&](const DistributionPtr& q) { return value(q, {num_particles}); });
      add(out, 1, [&](const DistributionPtr& q) { return value(q, {}); });
      return out;
    }
    Trace score(const Trace& values) const override {
      Trace out;
      for (std::size_t i = 0; i < 2; ++i)
        add(out, i, [&](const DistributionPtr&) { return values.at(sites_[i].name).value(); });
      return out;
    }
    ConditionedGuidePtr detach() const override {
      return std::make_shared<Conditioned>(sites_,
                                           first_.detach(),
                                           first_log_scale_.detach(),
                                           second_.detach(),
                                           between_.detach(),
                                           second_log_scale_.detach());
    }
    DistributionPtr distribution(const std::string& site, const Trace& given) const override {
      return of(site == sites_[0].name ? 0 : 1, given);
    }

   private:
    DistributionPtr of(std::size_t i, const Trace& given) const {
      if (i == 0) return std::make_shared<DiagNormal>(first_, first_log_scale_.expand_as(first_));
      const Tensor loc = second_ + given.at(sites_[0].name).value().matmul(between_.t());
      return std::make_shared<DiagNormal>(loc, second_log_scale_.expand_as(loc));
    }
    template <class Value>
    void add(Trace& trace, std::size_t i, const Value& value) const {
      const DistributionPtr q = of(i, trace);
      trace.add(Site(sites_[i].name, q, value(q), /*is_observed=*/false));
    }
    std::vector<SiteSpec> sites_;
    Tensor first_, first_log_scale_, second_, between_, second_log_scale_;
  };

  std::int64_t size(std::size_t i) const { return num_elements(sites_.at(i).event_shape); }
  std::vector<SiteSpec> sites_;
  Tensor first_, first_bias_, first_log_scale_, second_, between_, second_bias_, second_log_scale_;
};

}  // namespace elbow::testing
