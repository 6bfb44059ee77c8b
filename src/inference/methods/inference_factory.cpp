#include "elbow/inference/methods/inference_factory.h"

#include "inference_methods.h"

namespace elbow {

Factory<InferenceMethodPtr>& inference_factory() {
  static Factory<InferenceMethodPtr> factory(
      "inference",
      {{gradient_info(), [](const ConfigNode&) { return gradient_method(); }},
       {advi_info(), [](const ConfigNode&) { return advi_method(); }},
       {laplace_info(), [](const ConfigNode&) { return laplace_method(); }},
       {conjugate_info(), [](const ConfigNode&) { return conjugate_method(); }},
       {svgd_info(), [](const ConfigNode&) { return svgd_method(); }},
       {hmc_info(), [](const ConfigNode&) { return hmc_method(); }},
       {sgld_info(), [](const ConfigNode&) { return sgld_method(); }}});
  return factory;
}

InferenceMethodPtr inference_method(const ConfigNode& config) {
  return inference_factory().create(config.child("inference"));
}

}  // namespace elbow
