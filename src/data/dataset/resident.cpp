#include "resident.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>
#include <c10/core/InferenceMode.h>

#include "elbow/data/device/device.h"

namespace elbow {

const Tensor& Resident::get(const std::string& name, const std::function<Tensor()>& make) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Tensor& tensor = tensors_[name];
  if (!tensor.defined()) {
    // Whoever asks first may be an evaluation, whose tensors autograd refuses to save.
    const c10::InferenceMode ordinary(false);
    tensor = make();
  }
  return tensor;
}

Tensor index_on(at::Device device, const std::vector<std::int64_t>& rows) {
  if (device.is_cpu()) return at::tensor(rows, at::kLong);
  return send_to(device,
                 at::from_blob(const_cast<std::int64_t*>(rows.data()),
                               {static_cast<std::int64_t>(rows.size())},
                               at::kLong));
}

}  // namespace elbow
