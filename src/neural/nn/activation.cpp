#include "elbow/neural/nn/activation.h"

#include <ATen/ops/elu.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/selu.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/softplus.h>

#include <optional>
#include <stdexcept>

#include "dense_stack.h"

namespace elbow {
namespace {

using at::Tensor;
using kernels::Nonlinearity;

struct ActivationRow {
  std::string name;
  Activation activation;
  std::optional<Nonlinearity> nonlinearity;
};

const std::vector<ActivationRow>& table() {
  static const std::vector<ActivationRow> rows = {
      {"relu", [](const Tensor& x) { return x.relu(); }, Nonlinearity::relu},
      {"leaky_relu", [](const Tensor& x) { return at::leaky_relu(x); }, Nonlinearity::leaky_relu},
      {"elu", [](const Tensor& x) { return at::elu(x); }, Nonlinearity::elu},
      {"selu", [](const Tensor& x) { return at::selu(x); }, Nonlinearity::selu},
      // The derivatives of these two do not follow from their values.
      {"gelu", [](const Tensor& x) { return at::gelu(x); }, std::nullopt},
      {"silu", [](const Tensor& x) { return at::silu(x); }, std::nullopt},
      {"tanh", [](const Tensor& x) { return x.tanh(); }, Nonlinearity::tanh},
      {"sigmoid", [](const Tensor& x) { return x.sigmoid(); }, Nonlinearity::sigmoid},
      {"softplus", [](const Tensor& x) { return at::softplus(x); }, Nonlinearity::softplus},
  };
  return rows;
}

}  // namespace

std::vector<std::string> activation_names() {
  std::vector<std::string> out;
  for (const auto& row : table()) out.push_back(row.name);
  return out;
}

Activation activation_by_name(const std::string& name) {
  for (const auto& row : table())
    if (row.name == name) return row.activation;
  throw std::logic_error("no activation is called '" + name + "'");
}

std::optional<Nonlinearity> nonlinearity_of(Activation activation) {
  for (const auto& row : table())
    if (row.activation == activation) return row.nonlinearity;
  return std::nullopt;
}

}  // namespace elbow
