#include "elbow/inference/guides/supported_guide.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <stdexcept>

#include "elbow/neural/flows/transformed_distribution.h"
#include "elbow/probability/distributions/distribution.h"

namespace elbow {
namespace {

/// A latent that is a share of a joint draw: by itself it has no density, but it is known where it
/// lies, and how wide it is where it is a slice of the joint vector as it stands.
class ShareOfJoint : public Distribution {
 public:
  /// @param joint of all numbers, [batch..., U]; null where nothing is asked about it
  ShareOfJoint(std::shared_ptr<const JoinedBijection> bijection,
               std::size_t index,
               DistributionPtr joint = nullptr)
      : bijection_(std::move(bijection)), index_(index), joint_(std::move(joint)) {}
  std::string name() const override { return "share_of_joint"; }
  Shape batch_shape() const override { return joint_ ? joint_->batch_shape() : Shape{}; }
  Shape event_shape() const override { return slice().variable.event_shape; }
  Traits traits() const override {
    Traits out;
    out.has_rsample = out.scores_any_value = false;
    out.has_moments = joint_ && joint_->traits().has_moments &&
                      slice().variable.support.name() == Support::real().name();
    return out;
  }
  Tensor location() const override {
    return joint_ ? bijection_->forward(joint_->location()).at(index_).value : refuse();
  }
  Tensor mean() const override {
    return traits().has_moments ? of_slice(joint_->mean()) : refuse();
  }
  Tensor variance() const override {
    return traits().has_moments ? of_slice(joint_->variance()) : refuse();
  }
  Tensor log_prob(const Tensor&) const override { return refuse(); }
  Tensor rsample(const Shape&, RandomSource&) const override { return refuse(); }
  Tensor entropy() const override { return refuse(); }
  DistributionPtr detach() const override {
    return std::make_shared<ShareOfJoint>(bijection_, index_, joint_ ? joint_->detach() : nullptr);
  }
  std::vector<std::pair<std::string, Tensor>> parameters() const override { return {}; }

 private:
  const JoinedBijection::Slice& slice() const { return bijection_->slices()[index_]; }
  Tensor of_slice(const Tensor& numbers) const {
    return numbers.narrow(-1, slice().begin, slice().size).unflatten(-1, event_shape());
  }
  [[noreturn]] Tensor refuse() const {
    throw std::logic_error("'" + slice().variable.name +
                           "' was drawn together with other latents: by itself it has no density");
  }
  std::shared_ptr<const JoinedBijection> bijection_;
  std::size_t index_;
  DistributionPtr joint_;
};

class ConditionedOnSupports : public ConditionedGuide {
 public:
  ConditionedOnSupports(ConditionedGuidePtr numbers,
                        const std::vector<SiteSpec>& sites,
                        std::shared_ptr<const JoinedBijection> bijection,
                        std::int64_t num_examples)
      : numbers_(std::move(numbers)),
        sites_(sites),
        bijection_(std::move(bijection)),
        num_examples_(num_examples) {}

  Trace draw(std::int64_t num_particles,
             RandomSource& source,
             DrawGradient gradient) const override {
    const Trace drawn = numbers_->draw(num_particles, source, gradient);
    const Site& numbers = drawn.at(SupportedGuide::kUnconstrained);
    const auto parts = bijection_->forward(numbers.value());
    Trace out;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const Tensor log_q = i == 0 ? numbers.log_prob() - parts[i].log_det : -parts[i].log_det;
      out.add(site(i, parts[i].value, log_q));
    }
    if (drawn.has_particle_weights()) out.set_log_particle_weights(drawn.log_particle_weights());
    return out;
  }

  Trace score(const Trace& values) const override {
    std::vector<Tensor> each;
    for (const SiteSpec& spec : sites_) each.push_back(values.at(spec.name).value());
    const auto [flat, log_dets] = bijection_->inverse(each);
    Trace numbers;
    numbers.add(Site(SupportedGuide::kUnconstrained, nullptr, flat, /*is_observed=*/false));
    const Trace scored = numbers_->score(numbers);
    Trace out;
    for (std::size_t i = 0; i < each.size(); ++i)
      out.add(
          site(i, each[i], i == 0 ? scored.sites().front().log_prob() + log_dets[i] : log_dets[i]));
    return out;
  }

  ConditionedGuidePtr detach() const override {
    return std::make_shared<ConditionedOnSupports>(
        numbers_->detach(), sites_, bijection_, num_examples_);
  }

  DistributionPtr distribution(const std::string& name, const Trace&) const override {
    const DistributionPtr q = numbers_->distribution(SupportedGuide::kUnconstrained, {});
    const auto place = std::find_if(
        sites_.begin(), sites_.end(), [&](const SiteSpec& site) { return site.name == name; });
    if (place == sites_.end()) throw std::logic_error("the guide has no latent '" + name + "'");
    if (!q) return nullptr;
    if (sites_.size() > 1)
      return std::make_shared<ShareOfJoint>(bijection_, place - sites_.begin(), q);
    return std::make_shared<TransformedDistribution>(q, bijection_->slices()[0].bijection);
  }

 private:
  Site site(std::size_t i, const Tensor& value, Tensor log_q) const {
    const SiteSpec& spec = sites_[i];
    Site out(spec.name,
             std::make_shared<ShareOfJoint>(bijection_, i),
             value,
             /*is_observed=*/false,
             spec.scope);
    if (spec.scope == Scope::global) out.set_repeats(num_examples_);
    out.set_log_prob(std::move(log_q));
    return out;
  }

  ConditionedGuidePtr numbers_;
  std::vector<SiteSpec> sites_;
  std::shared_ptr<const JoinedBijection> bijection_;
  std::int64_t num_examples_;
};

}  // namespace

std::shared_ptr<const JoinedBijection> join(const std::vector<SiteSpec>& sites) {
  std::vector<JoinedBijection::Variable> variables;
  for (const SiteSpec& site : sites)
    variables.push_back({site.name, site.support, site.event_shape});
  return std::make_shared<JoinedBijection>(variables);
}

SupportedGuide::SupportedGuide(GuidePtr numbers, const std::vector<SiteSpec>& sites)
    : numbers_(register_module("numbers", std::move(numbers))),
      sites_(sites),
      bijection_(join(sites)) {}

ConditionedGuidePtr SupportedGuide::condition(const Batch& batch) {
  return std::make_shared<ConditionedOnSupports>(
      numbers_->condition(batch), sites_, bijection_, batch.size());
}

}  // namespace elbow
