#include "elbow/neural/nn/matrix_product.h"

#include <ATen/Parallel.h>
#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>

#include <atomic>
#include <optional>
#include <string_view>

#include "elbow/kernels/instruction_set.h"
#include "elbow/kernels/transpose.h"

namespace elbow {
namespace {

using at::Tensor;
using Scalars = c10::List<std::optional<at::Scalar>>;
/// x w' + bias, then a function by name: what LibTorch's compiler has oneDNN do.
using LinearPointwise = Tensor(const Tensor& x,
                               const Tensor& w,
                               const std::optional<Tensor>& bias,
                               std::string_view function,
                               Scalars arguments,
                               std::optional<std::string_view> variant);

/// Nothing where this LibTorch was built without oneDNN.
const std::optional<c10::TypedOperatorHandle<LinearPointwise>>& linear_of_onednn() {
  static const auto out = [] {
    std::optional<c10::TypedOperatorHandle<LinearPointwise>> found;
    if (const auto schema =
            c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""}))
      found = schema->typed<LinearPointwise>();
    return found;
  }();
  return out;
}

bool is_slowed_by_mkl() {
#if defined(__x86_64__)
  static const bool out = !__builtin_cpu_is("intel") && __builtin_cpu_supports("avx512f");
  return out && kernels::instruction_set() == kernels::InstructionSet::kAvx512;
#else
  return false;
#endif
}

/// -1: as the processor wants it.
std::atomic<int> fixed_library{-1};

double flops_of_product(const Tensor& a, const Tensor& b) {
  return 2.0 * static_cast<double>(a.size(0)) * static_cast<double>(a.size(1)) *
         static_cast<double>(b.size(1));
}

bool is_for_onednn(const Tensor& a, const Tensor& b) {
  return product_library(a.scalar_type(), flops_of_product(a, b)) == ProductLibrary::onednn;
}

bool is_transposed(const Tensor& a) { return a.stride(0) == 1 && a.stride(1) == a.size(0); }

/// Contiguous. Transposed by ourselves, on all threads: LibTorch's copy is one thread's.
Tensor in_rows(const Tensor& a) {
  if (!is_transposed(a)) return a.contiguous();
  const Tensor out = at::empty(a.sizes(), a.options());
  kernels::run_transpose(kernels::Transpose<float>{
      a.size(1), a.size(0), a.const_data_ptr<float>(), out.mutable_data_ptr<float>()});
  return out;
}

Tensor product_of_onednn(const Tensor& a, const Tensor& b, const std::optional<Tensor>& bias) {
  static const Scalars no_arguments;
  // oneDNN asks OpenMP for threads, whose number a new thread only has once LibTorch has told it.
  at::internal::lazy_init_num_threads();
  // b' is put into rows too, though oneDNN takes it as it comes. Whichever it is given, a signal
  // handled in the middle of it corrupts memory (sooner with columns): signals.cpp keeps them away.
  return linear_of_onednn()->call(in_rows(a), in_rows(b.t()), bias, "none", no_arguments, "");
}

}  // namespace

ProductLibrary product_library(at::ScalarType dtype, double flops) {
  // A call of oneDNN takes 10 us; below this MKL is done before.
  constexpr double kFewest = 8e6;
  if (dtype != at::kFloat || flops == 0 || !linear_of_onednn()) return ProductLibrary::mkl;
  const int fixed = fixed_library;
  if (fixed >= 0) return static_cast<ProductLibrary>(fixed);
  return flops >= kFewest && is_slowed_by_mkl() ? ProductLibrary::onednn : ProductLibrary::mkl;
}

FixedProductLibrary::FixedProductLibrary(ProductLibrary library) {
  fixed_library = static_cast<int>(library);
}
FixedProductLibrary::~FixedProductLibrary() { fixed_library = -1; }

Tensor matrix_product(const Tensor& a, const Tensor& b, const Tensor& bias) {
  if (is_for_onednn(a, b))
    return product_of_onednn(a, b, bias.defined() ? std::optional<Tensor>(bias) : std::nullopt);
  return bias.defined() ? at::addmm(bias, a, b) : at::mm(a, b);
}

void add_matrix_product(Tensor& sum, const Tensor& a, const Tensor& b) {
  if (is_for_onednn(a, b))
    sum.add_(product_of_onednn(a, b, std::nullopt));
  else
    at::addmm_out(sum, sum, a, b);
}

}  // namespace elbow
