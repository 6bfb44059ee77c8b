#include "elbow/inference/particles/point_guide.h"

#include <stdexcept>

#include "elbow/probability/distributions/empirical.h"

namespace elbow {
namespace {

class ConditionedPoints : public ConditionedGuide {
 public:
  explicit ConditionedPoints(const UnconstrainedJoint& joint, const Tensor& points) {
    const Trace values = joint.values(points);
    for (std::size_t i = 0; i < joint.sites().size(); ++i) {
      const SiteSpec& spec = joint.sites()[i];
      // A target's z is nobody's: what is drawn of it has no batch.
      const Tensor& value = values.sites()[i].value();
      const Tensor own = spec.scope == Scope::local ? value.squeeze(1) : value;
      const auto dims = static_cast<std::int64_t>(spec.event_shape.size());
      points_.add(values.sites()[i].with(std::make_shared<Empirical>(own, dims), own));
    }
  }
  /// One point for all latents of a draw: what they have in common is the point.
  Trace draw(std::int64_t num_particles, RandomSource& source, DrawGradient) const override {
    const std::int64_t n = points_.sites().front().value().size(0);
    Tensor order = source.uniform({num_particles, 1}, points_.sites().front().value().options());
    order =
        (order.reshape({num_particles}) * static_cast<double>(n)).to(at::kLong).clamp_max(n - 1);
    Trace out;
    for (const Site& site : points_.sites())
      out.add(site.with(site.dist_ptr(), site.value().index_select(0, order)));
    return out;
  }
  Trace score(const Trace&) const override {
    throw std::logic_error("particles have no density that could be scored");
  }
  ConditionedGuidePtr detach() const override { return std::make_shared<ConditionedPoints>(*this); }
  DistributionPtr distribution(const std::string& site, const Trace&) const override {
    return points_.at(site).dist_ptr();
  }

 private:
  Trace points_;
};

}  // namespace

ConditionedGuidePtr PointGuide::condition(const Batch&) {
  return std::make_shared<ConditionedPoints>(joint_, points());
}

}  // namespace elbow
