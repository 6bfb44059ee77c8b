#include "elbow/inference/guides/empty_guide.h"

#include <stdexcept>

namespace elbow {
namespace {

class Nothing : public ConditionedGuide {
 public:
  Trace draw(std::int64_t, RandomSource&, DrawGradient) const override { return {}; }
  Trace score(const Trace&) const override { return {}; }
  ConditionedGuidePtr detach() const override { return std::make_shared<Nothing>(); }
  DistributionPtr distribution(const std::string& site, const Trace&) const override {
    throw std::logic_error("a model without latents has no posterior of '" + site + "'");
  }
};

}  // namespace

ConditionedGuidePtr EmptyGuide::condition(const Batch&) { return std::make_shared<Nothing>(); }

}  // namespace elbow
