#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace elbow {

using at::Tensor;

/// Tensors that are made when they are first asked for, and then stay.
class Resident {
 public:
  const Tensor& get(const std::string& name, const std::function<Tensor()>& make);

 private:
  std::mutex mutex_;
  std::map<std::string, Tensor> tensors_;
};

/// Numbers of the host as a tensor of the device, for which the host does not wait.
Tensor index_on(at::Device device, const std::vector<std::int64_t>& rows);

}  // namespace elbow
