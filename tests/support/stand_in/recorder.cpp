#include "recorder.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>

#include <cstring>
#include <string>
#include <utility>

#include "device.h"
#include "fallback.h"

namespace elbow::stand_in {
namespace {

using c10::IValue;

std::vector<at::Tensor> tensors_in(const IValue& value) {
  if (value.isTensor()) return {value.toTensor()};
  if (value.isTensorList()) return value.toTensorVector();
  return {};
}

bool lies_in(const at::Tensor& tensor, const std::vector<IValue>& arguments) {
  for (const IValue& argument : arguments)
    for (const at::Tensor& other : tensors_in(argument))
      if (other.defined() && other.storage().data() == tensor.storage().data()) return true;
  return false;
}

/// The memory of `from` into that of `to`: the same operator made both.
void overwrite(const at::Tensor& to, const at::Tensor& from) {
  TORCH_CHECK(to.storage().nbytes() == from.storage().nbytes() && to.sizes() == from.sizes(),
              "stand-in: a replayed operator gives another size");
  if (to.storage().nbytes() > 0)
    std::memcpy(to.storage().mutable_data(), from.storage().data(), to.storage().nbytes());
}

}  // namespace

Recorder& recorder() {
  static auto* one = new Recorder;
  return *one;
}

void Recorder::begin() {
  const std::lock_guard<std::mutex> lock(mutex_);
  work_.clear();
  is_recording_ = true;
}

Recorder::Work Recorder::end() {
  const std::lock_guard<std::mutex> lock(mutex_);
  is_recording_ = false;
  return std::exchange(work_, {});
}

void Recorder::note(std::function<void()> work) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (is_recording_) work_.push_back(std::move(work));
}

void Recorder::note(const c10::OperatorHandle& op,
                    const std::vector<IValue>& arguments,
                    const std::vector<IValue>& results) {
  if (!is_recording_) return;
  note([op, arguments, results] {
    const at::NoGradGuard no_grad;
    torch::jit::Stack stack(arguments.begin(), arguments.end());
    run_on_cpu(op, &stack);
    for (std::size_t i = 0; i < results.size(); ++i) {
      const auto before = tensors_in(results[i]), now = tensors_in(stack[i]);
      for (std::size_t j = 0; j < before.size(); ++j)
        if (before[j].defined() && !lies_in(before[j], arguments)) overwrite(before[j], now[j]);
    }
  });
}

void Recorder::refuse(const std::string& what) const {
  TORCH_CHECK(!is_recording_, "stand-in: ", what, " is not permitted while a graph is captured");
}

}  // namespace elbow::stand_in
