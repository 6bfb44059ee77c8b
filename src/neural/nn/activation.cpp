#include "elbow/neural/nn/activation.h"

#include <ATen/ops/elu.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/selu.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/softplus.h>

#include <stdexcept>
#include <utility>

namespace elbow {
namespace {

using at::Tensor;

const std::vector<std::pair<std::string, Activation>>& table() {
  static const std::vector<std::pair<std::string, Activation>> rows = {
      {"relu", [](const Tensor& x) { return x.relu(); }},
      {"leaky_relu", [](const Tensor& x) { return at::leaky_relu(x); }},
      {"elu", [](const Tensor& x) { return at::elu(x); }},
      {"selu", [](const Tensor& x) { return at::selu(x); }},
      {"gelu", [](const Tensor& x) { return at::gelu(x); }},
      {"silu", [](const Tensor& x) { return at::silu(x); }},
      {"tanh", [](const Tensor& x) { return x.tanh(); }},
      {"sigmoid", [](const Tensor& x) { return x.sigmoid(); }},
      {"softplus", [](const Tensor& x) { return at::softplus(x); }},
  };
  return rows;
}

}  // namespace

std::vector<std::string> activation_names() {
  std::vector<std::string> out;
  for (const auto& row : table()) out.push_back(row.first);
  return out;
}

Activation activation_by_name(const std::string& name) {
  for (const auto& row : table())
    if (row.first == name) return row.second;
  throw std::logic_error("no activation is called '" + name + "'");
}

}  // namespace elbow
