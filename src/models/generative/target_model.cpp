#include "elbow/models/generative/target_model.h"

#include <c10/util/Exception.h>

#include <stdexcept>

#include "elbow/foundations/core/error.h"

namespace elbow {
namespace {

/// A target where a distribution is wanted: it can be scored, up to its normaliser.
class Unnormalised : public Distribution {
 public:
  explicit Unnormalised(TargetPtr target) : target_(std::move(target)) {}
  std::string name() const override { return "unnormalised"; }
  Shape batch_shape() const override { return {}; }
  Shape event_shape() const override { return {target_->size()}; }
  Traits traits() const override {
    Traits out;
    out.has_rsample = out.has_moments = false;
    return out;
  }
  Tensor log_prob(const Tensor& value) const override { return target_->log_density(value); }
  Tensor rsample(const Shape&, RandomSource&) const override { refuse("draws"); }
  Tensor mean() const override { refuse("a mean"); }
  Tensor variance() const override { refuse("a variance"); }
  Tensor entropy() const override { refuse("an entropy"); }
  DistributionPtr detach() const override { return std::make_shared<Unnormalised>(target_); }
  std::vector<std::pair<std::string, Tensor>> parameters() const override { return {}; }

 private:
  [[noreturn]] void refuse(const char* what) const {
    throw std::logic_error("the target '" + target_->name() + "' was asked for " + what);
  }
  TargetPtr target_;
};

}  // namespace

ComponentInfo TargetModel::info() {
  ModelTraits traits;
  traits.needs_data = false;
  return ComponentInfo::of(
             "target", "A named density and no data: guides, particles or chains are fitted to it")
      .source(
          "Rezende, Mohamed, Variational inference with normalizing flows, 2015, arXiv:1505.05770, "
          "section 6.1")
      .takes({Parameter::component("target", "target", "the density, up to its normaliser")})
      .with(traits);
}

GenerativeModelPtr TargetModel::create(const ConfigNode& node, const DataContext&) {
  return std::make_shared<TargetModel>(target_factory().create(node.child("target")));
}

TargetModel::TargetModel(TargetPtr target)
    : target_(std::move(target)), density_(std::make_shared<Unnormalised>(target_)) {}

Trace TargetModel::score(const Batch&, const Trace& latents, const ModelContext&) {
  Trace trace;
  trace.add(Site("z", density_, latents.at("z").value(), /*is_observed=*/false));
  return trace;
}

Trace TargetModel::sample(std::int64_t n, const ModelContext& context) {
  if (!target_->has_sample())
    throw UsageError("the target '" + target_->name() + "' has no exact draws",
                     "elbow sample draws from the fitted guide");
  Trace trace;
  trace.add(Site("z", density_, target_->sample(n, context.source), /*is_observed=*/false));
  return trace;
}

}  // namespace elbow
