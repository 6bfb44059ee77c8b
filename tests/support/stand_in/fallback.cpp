#include "fallback.h"

#include <ATen/Context.h>
#include <ATen/core/List.h>
#include <ATen/core/Reduction.h>
#include <c10/util/Exception.h>

#include <cstring>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "device.h"
#include "generator.h"
#include "ledger.h"
#include "memory.h"
#include "recorder.h"
#include "refused_on_cuda.h"

namespace elbow::stand_in {
namespace {

using c10::IValue;

/// Names without their overload for which a CUDA device makes the host wait, whatever the
/// arguments.
bool waits_always(const std::string& name) {
  static const std::set<std::string> names{"aten::nonzero",
                                           "aten::masked_select",
                                           "aten::equal",
                                           "aten::_unique",
                                           "aten::_unique2",
                                           "aten::unique_dim",
                                           "aten::unique_consecutive",
                                           "aten::unique_dim_consecutive",
                                           "aten::bincount",
                                           "aten::_linalg_eigh",
                                           "aten::_linalg_svd",
                                           "aten::linalg_eig",
                                           "aten::geqrf",
                                           "aten::multinomial",
                                           "aten::histc",
                                           "aten::linalg_eigvals",
                                           "aten::linalg_lstsq"};
  return names.count(name) != 0;
}

bool is_mask(const IValue& value) {
  const auto of = [](const at::Tensor& tensor) {
    return tensor.defined() &&
           (tensor.scalar_type() == at::kBool || tensor.scalar_type() == at::kByte);
  };
  if (value.isTensor()) return of(value.toTensor());
  if (value.isOptionalTensorList())
    for (const std::optional<at::Tensor> tensor : value.toOptionalTensorList())
      if (tensor && of(*tensor)) return true;
  return false;
}

/// One call of an operator: its arguments on the way to the CPU, its results on the way back.
class Call {
 public:
  Call(const c10::OperatorHandle& op, torch::jit::Stack& stack)
      : op_(op), schema_(op.schema()), index_(current_device()) {
    const auto given = torch::jit::last(stack, schema_.arguments().size());
    arguments_.assign(given.begin(), given.end());
    // torch::jit::last gives them in the order of the schema.
  }

  const std::vector<IValue>& arguments() const { return arguments_; }

  void check() {
    const std::string& name = schema_.name();
    is_pointwise_ = op_.hasTag(at::Tag::pointwise);
    check_generator();
    TORCH_CHECK(!at::globalContext().deterministicAlgorithms() || !is_refused_on_cuda(),
                "stand-in: ",
                name,
                " has no deterministic kernel on CUDA");
    note_waits(name);
    ledger().note_operator(name);
  }

  torch::jit::Stack translated() {
    torch::jit::Stack out;
    for (std::size_t i = 0; i < arguments_.size(); ++i) out.push_back(translate(i));
    return out;
  }

  IValue back(const IValue& value) {
    if (value.isTensor()) return back(value.toTensor());
    if (!value.isTensorList()) return value;
    std::vector<at::Tensor> out;
    for (const at::Tensor& tensor : value.toTensorVector()) out.push_back(back(tensor));
    return out;
  }

 private:
  IValue translate(std::size_t i) {
    const IValue& value = arguments_[i];
    if (value.isTensor()) return alias(value.toTensor(), i);
    if (value.isTensorList()) {
      std::vector<at::Tensor> out;
      for (const at::Tensor& tensor : value.toTensorVector()) out.push_back(alias(tensor, i));
      return out;
    }
    if (value.isOptionalTensorList()) {
      c10::List<std::optional<at::Tensor>> out;
      for (const std::optional<at::Tensor> tensor : value.toOptionalTensorList())
        out.push_back(tensor ? std::optional<at::Tensor>(alias(*tensor, i)) : tensor);
      return out;
    }
    if (value.isDevice()) return c10::Device(c10::kCPU);
    if (value.isGenerator()) return inside(value.toGenerator());
    return value;
  }

  at::Tensor alias(const at::Tensor& tensor, std::size_t argument) {
    if (!tensor.defined()) return tensor;
    if (tensor.device().type() != kType) {
      TORCH_CHECK(may_be_of_the_host(tensor, argument),
                  "stand-in: ",
                  schema_.name(),
                  ": argument '",
                  schema_.arguments()[argument].name(),
                  "' is on ",
                  tensor.device(),
                  ", other tensors are on the stand-in");
      return tensor;
    }
    TORCH_CHECK(!has_index_ || tensor.device().index() == index_,
                "stand-in: ",
                schema_.name(),
                ": tensors on devices ",
                index_,
                " and ",
                static_cast<int>(tensor.device().index()));
    has_index_ = true;
    index_ = tensor.device().index();
    for (const auto& [there, here] : aliases_)
      if (there.is_same(tensor)) return here;
    at::Tensor here = on_cpu(tensor);
    aliases_.emplace_back(tensor, here);
    return here;
  }

