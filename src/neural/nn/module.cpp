#include "elbow/neural/nn/module.h"

#include <stdexcept>

namespace elbow {

template <class Value>
Value& NamedItems<Value>::operator[](const std::string& key) {
  if (Value* found = find(key)) return *found;
  throw std::out_of_range("there is nothing of the name '" + key + "'");
}
template class NamedItems<Tensor>;
template class NamedItems<std::shared_ptr<Module>>;

void Module::check_name(const std::string& name) const {
  const bool is_taken =
      parameters_.contains(name) || buffers_.contains(name) || parts_.contains(name);
  if (is_taken || name.empty() || name.find('.') != std::string::npos)
    throw std::logic_error("expected a new name without a dot, got '" + name + "'");
}

Tensor& Module::register_parameter(const std::string& name, Tensor tensor, bool requires_grad) {
  check_name(name);
  if (tensor.defined()) tensor.set_requires_grad(requires_grad);
  return parameters_.add(name, std::move(tensor));
}

Tensor& Module::register_buffer(const std::string& name, Tensor tensor) {
  check_name(name);
  return buffers_.add(name, std::move(tensor));
}

Tensor& Module::register_statistic(const std::string& name, Tensor tensor) {
  statistics_.add(name, tensor);
  return register_buffer(name, std::move(tensor));
}

void Module::add_part(const std::string& name, std::shared_ptr<Module> part) {
  check_name(name);
  if (part == nullptr) throw std::logic_error("the part '" + name + "' is null");
  parts_.add(name, std::move(part));
}

void Module::collect(const std::string& prefix, Tensors Module::*own, Tensors& out) const {
  for (const auto& item : this->*own)
    if (item.value().defined()) out.add(prefix + item.key(), item.value());
  for (const auto& part : parts_) part.value()->collect(prefix + part.key() + ".", own, out);
}

NamedItems<Tensor> Module::named_parameters() const {
  Tensors out;
  collect("", &Module::parameters_, out);
  return out;
}

NamedItems<Tensor> Module::named_buffers() const {
  Tensors out;
  collect("", &Module::buffers_, out);
  return out;
}

std::vector<Tensor> Module::parameters() const {
  std::vector<Tensor> out;
  for (const auto& item : named_parameters()) out.push_back(item.value());
  return out;
}

std::vector<Tensor> Module::buffers() const {
  std::vector<Tensor> out;
  for (const auto& item : named_buffers()) out.push_back(item.value());
  return out;
}

std::vector<Tensor> Module::statistics() const {
  Tensors named;
  collect("", &Module::statistics_, named);
  std::vector<Tensor> out;
  for (const auto& item : named) out.push_back(item.value());
  return out;
}

template <class Move>
void Module::move(const Move& moved) {
  for (auto& part : parts_) part.value()->move(moved);
  for (Tensors* own : {&parameters_, &buffers_})
    for (auto& item : *own)
      if (item.value().defined()) item.value().set_data(moved(item.value()));
}

void Module::to(at::Device device, at::ScalarType dtype) {
  move([&](const Tensor& tensor) { return tensor.to(device, dtype); });
}

void Module::to(at::Device device) {
  move([&](const Tensor& tensor) { return tensor.to(device); });
}

void Module::to(at::ScalarType dtype) {
  move([&](const Tensor& tensor) { return tensor.to(dtype); });
}

void Module::train(bool on) {
  for (auto& part : parts_) part.value()->train(on);
  is_training_ = on;
}

}  // namespace elbow
