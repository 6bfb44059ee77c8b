#include "elbow/inference/particles/particle_guide.h"

#include <stdexcept>

#include "elbow/probability/distributions/empirical.h"

namespace elbow {
namespace {

class ConditionedParticles : public ConditionedGuide {
 public:
  explicit ConditionedParticles(const UnconstrainedJoint& joint, const Tensor& particles) {
    const Trace values = joint.values(particles.detach());
    for (std::size_t i = 0; i < joint.sites().size(); ++i) {
      const Site& site = values.sites()[i];
      const auto dims = static_cast<std::int64_t>(joint.sites()[i].event_shape.size());
      points_.add(site.with(std::make_shared<Empirical>(site.value(), dims), site.value()));
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
  ConditionedGuidePtr detach() const override {
    return std::make_shared<ConditionedParticles>(*this);
  }
  DistributionPtr distribution(const std::string& site, const Trace&) const override {
    return points_.at(site).dist_ptr();
  }

 private:
  Trace points_;
};

}  // namespace

ParticleGuide::ParticleGuide(const UnconstrainedJoint& joint, const Tensor& start)
    : joint_(joint), particles_(register_parameter("particles", start)) {}

ConditionedGuidePtr ParticleGuide::condition(const Batch&) {
  return std::make_shared<ConditionedParticles>(joint_, particles_);
}

}  // namespace elbow
