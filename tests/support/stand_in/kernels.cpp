// The operators that the stand-in has of its own: new tensors, views, copies, numbers for the host,
// convolutions.
#include <ATen/EmptyTensor.h>
#include <ATen/ops/_local_scalar_dense.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/DeviceGuard.h>
#include <torch/library.h>

#include "device.h"
#include "fallback.h"
#include "ledger.h"
#include "memory.h"
#include "recorder.h"

namespace elbow::stand_in {
namespace {

constexpr c10::DispatchKeySet kKeys(c10::DispatchKey::PrivateUse1);

at::Tensor empty(c10::SymIntArrayRef size,
                 std::optional<at::ScalarType> dtype,
                 std::optional<at::Layout>,
                 std::optional<at::Device> where,
                 std::optional<bool>,
                 std::optional<at::MemoryFormat> format) {
  const c10::OptionalDeviceGuard guard(where);
  return at::detail::empty_generic(C10_AS_INTARRAYREF_SLOW(size),
                                   device_allocator(),
                                   kKeys,
                                   c10::dtype_or_default(dtype),
                                   format);
}

at::Tensor empty_strided(c10::SymIntArrayRef size,
                         c10::SymIntArrayRef stride,
                         std::optional<at::ScalarType> dtype,
                         std::optional<at::Layout>,
                         std::optional<at::Device> where,
                         std::optional<bool>) {
  const c10::OptionalDeviceGuard guard(where);
  return at::detail::empty_strided_generic(C10_AS_INTARRAYREF_SLOW(size),
                                           C10_AS_INTARRAYREF_SLOW(stride),
                                           device_allocator(),
                                           kKeys,
                                           c10::dtype_or_default(dtype));
}

at::Tensor view(const at::Tensor& self, c10::SymIntArrayRef size) {
  return at::native::view(self, C10_AS_INTARRAYREF_SLOW(size));
}

at::Tensor as_strided(const at::Tensor& self,
                      c10::SymIntArrayRef size,
                      c10::SymIntArrayRef stride,
                      std::optional<c10::SymInt> offset) {
  std::optional<std::int64_t> from;
  if (offset) from = offset->expect_int();
  return at::native::as_strided_tensorimpl(
      self, C10_AS_INTARRAYREF_SLOW(size), C10_AS_INTARRAYREF_SLOW(stride), from);
}

at::Tensor reshape_alias(const at::Tensor& self,
                         c10::SymIntArrayRef size,
                         c10::SymIntArrayRef stride) {
  return at::native::_reshape_alias(
      self, C10_AS_INTARRAYREF_SLOW(size), C10_AS_INTARRAYREF_SLOW(stride));
}

at::Tensor& set_storage(at::Tensor& self,
                        at::Storage source,
                        c10::SymInt offset,
                        c10::SymIntArrayRef size,
                        c10::SymIntArrayRef stride) {
  auto* impl = self.unsafeGetTensorImpl();
  impl->set_storage_keep_dtype(std::move(source));
  impl->set_sizes_and_strides(
      C10_AS_INTARRAYREF_SLOW(size), C10_AS_INTARRAYREF_SLOW(stride), offset.expect_int());
  return self;
}

const at::Tensor& resize(const at::Tensor& self,
                         c10::SymIntArrayRef size,
                         std::optional<at::MemoryFormat>) {
  auto* impl = self.unsafeGetTensorImpl();
  impl->set_sizes_contiguous(C10_AS_INTARRAYREF_SLOW(size));
  const std::size_t needed =
      static_cast<std::size_t>(impl->numel() + impl->storage_offset()) * impl->itemsize();
  if (needed > self.storage().nbytes()) {
    resize_storage(self.storage(), needed);
  }
  return self;
}

/// Whether the host waits: always for what it reads, and for what it sends from memory that is not
/// pinned.
void note_copy(const at::Tensor& from, const at::Tensor& to, bool is_non_blocking) {
  if (from.numel() == 0) return;
  const bool is_to_host = to.is_cpu(), is_from_host = from.is_cpu();
  if (!is_to_host && !is_from_host) return;
  const at::Tensor& of_host = is_to_host ? to : from;
  const std::string what =
      is_to_host ? "copy to the host" : "blocking or pageable copy from the host";
  recorder().refuse("a copy between host and device, whose memory there is gone by the replay,");
  if (is_non_blocking && of_host.is_pinned()) return;
  ledger().note_wait(what);
}

at::Tensor copy_from(const at::Tensor& self, const at::Tensor& to, bool is_non_blocking) {
  note_copy(self, to, is_non_blocking);
  const auto copy = [self, to] {
    const at::NoGradGuard no_grad;
    const at::Tensor from = self.is_cpu() ? self : on_cpu(self);
    const at::Tensor into = to.is_cpu() ? to : on_cpu(to);
    into.copy_(from);
  };
  ledger().note_operator("aten::_copy_from");
  copy();
  recorder().note(copy);
  return to;
}

at::Tensor copy_from_and_resize(const at::Tensor& self, const at::Tensor& to) {
  to.resize_(self.sizes());
  return copy_from(self, to, /*is_non_blocking=*/false);
}

at::Scalar local_scalar(const at::Tensor& self) {
  recorder().refuse("reading a number");
  ledger().note_wait("aten::_local_scalar_dense");
  return at::_local_scalar_dense(on_cpu(self));
}

/// What Tensor.set_data() asks before it takes another tensor's memory.
bool has_compatible_shallow_copy_type(const at::Tensor& self, const at::Tensor& from) {
  const auto is_ours = [](const at::Tensor& tensor) {
    return tensor.is_cpu() || tensor.device().type() == kType;
  };
  return is_ours(self) && is_ours(from);
}

}  // namespace
}  // namespace elbow::stand_in

TORCH_LIBRARY_IMPL(_, PrivateUse1, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&elbow::stand_in::run_on_cpu>());
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
  using namespace elbow::stand_in;
  library.impl("empty.memory_format", empty);
  library.impl("empty_strided", empty_strided);
  library.impl("view", view);
  library.impl("as_strided", as_strided);
  library.impl("_reshape_alias", reshape_alias);
  library.impl("set_.source_Storage_storage_offset", set_storage);
  library.impl("resize_", resize);
  library.impl("_copy_from", copy_from);
  library.impl("_copy_from_and_resize", copy_from_and_resize);
  library.impl("_local_scalar_dense", local_scalar);
  library.impl("_has_compatible_shallow_copy_type", has_compatible_shallow_copy_type);
  // For other devices LibTorch makes these of several operators; the CPU and CUDA have one kernel
  // each.
  for (const char* name : {"native_group_norm", "native_layer_norm"})
    library.impl(name, torch::CppFunction::makeFromBoxedFunction<&run_on_cpu>());
}
