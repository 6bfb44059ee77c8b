#include "class_frame.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <utility>

#include "elbow/models/conjugate/conjugate_model.h"

namespace elbow {

namespace {

// In standard deviations of a class. Moments about a point this far keep ten digits of a variance.
constexpr double kFarFromClass = 1000;

/// Of each class along each feature given the others, [K, D].
Tensor conditional_precision(const QuadraticScores& form) {
  return form.is_diagonal ? form.factors.square() : form.factors.square().sum(-2);
}

Tensor classes_lie_far(const QuadraticScores& form, const Tensor& from_origin) {
  return (from_origin.abs() * conditional_precision(form).sqrt()).gt(kFarFromClass);
}

/// The means of the classes, [K, D], to rounding of the data whatever their size.
Tensor class_means(const Tensor& x, const Tensor& responsibilities) {
  const Tensor middle = x.mean(0);
  const Tensor counts = responsibilities.sum(0).clamp_min(1e-300).unsqueeze(-1);
  return middle + responsibilities.transpose(0, 1).matmul(x - middle) / counts;
}

/// Natural parameters with the location moved by -shift. @param shift [K, D]
Tensor moved_natural(const ExponentialFamily& family, const Tensor& natural, const Tensor& shift) {
  std::vector<Tensor> values;
  for (const auto& entry : family.ordinary(natural)) values.push_back(entry.second);
  values[0] = values[0] - shift.view_as(values[0]);
  return family.natural(values);
}

/// Where one example in a thousand standard deviations says that 0 is far.
Tensor frame_of_all(const Tensor& x, std::int64_t num_classes) {
  const Tensor middle = x.mean(0), spread = x.std(0, /*unbiased=*/false);
  if (!middle.abs().gt(spread * kFarFromClass).any().item<bool>()) return {};
  return middle.expand({num_classes, x.size(1)}).contiguous();
}

}  // namespace

bool is_common(const Tensor& frame) { return frame.eq(frame.narrow(0, 0, 1)).all().item<bool>(); }

Tensor framed_scores(const ComponentLikelihood& components,
                     const Tensor& x,
                     const Tensor& mean,
                     const Tensor& frame) {
  const QuadraticScores form = *components.quadratic_scores(mean);
  std::vector<Tensor> columns;
  for (std::int64_t k = 0; k < frame.size(0); ++k) {
    const Tensor difference = x - frame[k] - form.means[k], factor = form.factors[k];
    const Tensor scaled =
        form.is_diagonal ? difference * factor : difference.matmul(factor.transpose(0, 1));
    columns.push_back(form.constants[k] - scaled.square().sum(-1) * 0.5);
  }
  return at::stack(columns, -1) + form.base;
}

FramedSums framed_sums(const ComponentLikelihood& components,
                       const Tensor& x,
                       const Tensor& responsibilities,
                       const Tensor& frame) {
  // Statistics of a class, not of each of its features, have the products of two features.
  const bool is_full = components.factor().prior.dim() == 2;
  FramedSums out;
  std::vector<Tensor> sums, squares;
  for (std::int64_t k = 0; k < frame.size(0); ++k) {
    const Tensor z = x - frame[k], weight = responsibilities.select(1, k).contiguous();
    sums.push_back(weight.matmul(z));
    squares.push_back(is_full ? (z * weight.unsqueeze(-1)).transpose(0, 1).matmul(z)
                              : weight.matmul(z.square()));
    out.constant += fixed_sum(weight * components.base(z));
  }
  out.part = components.from_moments(responsibilities.sum(0), at::stack(sums), at::stack(squares));
  return out;
}

Tensor frame_for(const ComponentLikelihood& components,
                 const GlobalFactor& factor,
                 const Tensor& x,
                 const Tensor& responsibilities) {
  const Tensor own = class_means(x, responsibilities);
  const Tensor natural =
      factor.prior_in(own) + framed_sums(components, x, responsibilities, own).part;
  if (!factor.family->problem(natural).empty()) return frame_of_all(x, own.size(0));
  const Globals classes({factor}, {natural}, own);
  const QuadraticScores form = *components.quadratic_scores(classes.mean(0));
  if (!classes_lie_far(form, own + form.means).any().item<bool>()) return {};
  const Tensor middle = x.mean(0);
  if (classes_lie_far(form, own - middle + form.means).any().item<bool>()) return own;
  return middle.expand_as(own).contiguous();
}

void reframe_classes(const ComponentLikelihood& components, std::size_t i, Globals& globals) {
  const auto form = components.quadratic_scores(globals.mean(i));
  if (!form) return;
  const Tensor is_far = classes_lie_far(*form, form->means);
  if (!is_far.any().item<bool>()) return;
  const Tensor before = globals.frame().defined() ? globals.frame() : at::zeros_like(form->means);
  const Tensor after = at::where(is_far, before + form->means, before);
  const Tensor& natural = globals.natural(i);
  const Tensor moved = moved_natural(*components.factor().family, natural, after - before);
  std::vector<std::int64_t> shape(static_cast<std::size_t>(natural.dim()), 1);
  shape[0] = natural.size(0);
  globals.set_in(after, i, at::where(is_far.any(-1).view(shape), moved, natural));
}

}  // namespace elbow
