#include <ATen/TensorOperators.h>

#include "elbow/estimators/pathwise.h"

namespace elbow {

ComponentInfo Pathwise::info() {
  ComponentInfo info;
  info.name = "pathwise";
  info.summary = "Reparameterisation gradient: differentiates through the draw";
  info.paper =
      "Kingma, Welling, 2014, arXiv:1312.6114, section 2.4; Rezende, Mohamed, Wierstra, 2014, "
      "arXiv:1401.4082";
  info.properties = {{"needs_rsample", true}};
  return info;
}

Surrogate Pathwise::surrogate_loss(const Objective& objective,
                                   const Trace& model,
                                   const Trace& guide) const {
  Surrogate out;
  out.terms = objective.terms(model, guide);
  out.loss = -out.terms.bound.mean();
  return out;
}

}  // namespace elbow