  /// What CUDA takes from the host: numbers that are tensors without dimensions, in pointwise
  /// operators and as what fills places.
  bool may_be_of_the_host(const at::Tensor& tensor, std::size_t argument) const {
    static const std::set<std::string> fills{"aten::masked_fill",
                                             "aten::masked_fill_",
                                             "aten::fill_",
                                             "aten::index_put_",
                                             "aten::_index_put_impl_"};
    if (tensor.dim() != 0 || !tensor.is_cpu()) return false;
    const std::string& name = schema_.arguments()[argument].name();
    return is_pointwise_ || tensor.unsafeGetTensorImpl()->is_wrapped_number() ||
           ((name == "value" || name == "values") && fills.count(schema_.name()) != 0);
  }

  at::Tensor back(const at::Tensor& result) {
    if (!result.defined()) return result;
    for (const auto& [there, here] : aliases_) {
      if (here.is_same(result)) {
        if (here.storage().data() != there.storage().data()) {  // it has grown
          resize_storage(there.storage(), here.storage().nbytes());
          std::memcpy(
              there.storage().mutable_data(), here.storage().data(), here.storage().nbytes());
        }
        if (there.sizes() != result.sizes() || there.strides() != result.strides())
          there.unsafeGetTensorImpl()->set_sizes_and_strides(
              result.sizes(), result.strides(), result.storage_offset());
        return there;
      }
      // A view of an operand.
      if (result.storage().nbytes() > 0 && result.storage().data() == here.storage().data()) {
        at::Tensor view = at::detail::make_tensor<c10::TensorImpl>(
            c10::Storage(there.storage()),
            c10::DispatchKeySet(c10::DispatchKey::PrivateUse1),
            result.dtype());
        view.unsafeGetTensorImpl()->set_sizes_and_strides(
            result.sizes(), result.strides(), result.storage_offset());
        return view;
      }
    }
    return on_device(result, index_);
  }

  void check_generator() const {
    for (std::size_t i = 0; i < arguments_.size(); ++i)
      if (schema_.arguments()[i].name() == "generator") {
        TORCH_CHECK(arguments_[i].isGenerator(),
                    "stand-in: ",
                    schema_.name(),
                    " draws from LibTorch's global generator");
        return;
      }
    TORCH_CHECK(!op_.hasTag(at::Tag::nondeterministic_seeded),
                "stand-in: ",
                schema_.name(),
                " draws from LibTorch's global generator and takes no other");
  }

  bool is_refused_on_cuda() const {
    const auto when = refusal_of(schema_.name(), schema_.overload_name());
    if (!when) return false;
    switch (*when) {
      case RefusedWhen::floating_point:
        return at::isFloatingType(first_type());
      case RefusedWhen::weights:
        return !argument("weights").isNone();
      case RefusedWhen::reduced:
        return argument("reduction").toInt() != at::Reduction::None;
      case RefusedWhen::product:
        return argument("reduce").toStringRef()[0] == 'p' ||
               argument("reduce").toStringRef()[0] == 'm';
      case RefusedWhen::maximum:
        return argument("mode").toInt() == 2;
      case RefusedWhen::always:
        break;
    }
    return true;
  }

  /// None where the operator has no such argument.
  IValue argument(const std::string& name) const {
    const auto i = schema_.argumentIndexWithName(name);
    return i ? arguments_[static_cast<std::size_t>(*i)] : IValue();
  }

  void note_waits(const std::string& name) const {
    if (waits_always(name)) ledger().note_wait(name);
    if (name == "aten::repeat_interleave" && schema_.overload_name() == "Tensor" &&
        arguments_.back().isNone())
      ledger().note_wait("repeat_interleave without output_size");
    // CUDA's copies an operand of the host, where others read it as a number.
    if (name == "aten::where")
      for (const IValue& value : arguments_)
        if (value.isTensor() && value.toTensor().is_cpu())
          ledger().note_wait("aten::where with a tensor of the host");
    const bool is_put = name == "aten::index_put_" || name == "aten::_index_put_impl_";
    if ((name == "aten::index" || is_put) && is_mask(arguments_[1]))
      ledger().note_wait(name + " by a mask");
    for (std::size_t i = 0; i < arguments_.size(); ++i)
      if (schema_.arguments()[i].name() == "check_errors" && arguments_[i].toBool())
        ledger().note_wait(name + " that checks for errors");
  }

  at::ScalarType first_type() const {
    for (const IValue& value : arguments_)
      if (value.isTensor() && value.toTensor().defined()) return value.toTensor().scalar_type();
    return at::kFloat;
  }

  const c10::OperatorHandle& op_;
  const c10::FunctionSchema& schema_;
  std::vector<IValue> arguments_;
  std::vector<std::pair<at::Tensor, at::Tensor>> aliases_;  ///< of the device, of the CPU
  int index_;
  bool has_index_ = false, is_pointwise_ = false;
};

}  // namespace

void run_on_cpu(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  Call call(op, *stack);
  call.check();
  torch::jit::Stack inner = call.translated();
  op.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), &inner);
  torch::jit::drop(*stack, op.schema().arguments().size());
  std::vector<IValue> results;
  for (const IValue& value : inner) results.push_back(call.back(value));
  recorder().note(op, call.arguments(), results);
  for (IValue& result : results) stack->push_back(std::move(result));
}

}  // namespace elbow::stand_in
