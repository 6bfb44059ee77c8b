#include "elbow/inference/optim/flat_parameters.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/profile_span.h"

namespace elbow {
namespace {

/// "float32 [400, 784]"
std::string describe(at::ScalarType type, at::IntArrayRef sizes) {
  std::ostringstream out;
  switch (type) {
    case at::kFloat:
      out << "float32";
      break;
    case at::kDouble:
      out << "float64";
      break;
    case at::kHalf:
      out << "float16";
      break;
    case at::kBFloat16:
      out << "bfloat16";
      break;
    default:
      out << c10::toString(type);
  }
  out << ' ' << sizes;
  return out.str();
}

std::string describe(const Tensor& tensor) {
  return describe(tensor.scalar_type(), tensor.sizes());
}

void check_leaf(const std::string& name, const Tensor& tensor, const Tensor& first) {
  const auto refuse = [&](const std::string& why) {
    throw std::logic_error("FlatParameters: parameter '" + name + "' " + why);
  };
  if (!tensor.defined()) refuse("is undefined");
  if (!tensor.is_leaf() || !tensor.requires_grad()) refuse("is not a leaf that requires grad");
  if (tensor.scalar_type() != first.scalar_type() || tensor.device() != first.device()) {
    refuse("has " + describe(tensor) + " on " + tensor.device().str() + ", the first has " +
           describe(first) + " on " + first.device().str());
  }
}

/// Each tensor once, under its first name.
NamedTensors distinct(const NamedTensors& named) {
  NamedTensors out;
  std::set<const void*> tensors;
  std::set<std::string> names;
  for (const auto& [name, tensor] : named) {
    check_leaf(name, tensor, named.front().second);
    if (!tensors.insert(tensor.unsafeGetTensorImpl()).second) continue;
    if (!names.insert(name).second)
      throw std::logic_error("FlatParameters: two parameters are called '" + name + "'");
    out.emplace_back(name, tensor);
  }
  return out;
}

}  // namespace

FlatParameters::FlatParameters(const NamedTensors& named) : named_(distinct(named)) {
  if (named_.empty())
    throw std::logic_error("FlatParameters: expected at least one parameter, got none");
  const at::NoGradGuard no_grad;
  std::int64_t size = 0;
  for (const auto& entry : named_) {
    offsets_.push_back(size);
    size += entry.second.numel();
  }
  values_ = at::empty({size}, named_.front().second.detach().options());
  gradients_ = at::zeros_like(values_);
  for (std::size_t i = 0; i < named_.size(); ++i) {
    const Tensor& parameter = named_[i].second;
    const auto view =
        values_.narrow(/*dim=*/0, offsets_[i], parameter.numel()).view(parameter.sizes());
    view.copy_(parameter);
    parameter.set_data(view);
    parameter.mutable_grad() =
        gradients_.narrow(/*dim=*/0, offsets_[i], parameter.numel()).view(parameter.sizes());
  }
}

void FlatParameters::zero_gradients() {
  const ProfileSpan optimizer(SpanKind::component, "optimizer"), span(SpanKind::part, "zeroing");
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < named_.size(); ++i) {
    const auto& [name, parameter] = named_[i];
    const auto lies_at = [&](const Tensor& tensor, const Tensor& flat) {
      return tensor.defined() && tensor.is_contiguous() &&
             tensor.scalar_type() == flat.scalar_type() &&
             (tensor.numel() == 0 ||
              tensor.const_data_ptr() == static_cast<const char*>(flat.const_data_ptr()) +
                                             offsets_[i] * flat.element_size());
    };
    if (!lies_at(parameter, values_)) {
      throw std::logic_error("FlatParameters: '" + name +
                             "' left the flat buffer; never move or replace a flattened parameter");
    }
    if (!lies_at(parameter.grad(), gradients_)) {
      throw std::logic_error(
          "FlatParameters: the gradient of '" + name +
          "' left the flat buffer; zero it here, never by zero_grad() of a module");
    }
  }
  gradients_.zero_();
}

std::string FlatParameters::name_of(std::int64_t index) const {
  if (index < 0 || index >= values_.numel()) {
    throw std::out_of_range("FlatParameters: element " + std::to_string(index) + " of " +
                            std::to_string(values_.numel()));
  }
  const auto after = std::upper_bound(offsets_.begin(), offsets_.end(), index);
  return named_[static_cast<std::size_t>(after - offsets_.begin()) - 1].first;
}

NamedTensors FlatParameters::split(const Tensor& flat) const {
  const at::NoGradGuard no_grad;
  if (flat.sizes() != values_.sizes()) {
    throw std::logic_error("FlatParameters::split: expected " + describe(values_) + ", got " +
                           describe(flat));
  }
  NamedTensors out;
  for (std::size_t i = 0; i < named_.size(); ++i) {
    const auto& [name, parameter] = named_[i];
    // A copy: a view would be written with the whole buffer behind it.
    out.emplace_back(name,
                     flat.detach()
                         .narrow(/*dim=*/0, offsets_[i], parameter.numel())
                         .clone()
                         .view(parameter.sizes()));
  }
  return out;
}

void FlatParameters::join(const NamedTensors& named,
                          const Tensor& flat,
                          const std::string& source) const {
  const at::NoGradGuard no_grad;
  if (flat.sizes() != values_.sizes()) {
    throw std::logic_error("FlatParameters::join: expected " + describe(values_) + ", got " +
                           describe(flat));
  }
  const std::string help =
      "it was written for another model: compare the configuration of that run";
  std::map<std::string, Tensor> given;
  for (const auto& [name, tensor] : named) {
    if (!given.emplace(name, tensor).second)
      throw DataError(source + ": tensor '" + name + "' is there twice", help);
  }
  for (const auto& [name, parameter] : named_) {
    const std::string expected = describe(flat.scalar_type(), parameter.sizes());
    const auto found = given.find(name);
    if (found == given.end())
      throw DataError(source + ": expected tensor '" + name + "' " + expected + ", got none", help);
    if (describe(found->second) != expected) {
      throw DataError(source + ": tensor '" + name + "': expected " + expected + ", got " +
                          describe(found->second),
                      help);
    }
  }
  if (given.size() != named_.size()) {
    std::set<std::string> known;
    for (const auto& entry : named_) known.insert(entry.first);
    for (const auto& [name, tensor] : given) {
      if (known.count(name) == 0) {
        throw DataError(
            source + ": tensor '" + name + "' " + describe(tensor) + " is not in the model", help);
      }
    }
  }
  // Everything is checked before anything is written.
  for (std::size_t i = 0; i < named_.size(); ++i) {
    const auto& [name, parameter] = named_[i];
    flat.narrow(/*dim=*/0, offsets_[i], parameter.numel())
        .view(parameter.sizes())
        .copy_(given.at(name));
  }
}

}  // namespace elbow
