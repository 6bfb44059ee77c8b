#include "elbow/inference/objectives/term_sums.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/scalar_tensor.h>

#include <algorithm>

#include "elbow/probability/distributions/graph_node.h"
#include "elbow/probability/distributions/reference_operators.h"

namespace elbow {
namespace {

using torch::autograd::variable_list;

std::int64_t particles_of(const Tensor& values, std::int64_t size) { return values.numel() / size; }

template <class Real>
void add_weighted_means(const std::vector<WeightedTerm>& terms, const Tensor& to) {
  const std::int64_t size = to.numel();
  Real* const out = to.mutable_data_ptr<Real>();
  std::fill_n(out, size, Real(0));
  for (const WeightedTerm& term : terms) {
    const std::int64_t count = particles_of(term.values, size);
    const auto share = static_cast<Real>(term.weight / static_cast<double>(count));
    const Real* in = term.values.const_data_ptr<Real>();
    for (std::int64_t k = 0; k < count; ++k, in += size) {
#pragma omp simd
      for (std::int64_t i = 0; i < size; ++i) out[i] += share * in[i];
    }
  }
}

/// share · gradient, once for each particle.
template <class Real>
void write_shares(const Tensor& gradient, double share, const Tensor& to) {
  const std::int64_t size = gradient.numel(), count = particles_of(to, size);
  const Real* const in = gradient.const_data_ptr<Real>();
  Real* out = to.mutable_data_ptr<Real>();
  for (std::int64_t k = 0; k < count; ++k, out += size) {
#pragma omp simd
    for (std::int64_t i = 0; i < size; ++i) out[i] = static_cast<Real>(share) * in[i];
  }
}

class TermSumBackward : public torch::autograd::Node {
 public:
  TermSumBackward(const std::vector<WeightedTerm>& terms, std::int64_t size) {
    for (const auto& [values, weight] : terms) {
      shapes_.push_back(values.sizes().vec());
      shares_.push_back(weight / static_cast<double>(particles_of(values, size)));
      add_next_edge(torch::autograd::impl::gradient_edge(values));
    }
  }
  std::string name() const override { return "TermSumBackward"; }

  variable_list apply(variable_list&& grads) override {
    variable_list out(num_outputs());
    if (!grads[0].defined()) return out;
    const Tensor gradient = grads[0].contiguous();
    for (std::size_t i = 0; i < out.size(); ++i)
      if (task_should_compute_output(i)) out[i] = gradient_of(i, gradient);
    return out;
  }

 private:
  Tensor gradient_of(std::size_t i, const Tensor& gradient) const {
    if (at::GradMode::is_enabled()) return gradient.expand(shapes_[i]) * shares_[i];
    const at::AutoDispatchBelowADInplaceOrView below;
    Tensor out = at::empty(shapes_[i], gradient.options());
    const auto write =
        gradient.scalar_type() == at::kFloat ? &write_shares<float> : &write_shares<double>;
    write(gradient, shares_[i], out);
    return out;
  }

  std::vector<std::vector<std::int64_t>> shapes_;
  std::vector<double> shares_;
};

class MinusMeanBackward : public torch::autograd::Node {
 public:
  explicit MinusMeanBackward(const Tensor& values) : shape_(values.sizes()) {
    add_next_edge(torch::autograd::impl::gradient_edge(values));
  }
  std::string name() const override { return "MinusMeanBackward"; }

  variable_list apply(variable_list&& grads) override {
    if (!grads[0].defined()) return variable_list(1);
    const auto count = static_cast<double>(c10::multiply_integers(shape_));
    if (at::GradMode::is_enabled()) return {(grads[0] / -count).expand(shape_)};
    const at::AutoDispatchBelowADInplaceOrView below;
    const double share = grads[0].item<double>() / -count;
    return {at::full(shape_, share, grads[0].options())};
  }

 private:
  c10::DimVector shape_;
};

Tensor summed(const std::vector<WeightedTerm>& terms, at::IntArrayRef shape) {
  Tensor out;
  {
    const at::AutoDispatchBelowADInplaceOrView below;
    const Tensor& first = terms.front().values;
    out = at::empty(shape, first.options());
    const auto add = first.scalar_type() == at::kFloat ? &add_weighted_means<float>
                                                       : &add_weighted_means<double>;
    add(terms, out);
  }
  if (std::any_of(terms.begin(), terms.end(), [](const WeightedTerm& term) {
        return needs_graph(term.values);
      }))
    torch::autograd::set_history(out, make_graph_node<TermSumBackward>(terms, out.numel()));
  return out;
}

template <class Real>
double sum_of(const Tensor& values) {
  const Real* const in = values.const_data_ptr<Real>();
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < values.numel(); ++i) sum += static_cast<double>(in[i]);
  return sum;
}

}  // namespace

bool fit_one_sum(const std::vector<WeightedTerm>& terms) {
  if (terms.empty()) return false;
  const Tensor& first = terms.front().values;
  return takes_own_loops(first) &&
         std::all_of(terms.begin(), terms.end(), [&first](const WeightedTerm& term) {
           const Tensor& values = term.values;
           return values.dim() >= 1 && values.dim() <= 2 && values.numel() > 0 &&
                  values.size(-1) == first.size(-1) && values.is_contiguous() &&
                  values.device() == first.device() && values.scalar_type() == first.scalar_type();
         });
}

Tensor sum_of_terms(const std::vector<WeightedTerm>& terms) {
  return summed(terms, terms.front().values.sizes());
}

Tensor sum_of_particle_means(const std::vector<WeightedTerm>& terms) {
  return summed(terms, {terms.front().values.size(-1)});
}

double sum_of_all(const Tensor& values) {
  return values.scalar_type() == at::kFloat ? sum_of<float>(values) : sum_of<double>(values);
}

Tensor minus_mean(const Tensor& values) {
  if (!takes_own_loops(values) || !values.is_contiguous() || values.numel() == 0)
    return -values.mean();
  Tensor out;
  {
    const at::AutoDispatchBelowADInplaceOrView below;
    out = at::scalar_tensor(-sum_of_all(values) / static_cast<double>(values.numel()),
                            values.options());
  }
  if (needs_graph(values))
    torch::autograd::set_history(out, make_graph_node<MinusMeanBackward>(values));
  return out;
}

}  // namespace elbow
