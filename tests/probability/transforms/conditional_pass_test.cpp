// Couplings and autoregressive flows as one operation, against ATen's operators: the same
// transforms with a conditioner of which kernels are told nothing.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>
#include <omp.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>

#include "elbow/kernels/instruction_set.h"
#include "elbow/probability/transforms/autoregressive.h"
#include "elbow/probability/transforms/coupling.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using Kind = kernels::NetworkActivation;

Tensor draw(at::IntArrayRef shape, std::uint64_t seed, at::ScalarType dtype = at::kDouble) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::randn(shape, generator, at::TensorOptions(at::kDouble)).to(dtype);
}

Tensor by_name(Kind kind, const Tensor& x) {
  switch (kind) {
    case Kind::kRelu:
      return x.relu();
    case Kind::kLeakyRelu:
      return at::leaky_relu(x);
    case Kind::kElu:
      return at::elu(x);
    case Kind::kTanh:
      return x.tanh();
    case Kind::kSigmoid:
      return x.sigmoid();
    case Kind::kSoftplus:
      return at::softplus(x);
  }
  return x;
}

/// A network of random weights from sizes[0] to sizes.back() numbers.
/// @param spread of the last layer's weights
Conditioner network(const std::vector<std::int64_t>& sizes,
                    Kind kind,
                    at::ScalarType dtype,
                    double spread = 1) {
  Conditioner out;
  for (std::size_t i = 1; i < sizes.size(); ++i) {
    const double scale = (i + 1 == sizes.size() ? spread : 1) / std::sqrt(sizes[i - 1] + 1.0);
    out.tensors.push_back(draw({sizes[i], sizes[i - 1]}, 2 * i, dtype) * scale);
    out.tensors.push_back(draw({sizes[i]}, 2 * i + 1, dtype) * scale);
  }
  out.function = [kind](const std::vector<Tensor>& tensors, const Tensor& x) {
    Tensor hidden = x.matmul(tensors[0].t()) + tensors[1];
    for (std::size_t i = 2; i < tensors.size(); i += 2)
      hidden = at::linear(by_name(kind, hidden), tensors[i], tensors[i + 1]);
    return hidden;
  };
  out.activation = kind;
  return out;
}

struct Results {
  Tensor y, log_det;
  std::vector<Tensor> gradients;  ///< of x, then of the conditioner's tensors
};

using Build = std::function<TransformPtr(const Conditioner&)>;

/// @param weight_y, weight_log_det of the two in the loss; 0: not part of it
Results results(const Build& build,
                Conditioner conditioner,
                const Tensor& x,
                bool is_inverse,
                double weight_y = 1,
                double weight_log_det = 0.7) {
  const Tensor input = x.detach().requires_grad_();
  std::vector<Tensor> leaves = {input};
  for (Tensor& tensor : conditioner.tensors) {
    tensor = tensor.detach().requires_grad_();
    leaves.push_back(tensor);
  }
  const TransformPtr transform = build(conditioner);
  Results out;
  std::tie(out.y, out.log_det) =
      is_inverse ? transform->inverse_and_log_det(input) : transform->forward_and_log_det(input);
  Tensor loss = at::zeros({}, x.options());
  if (weight_y != 0) loss = loss + (out.y.sin() * weight_y).sum();
  if (weight_log_det != 0) loss = loss + (out.log_det.sin() * weight_log_det).sum();
  out.gradients = torch::autograd::grad({loss}, leaves, {}, true, false, /*allow_unused=*/true);
  return out;
}

double difference(const Tensor& a, const Tensor& b) {
  if (!a.defined() || !b.defined()) return a.defined() == b.defined() ? 0 : INFINITY;
  if (a.numel() == 0) return 0;
  return ((a - b).abs() / (b.abs() + 1)).max().item<double>();
}

void expect_agreement(const Build& build,
                      const Conditioner& conditioner,
                      const Tensor& x,
                      bool is_inverse,
                      double value_bound = 1e-10,
                      double gradient_bound = 1e-9,
                      double weight_y = 1,
                      double weight_log_det = 0.7) {
  Conditioner unknown = conditioner;
  unknown.activation.reset();
  const Results a = results(build, conditioner, x, is_inverse, weight_y, weight_log_det);
  const Results b = results(build, unknown, x, is_inverse, weight_y, weight_log_det);
  ASSERT_EQ(a.y.grad_fn()->name(), "ConditionalPassBackward");
  ASSERT_EQ(a.y.sizes(), b.y.sizes());
  ASSERT_EQ(a.log_det.sizes(), b.log_det.sizes());
  EXPECT_LT(difference(a.y, b.y), value_bound);
  EXPECT_LT(difference(a.log_det, b.log_det), value_bound);
  for (std::size_t i = 0; i < a.gradients.size(); ++i) {
    // An offset that no gradient reaches is zero in the one and undefined in the other.
    if (!b.gradients[i].defined()) continue;
    EXPECT_LT(difference(a.gradients[i], b.gradients[i]), gradient_bound) << "gradient " << i;
  }
}

