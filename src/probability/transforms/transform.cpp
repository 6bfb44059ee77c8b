#include "elbow/probability/transforms/transform.h"

#include <c10/util/Exception.h>

namespace elbow {

std::pair<Tensor, Tensor> Transform::inverse_and_log_det(const Tensor& /*y*/) const {
  TORCH_CHECK(false, name(), ": this transform has no inverse; it only maps draws of its base");
}

TransformPtr Transform::detach() const {
  return map_parameters([](const std::string&, const Tensor& value) { return value.detach(); });
}

std::vector<std::pair<std::string, Tensor>> Transform::parameters() const {
  std::vector<std::pair<std::string, Tensor>> out;
  map_parameters([&](const std::string& name, const Tensor& value) {
    out.emplace_back(name, value);
    return value;
  });
  return out;
}

}  // namespace elbow
