#pragma once

#include "inference/estimators/gradient_support.h"

namespace elbow::testing {

/// z ~ N(0, 1), x | z ~ N(z, 1): REFERENCE_RESULTS 2.2; one number that does nothing.
class ReferenceModel : public ToyModel {
 public:
  ReferenceModel() : ToyModel({0.0}) {}
  Trace score(const Tensor& x, const Trace& guide) override {
    const Tensor zero = at::zeros({1}, at::kDouble), &z = guide.at("z").value();
    Trace out;
    out.add(Site("z", bell(zero, zero), z, false));
    out.add(Site("x", bell(z + number(0, x.size(0)), zero), x, true));
    return out;
  }
};

/// N(mean, scale^2) by (mean, ln scale).
class ReferenceGuide : public ToyGuide {
 public:
  ReferenceGuide(double mean, double scale) : ToyGuide({mean, std::log(scale)}) {}

 protected:
  Trace visit(const Tensor& x, const Value& value) const override {
    Trace out;
    add(out, "z", bell(number(0, x.size(0)), number(1, x.size(0))), value);
    return out;
  }
};

inline Tensor reference_draws(const std::string& objective,
                              const Json& options,
                              const std::string& estimator,
                              std::int64_t count,
                              double mean = 0.2,
                              double scale = 0.8,
                              const Json& estimator_options = Json::object()) {
  ReferenceModel model;
  ReferenceGuide guide(mean, scale);
  const auto made = make_estimator(estimator, estimator_options);
  return gradient_draws(model, guide, *made, *make_objective(objective, options), count).guide;
}

}  // namespace elbow::testing
