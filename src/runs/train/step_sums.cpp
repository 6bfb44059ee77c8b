#include "elbow/runs/train/step_sums.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "elbow/data/dataset/data_units.h"
#include "elbow/foundations/core/profile_span.h"

namespace elbow {

namespace {

constexpr const char* kGradientNorm = "grad_norm";

/// A number in the memory of the CPU.
double number(const Tensor& scalar) {
  switch (scalar.scalar_type()) {
    case at::kFloat:
      return static_cast<double>(*scalar.const_data_ptr<float>());
    case at::kDouble:
      return *scalar.const_data_ptr<double>();
    default:
      return scalar.item<double>();
  }
}

/// In the order of the names.
std::vector<const Tensor*> values_of(const StepReport& report) {
  std::vector<const Tensor*> out;
  for (const auto& mean : report.means) out.push_back(&mean.second);
  if (report.gradient_norm.defined()) out.push_back(&report.gradient_norm);
  return out;
}

std::vector<std::string> names_of(const StepReport& report) {
  std::vector<std::string> out;
  for (const auto& mean : report.means) out.push_back(mean.first);
  if (report.gradient_norm.defined()) out.emplace_back(kGradientNorm);
  return out;
}

/// Whether these are its names: asked at each step, and so without a copy of them.
bool reports(const StepReport& report, const std::vector<std::string>& names) {
  const bool has_norm = report.gradient_norm.defined();
  if (names.size() != report.means.size() + (has_norm ? 1 : 0)) return false;
  for (std::size_t i = 0; i < report.means.size(); ++i)
    if (report.means[i].first != names[i]) return false;
  return !has_norm || names.back() == kGradientNorm;
}

/// Its sums in the order of the names; nothing unless it has these and no others.
std::optional<std::vector<double>> sums_of(const MetricSums& stored,
                                           const std::vector<std::string>& names) {
  if (stored.sums.size() != names.size()) return std::nullopt;
  std::vector<double> out;
  for (const std::string& name : names)
    for (const auto& [stored_name, sum] : stored.sums)
      if (stored_name == name) out.push_back(sum);
  if (out.size() != names.size()) return std::nullopt;
  return out;
}

}  // namespace

void StepSums::restore(MetricSums sums) {
  restored_ = std::move(sums);
  sums_ = Tensor();
}

void StepSums::begin(const StepReport& report) {
  names_ = names_of(report);
  are_densities_.clear();
  for (const std::string& name : names_) are_densities_.push_back(LogVolumes::changes(name));
  const auto size = static_cast<std::int64_t>(names_.size());
  const Tensor start = at::zeros({size + 1}, at::kDouble);
  auto* sums = start.mutable_data_ptr<double>();
  if (const auto stored = sums_of(restored_, names_)) {
    std::copy(stored->begin(), stored->end(), sums);
    sums[size] = restored_.count;
  }
  restored_ = {};
  sums_ = start.to(report.found_non_finite.device());
}

void StepSums::add(const StepReport& report, double log_volume) {
  const ProfileSpan rest(SpanKind::component, "rest"), span(SpanKind::whole, "records");
  const at::NoGradGuard no_grad;
  if (report.found_non_finite.is_cpu() && number(report.found_non_finite) > 0) return;
  // A method with several phases reports other means in the next one: sums begin again there.
  if (!sums_.defined() || !reports(report, names_)) begin(report);
  const std::vector<const Tensor*> values = values_of(report);
  const auto change = [&](std::size_t i) { return are_densities_[i] ? log_volume : 0.0; };
  if (sums_.is_cpu()) {
    auto* sums = sums_.mutable_data_ptr<double>();
    for (std::size_t i = 0; i < values.size(); ++i) sums[i] += number(*values[i]) - change(i);
    sums[values.size()] += 1;
    return;
  }
  std::vector<Tensor> each;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Tensor value = values[i]->to(at::kDouble);
    each.push_back(change(i) != 0 ? value - change(i) : value);
  }
  each.push_back(at::ones_like(each.front()));
  const Tensor stacked = at::stack(each);
  sums_.add_(at::where(report.found_non_finite > 0, at::zeros_like(stacked), stacked));
}

MetricSums StepSums::read() const {
  if (!sums_.defined()) return restored_;
  MetricSums out;
  const Tensor read = sums_.cpu();
  const double* sums = read.const_data_ptr<double>();
  for (std::size_t i = 0; i < names_.size(); ++i) out.sums.emplace_back(names_[i], sums[i]);
  out.count = sums[names_.size()];
  return out;
}

void StepSums::zero() {
  restored_.clear();
  if (sums_.defined()) sums_.zero_();
}

}  // namespace elbow
