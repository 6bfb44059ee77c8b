#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

namespace elbow::stand_in {

/// Any operator on tensors of the device: the CPU's kernel on the same memory.
/// @throws c10::Error where CUDA would refuse: operands on several devices, a random operator
/// without a generator of the device, an operator that has no deterministic kernel while
/// deterministic algorithms are asked for
void run_on_cpu(const c10::OperatorHandle& op, torch::jit::Stack* stack);

}  // namespace elbow::stand_in