SplineOptions five_bins() {
  SplineOptions options;
  options.num_bins = 5;
  return options;
}

std::vector<ElementBijector> bijectors() {
  return {
      additive_bijector(), affine_bijector(2.0), gated_bijector(1.5), spline_bijector(five_bins())};
}

Build coupling(const ElementBijector& bijector) {
  return [bijector](const Conditioner& conditioner) {
    const auto options = at::TensorOptions(at::kLong);
    return std::make_shared<Coupling>(
        at::tensor({3, 1}, options), at::tensor({0, 2, 4}, options), conditioner, bijector);
  };
}

TEST(ConditionalPass, CouplingsAgreeWithOperators) {
  for (const auto dtype : {at::kDouble, at::kFloat})
    for (const ElementBijector& bijector : bijectors())
      for (const bool is_inverse : {false, true}) {
        SCOPED_TRACE(bijector.name);
        const auto net = network({2, 9, 6, 3 * bijector.num_parameters}, Kind::kRelu, dtype);
        const Tensor x = draw({37, 5}, 40, dtype);
        const bool is_double = dtype == at::kDouble;
        expect_agreement(coupling(bijector),
                         net,
                         x,
                         is_inverse,
                         is_double ? 1e-10 : 2e-5,
                         is_double ? 1e-9 : 1e-3);
      }
}

TEST(ConditionalPass, AutoregressiveFlowsAgreeWithOperators) {
  for (const ElementBijector& bijector : bijectors())
    for (const bool is_reversed : {false, true})
      for (const auto direction : {AutoregressiveDirection::maf, AutoregressiveDirection::iaf}) {
        SCOPED_TRACE(bijector.name);
        auto net = network({4, 8, 4 * bijector.num_parameters}, Kind::kTanh, at::kDouble);
        const Build build = [&](const Conditioner& conditioner) {
          return std::make_shared<Autoregressive>(direction, is_reversed, conditioner, bijector);
        };
        const bool is_inverse = direction == AutoregressiveDirection::maf;
        expect_agreement(build, net, draw({2, 19, 4}, 41), is_inverse);
        // What an encoder gives each example, for all particles.
        net.tensors[1] = draw({19, 8}, 42);
        expect_agreement(build, net, draw({2, 19, 4}, 43), is_inverse);
      }
}

TEST(ConditionalPass, EveryActivationAndInstructionSetAgrees) {
  const auto before = kernels::instruction_set();
  for (const auto set : kernels::supported_instruction_sets()) {
    kernels::use_instruction_set(set);
    for (const Kind kind : {Kind::kRelu,
                            Kind::kLeakyRelu,
                            Kind::kElu,
                            Kind::kTanh,
                            Kind::kSigmoid,
                            Kind::kSoftplus}) {
      SCOPED_TRACE(static_cast<int>(set) * 10 + static_cast<int>(kind));
      expect_agreement(coupling(spline_bijector(five_bins())),
                       network({2, 17, 3, 3 * 14}, kind, at::kDouble, /*spread=*/3),
                       draw({33, 5}, 44) * 2,
                       /*is_inverse=*/false);
    }
  }
  kernels::use_instruction_set(before);
}

TEST(ConditionalPass, TakesAnyLayoutAndCount) {
  const Build build = coupling(spline_bijector(five_bins()));
  auto net = network({2, 6, 3 * 14}, Kind::kRelu, at::kDouble);
  expect_agreement(build, net, draw({0, 5}, 45), false);
  expect_agreement(build, net, draw({5}, 46), true);
  expect_agreement(build, net, draw({5, 3, 7}, 47).transpose(0, 2), false);
  expect_agreement(build, net, draw({1, 5}, 48).expand({6, 5}), true);
  net.tensors[0] = draw({2, 6}, 49).t();
  net.tensors[1] = draw({1}, 50).expand({6});
  expect_agreement(build, net, draw({9, 5}, 51), false);
}

