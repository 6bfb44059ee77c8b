// actnorm, affine, permutation and lu_linear: layers without a nonlinearity.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/randperm.h>
#include <ATen/ops/zeros.h>

#include "elbow/transforms/affine.h"
#include "elbow/transforms/lu_linear.h"
#include "elbow/transforms/permutation.h"
#include "parameter_flow.h"
#include "rows.h"

namespace elbow {
namespace {

class ActNorm : public ConditionalTransform {
 public:
  explicit ActNorm(std::int64_t size)
      : shift_(register_parameter("shift", at::zeros({size}))),
        log_scale_(register_parameter("log_scale", at::zeros({size}))),
        is_initialised_(register_buffer("is_initialised", at::zeros({}))) {}
  TransformPtr forward(const Tensor& /*context*/) override {
    return std::make_shared<Affine>(shift_, log_scale_);
  }
  /// Outputs with mean 0 and variance 1 for x. Once: a loaded checkpoint keeps its numbers.
  void initialise(const Tensor& x) override {
    const at::NoGradGuard no_grad;
    if (is_initialised_.item<double>() != 0) return;
    const Tensor scale = deviation(x).reciprocal();
    log_scale_.copy_(scale.log());
    shift_.copy_(-x.mean(0) * scale);
    is_initialised_.fill_(1);
  }
  /// Inputs with mean 0 and variance 1 for y.
  void initialise_from_outputs(const Tensor& y) override {
    const at::NoGradGuard no_grad;
    if (is_initialised_.item<double>() != 0) return;
    log_scale_.copy_(deviation(y).log());
    shift_.copy_(y.mean(0));
    is_initialised_.fill_(1);
  }

 private:
  /// A coordinate that does not vary has no scale to undo.
  static Tensor deviation(const Tensor& values) {
    const Tensor out = values.std(0, /*unbiased=*/false);
    return out.masked_fill(out < 1e-6, 1.0);
  }

  Tensor shift_, log_scale_, is_initialised_;
};

class PermutationFlow : public ConditionalTransform {
 public:
  explicit PermutationFlow(const Tensor& order) : order_(register_buffer("order", order)) {}
  TransformPtr forward(const Tensor& /*context*/) override {
    // A module's move to another dtype takes the buffer along.
    return std::make_shared<Permutation>(order_.to(at::kLong));
  }

 private:
  Tensor order_;
};

class LuLinearFlow : public ConditionalTransform {
 public:
  explicit LuLinearFlow(std::int64_t size)
      : factors_(register_parameter("factors", uniform_start({size, size}, 0.01))),
        order_(register_buffer("order", at::randperm(size))) {}
  TransformPtr forward(const Tensor& /*context*/) override {
    return std::make_shared<LuLinear>(factors_, order_.to(at::kLong));
  }

 private:
  Tensor factors_, order_;
};

ConditionalTransformPtr make_affine(const ConfigNode& /*node*/, const FlowShapes& shapes) {
  return std::make_shared<ParameterFlow>(
      /*is_amortized=*/false,
      std::vector<FlowParameter>{{"shift", at::zeros({shapes.size})},
                                 {"log_scale", at::zeros({shapes.size})}},
      /*has_inverse=*/true,
      [](const std::vector<Tensor>& tensors) {
        return std::make_shared<Affine>(tensors[0], tensors[1]);
      });
}

ConditionalTransformPtr make_permutation(const ConfigNode& node, const FlowShapes& shapes) {
  const bool is_random = node.text("order") == "random";
  return std::make_shared<PermutationFlow>(is_random ? at::randperm(shapes.size)
                                                     : at::arange(shapes.size).flip(0));
}

ComponentInfo linear_info(const char* name, const char* summary, const char* paper) {
  ComponentInfo info;
  info.name = name;
  info.summary = summary;
  info.paper = paper;
  info.properties = flow_properties(/*has_inverse=*/true, /*amortizable=*/false);
  return info;
}

constexpr const char* kGlow =
    "Kingma, Dhariwal, Glow: generative flow with invertible 1x1 convolutions, 2018, "
    "arXiv:1807.03039, ";

}  // namespace

FlowRow actnorm_row() {
  return {linear_info("actnorm",
                      "scale and shift of each coordinate, set from 256 examples",
                      (std::string(kGlow) + "section 3.1").c_str()),
          [](const ConfigNode&, const FlowShapes& shapes) -> ConditionalTransformPtr {
            return std::make_shared<ActNorm>(shapes.size);
          }};
}

FlowRow affine_row() {
  return {linear_info("affine", "scale and shift of each coordinate", ""), make_affine};
}

FlowRow permutation_row() {
  ComponentInfo info = linear_info("permutation", "a fixed order of the coordinates", "");
  info.parameters = {Parameter::choice("order",
                                       {"reverse", "random"},
                                       "from last to first, or drawn from the seed")
                         .defaults("reverse")};
  return {std::move(info), make_permutation};
}

FlowRow lu_linear_row() {
  return {linear_info("lu_linear",
                      "a learned matrix by its triangular factors and a fixed permutation",
                      (std::string(kGlow) + "section 3.2").c_str()),
          [](const ConfigNode&, const FlowShapes& shapes) -> ConditionalTransformPtr {
            return std::make_shared<LuLinearFlow>(shapes.size);
          }};
}

}  // namespace elbow
