#pragma once

#include <ATen/core/Generator.h>

namespace elbow::stand_in {

/// A generator of this device, which draws as one of the CPU with the same seed does.
at::Generator make_generator(c10::DeviceIndex index);
/// The global one of a device.
const at::Generator& default_generator(c10::DeviceIndex index);
/// The CPU's generator inside. @throws c10::Error for a generator of another device
at::Generator inside(const at::Generator& generator);

}  // namespace elbow::stand_in