TEST(ConditionalPass, EitherResultAloneHasTheOperatorsGradient) {
  const Build build = coupling(spline_bijector(five_bins()));
  const auto net = network({2, 6, 3 * 14}, Kind::kRelu, at::kDouble);
  for (const bool is_inverse : {false, true}) {
    expect_agreement(build, net, draw({9, 5}, 52), is_inverse, 1e-10, 1e-9, 1, 0);
    expect_agreement(build, net, draw({9, 5}, 52), is_inverse, 1e-10, 1e-9, 0, 1);
  }
}

TEST(ConditionalPass, SplinesAgreeAtTheirEndsAndOutside) {
  const auto bijector = spline_bijector(five_bins());
  const auto net = network({2, 6, 3 * 14}, Kind::kRelu, at::kDouble);
  const Tensor edge = at::tensor({-1e300, -10.0, -3.0, -2.9999999999, 2.9999999999, 3.0, 1e300});
  const Tensor x = draw({7, 5}, 53);
  for (const std::int64_t i : {0, 2, 4}) x.select(1, i).copy_(edge);
  for (const bool is_inverse : {false, true})
    expect_agreement(coupling(bijector), net, x, is_inverse);
  // At the knots of zero parameters: five equal bins.
  auto zero = net;
  for (Tensor& tensor : zero.tensors) tensor = at::zeros_like(tensor);
  for (const std::int64_t i : {0, 2, 4})
    x.select(1, i).copy_(at::tensor({-1.8, -0.6, 0.6, 1.8, 0.0, -3.0, 3.0}));
  for (const bool is_inverse : {false, true})
    expect_agreement(coupling(bijector), zero, x, is_inverse);
}

TEST(ConditionalPass, ExtremeParametersStayFiniteAsTheOperatorsDo) {
  for (const auto dtype : {at::kDouble, at::kFloat})
    for (const double spread : {30.0, 1000.0})
      for (const ElementBijector& bijector : {affine_bijector(2.0), spline_bijector(five_bins())})
        for (const bool is_inverse : {false, true}) {
          SCOPED_TRACE(bijector.name);
          const auto net = network({2, 9, 3 * bijector.num_parameters}, Kind::kRelu, dtype, spread);
          const Build build = coupling(bijector);
          Conditioner unknown = net;
          unknown.activation.reset();
          const Tensor x = draw({64, 5}, 54, dtype);
          const Results a = results(build, net, x, is_inverse);
          const Results b = results(build, unknown, x, is_inverse);
          EXPECT_TRUE(a.y.isfinite().all().item<bool>());
          EXPECT_TRUE(a.log_det.isfinite().all().item<bool>());
          for (std::size_t i = 0; i < a.gradients.size(); ++i)
            if (b.gradients[i].isfinite().all().item<bool>()) {
              EXPECT_TRUE(a.gradients[i].isfinite().all().item<bool>()) << "gradient " << i;
            }
          if (dtype == at::kDouble && !is_inverse) {
            EXPECT_LT(difference(a.y, b.y), 1e-8);
          }
        }
}

TEST(ConditionalPass, SecondDerivativesAreThoseOfOperators) {
  const auto second = [](bool is_known) {
    auto net = network({2, 6, 3 * 14}, Kind::kTanh, at::kDouble);
    if (!is_known) net.activation.reset();
    for (Tensor& tensor : net.tensors) tensor.requires_grad_();
    const Tensor x = draw({9, 5}, 55).requires_grad_();
    const auto transform = coupling(spline_bijector(five_bins()))(net);
    const auto [y, log_det] = transform->forward_and_log_det(x);
    const auto first = torch::autograd::grad(
        {y.sin().sum() + log_det.sum()}, {x, net.tensors[0]}, {}, true, /*create_graph=*/true);
    return torch::autograd::grad({first[0].square().sum() + first[1].square().sum()},
                                 {x, net.tensors[0], net.tensors[2]});
  };
  const auto a = second(true), b = second(false);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_LT(difference(a[i], b[i]), 1e-8);
}

TEST(ConditionalPass, ThreadsDoNotChangeABit) {
  const Build build = coupling(spline_bijector(five_bins()));
  const auto net = network({2, 64, 64, 3 * 14}, Kind::kRelu, at::kFloat);
  const Tensor x = draw({600, 5}, 56, at::kFloat);
  const int before = omp_get_max_threads();
  std::vector<Results> all;
  for (const int threads : {1, 3}) {
    omp_set_num_threads(threads);
    all.push_back(results(build, net, x, /*is_inverse=*/false));
  }
  omp_set_num_threads(before);
  EXPECT_TRUE(at::equal(all[0].y, all[1].y));
  for (std::size_t i = 0; i < all[0].gradients.size(); ++i)
    EXPECT_TRUE(at::equal(all[0].gradients[i], all[1].gradients[i])) << "gradient " << i;
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
