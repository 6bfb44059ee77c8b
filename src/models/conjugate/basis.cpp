#include "elbow/models/conjugate/basis.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>

namespace elbow {

namespace {

constexpr char kBishopBases[] =
    "Bishop, Pattern Recognition and Machine Learning, 2006, section 3.1";

Parameter intercept() {
  return Parameter::boolean("intercept", "a first feature that is always 1").defaults(true);
}

std::string input(std::int64_t i) { return std::string("x").append(std::to_string(i)); }

std::vector<std::string> powers(std::int64_t num_inputs, std::int64_t degree) {
  std::vector<std::string> out;
  for (std::int64_t power = 1; power <= degree; ++power)
    for (std::int64_t i = 0; i < num_inputs; ++i)
      out.push_back(power == 1 ? input(i) : input(i) + "^" + std::to_string(power));
  return out;
}

class LinearBasis : public Basis {
 public:
  LinearBasis(const ConfigNode& node, std::int64_t num_inputs)
      : Basis(node, powers(num_inputs, 1)) {}
  static ComponentInfo info() {
    return ComponentInfo::of("linear", "The inputs themselves")
        .source(kBishopBases)
        .takes({intercept()});
  }

 protected:
  Tensor columns(const Tensor& x) const override { return x; }
};

class PolynomialBasis : public Basis {
 public:
  PolynomialBasis(const ConfigNode& node, std::int64_t num_inputs)
      : Basis(node, powers(num_inputs, node.integer("degree"))), degree_(node.integer("degree")) {}
  static ComponentInfo info() {
    return ComponentInfo::of("polynomial", "Powers of each input, without products of two inputs")
        .source(kBishopBases)
        .takes({Parameter::integer("degree", "highest power").defaults(2).at_least(1).at_most(30),
                intercept()});
  }

 protected:
  Tensor columns(const Tensor& x) const override {
    std::vector<Tensor> out{x};
    for (std::int64_t power = 2; power <= degree_; ++power) out.push_back(out.back() * x);
    return at::cat(out, -1);
  }

 private:
  std::int64_t degree_;
};

class QuadraticBasis : public Basis {
 public:
  QuadraticBasis(const ConfigNode& node, std::int64_t num_inputs)
      : Basis(node, labels(num_inputs)) {
    for (std::int64_t i = 0; i < num_inputs; ++i)
      for (std::int64_t j = i; j < num_inputs; ++j) {
        left_.push_back(i);
        right_.push_back(j);
      }
  }
  static ComponentInfo info() {
    return ComponentInfo::of("quadratic", "The inputs, their squares and the products of every two")
        .source(kBishopBases)
        .takes({intercept()});
  }

 protected:
  Tensor columns(const Tensor& x) const override {
    return at::cat(
        {x, x.index_select(1, at::tensor(left_)) * x.index_select(1, at::tensor(right_))}, -1);
  }

 private:
  static std::vector<std::string> labels(std::int64_t num_inputs) {
    std::vector<std::string> out = powers(num_inputs, 1);
    for (std::int64_t i = 0; i < num_inputs; ++i)
      for (std::int64_t j = i; j < num_inputs; ++j)
        out.push_back(i == j ? input(i) + "^2" : input(i) + " " + input(j));
    return out;
  }
  std::vector<std::int64_t> left_, right_;
};

class RadialBasis : public Basis {
 public:
  RadialBasis(const ConfigNode& node, std::int64_t num_inputs)
      : Basis(node, labels(node, num_inputs)), width_(node.number("width")), centres_(grid(node)) {
    if (node.number("from") >= node.number("to"))
      node.refuse("must be below 'to'", "the centres lie evenly between the two", "from");
  }
  static ComponentInfo info() {
    return ComponentInfo::
        of("rbf",
           "Gaussian bumps on an even grid of each input, exp(-(x_i - c)^2 / (2 width^2)), without "
           "products of two inputs")
            .source(kBishopBases)
            .takes(
                {Parameter::integer("num_centres", "bumps of each input")
                     .defaults(10)
                     .at_least(2)
                     .at_most(1e4),
                 Parameter::number("width", "standard deviation of a bump").defaults(1.0).above(0),
                 Parameter::number("from", "first centre").defaults(-3.0),
                 Parameter::number("to", "last centre").defaults(3.0),
                 intercept()});
  }

 protected:
  Tensor columns(const Tensor& x) const override {
    return (((x.unsqueeze(-1) - centres_) / width_).square() * -0.5).exp().flatten(1);
  }

 private:
  static Tensor grid(const ConfigNode& node) {
    return at::linspace(
        node.number("from"), node.number("to"), node.integer("num_centres"), at::kDouble);
  }
  static std::vector<std::string> labels(const ConfigNode& node, std::int64_t num_inputs) {
    const Tensor centres = grid(node);
    std::vector<std::string> out;
    for (std::int64_t i = 0; i < num_inputs; ++i)
      for (std::int64_t c = 0; c < centres.size(0); ++c)
        out.push_back("rbf of " + input(i) + " at " + std::to_string(centres[c].item<double>()));
    return out;
  }
  double width_;
  Tensor centres_;
};

using BasisFactory = Factory<BasisPtr, std::int64_t>;

template <class Kind>
BasisFactory::Row basis_row() {
  return BasisFactory::row<Kind>();
}

}  // namespace

Basis::Basis(const ConfigNode& node, std::vector<std::string> columns)
    : has_intercept_(node.boolean("intercept")), names_(std::move(columns)) {
  if (has_intercept_) names_.insert(names_.begin(), "1");
  if (names_.empty())
    node.refuse("no input column and no intercept: there is nothing to weight",
                "set intercept: true, or give data with input columns");
}

Tensor Basis::features(const Tensor& x) const {
  if (!has_intercept_) return columns(x);
  return at::cat({at::ones({x.size(0), 1}, x.options()), columns(x)}, -1);
}

BasisFactory& basis_factory() {
  static BasisFactory factory("basis",
                              {basis_row<LinearBasis>(),
                               basis_row<PolynomialBasis>(),
                               basis_row<QuadraticBasis>(),
                               basis_row<RadialBasis>()});
  return factory;
}

}  // namespace elbow
