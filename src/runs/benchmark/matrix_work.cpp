#include "elbow/runs/benchmark/matrix_work.h"

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>
#include <ATen/record_function.h>

#include <cstring>
#include <memory>
#include <mutex>
#include <vector>

#include "elbow/probability/distributions/reference_operators.h"

namespace elbow {
namespace {

std::mutex count_mutex;
MatrixWork* counted = nullptr;
/// What a convolution calls to do its work is its work already.
thread_local int convolutions_around = 0;

struct Convolution : at::ObserverContext {
  Convolution() { ++convolutions_around; }
  ~Convolution() override { --convolutions_around; }
};

void add(const ProductShape& shape, std::int64_t times = 1) {
  if (shape.flops() == 0 || times == 0) return;
  const std::lock_guard<std::mutex> lock(count_mutex);
  (*counted)[shape] += times;
}

using Inputs = c10::ArrayRef<const c10::IValue>;

void add_product(const at::Tensor& a, const at::Tensor& b) {
  const std::int64_t batch = a.dim() == 3 ? a.size(0) : 1;
  add({batch, a.size(-2), a.size(-1), b.dim() == 1 ? 1 : b.size(-1)});
}

/// @param places of the image that each weight meets: of the output, transposed of the input
ProductShape patches(const at::Tensor& weight, std::int64_t images, std::int64_t places) {
  return {1, images * places, weight[0].numel(), weight.size(0)};
}

std::int64_t places_of(const at::Tensor& image) { return image[0][0].numel(); }

/// convolution(input, weight, bias, stride, padding, dilation, transposed, ...)
void add_convolution(Inputs in) {
  const at::Tensor input = in[0].toTensor(), weight = in[1].toTensor();
  std::int64_t places = places_of(input);
  if (!in[6].toBool()) {
    const auto stride = in[3].toIntVector(), padding = in[4].toIntVector(),
               dilation = in[5].toIntVector();
    places = 1;
    for (std::size_t d = 0; d < stride.size(); ++d) {
      const auto axis = static_cast<std::int64_t>(d) + 2;
      const std::int64_t reach = dilation[d] * (weight.size(axis) - 1) + 1;
      places *= (input.size(axis) + 2 * padding[d] - reach) / stride[d] + 1;
    }
  }
  add(patches(weight, input.size(0), places));
}

/// convolution_backward(grad, input, weight, bias_sizes, stride, padding, dilation, transposed,
/// output_padding, groups, output_mask): one product for the input's gradient, one for the
/// weights'.
void add_convolution_backward(Inputs in) {
  const at::Tensor grad = in[0].toTensor(), input = in[1].toTensor(), weight = in[2].toTensor();
  const auto mask = in[10].toBoolList();
  const std::int64_t places = places_of(in[7].toBool() ? input : grad);
  add(patches(weight, input.size(0), places), (mask[0] ? 1 : 0) + (mask[1] ? 1 : 0));
}

std::unique_ptr<at::ObserverContext> note(const at::RecordFunction& call) {
  const char* name = call.name();
  if (convolutions_around > 0 || std::strncmp(name, "aten::", 6) != 0) return nullptr;
  name += 6;
  const auto is = [name](const char* other) { return std::strcmp(name, other) == 0; };
  const Inputs in = call.inputs();
  if (is("mm") || is("bmm") || is("mv")) {
    add_product(in[0].toTensor(), in[1].toTensor());
  } else if (is("addmm") || is("baddbmm") || is("addmv") || is("_addmm_activation")) {
    add_product(in[1].toTensor(), in[2].toTensor());
  } else if (is("convolution")) {
    add_convolution(in);
    return std::make_unique<Convolution>();
  } else if (is("convolution_backward")) {
    add_convolution_backward(in);
    return std::make_unique<Convolution>();
  }
  return nullptr;
}

}  // namespace

double flops_of(const MatrixWork& work) {
  double sum = 0;
  for (const auto& [shape, times] : work) sum += shape.flops() * static_cast<double>(times);
  return sum;
}

MatrixWork count_matrix_work(const std::function<void()>& work) {
  MatrixWork out;
  // Our own loops over layers and images are none of LibTorch's operators; those that they stand
  // for are counted in their place.
  const ReferenceOperators by_operators;
  counted = &out;
  const auto handle = at::addGlobalCallback(
      at::RecordFunctionCallback(note).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
  try {
    work();
  } catch (...) {
    at::removeCallback(handle);
    throw;
  }
  at::removeCallback(handle);
  return out;
}

}  // namespace elbow
