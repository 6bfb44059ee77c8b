#include "elbow/inference/guides/guide_factory.h"
#include "elbow/inference/methods/build_gradient_vi.h"
#include "elbow/models/generative/model_factory.h"
#include "elbow/neural/conditional/posterior.h"
#include "inference_methods.h"

namespace elbow {
namespace {

class GradientMethod : public InferenceMethod {
 public:
  Modules build_modules(const ConfigNode& config,
                        const DataContext& data,
                        at::Device device) const override {
    Modules out;
    out.model = model_factory().create(config.child("model"), data);
    DataContext shown = data;
    if (out.model->target() != nullptr) shown.event_shape = {};  // nothing to encode
    out.guide = guide_factory().create(config.child("guide"), out.model->sites(), shown);
    out.model->complete([&out](const std::string& site) { return out.guide->posterior_of(site); });
    out.model->to(device, dtype_of(config));
    out.guide->to(device, dtype_of(config));
    return out;
  }

  std::shared_ptr<Inference> build(const ConfigNode& config,
                                   Modules& modules,
                                   const Dataset& dataset) const override {
    return build_gradient_vi(config, modules, dataset);
  }

  void load(Modules& modules,
            const NamedTensors& stored,
            bool use_average,
            const std::string& source) const override {
    load_weights(*modules.model, *modules.guide, stored, use_average, source);
    modules.model->eval();
    modules.guide->eval();
  }

  std::string begin_from(Modules& modules,
                         const NamedTensors& stored,
                         const std::string& weights,
                         const std::string& source) const override {
    load_weights(*modules.model, *modules.guide, stored, weights == "ema", source);
    return "the " + weights + " weights";
  }
};

}  // namespace

ComponentInfo gradient_info() {
  return ComponentInfo::of("gradient", "Stochastic gradient ascent on the objective")
      .source("Kingma, Welling, 2014, arXiv:1312.6114, algorithm 1")
      .with(InferenceTraits{});
}

InferenceMethodPtr gradient_method() { return std::make_shared<GradientMethod>(); }

}  // namespace elbow
