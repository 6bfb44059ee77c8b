#include "elbow/models/conjugate/conjugate_model.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros_like.h>

#include "elbow/foundations/core/error.h"

namespace elbow {

namespace {

double pairwise(const double* values, std::int64_t count) {
  constexpr std::int64_t kStraight = 64;
  if (count <= kStraight) {
    double sum = 0;
    for (std::int64_t i = 0; i < count; ++i) sum += values[i];
    return sum;
  }
  const std::int64_t half = count / 2;
  return pairwise(values, half) + pairwise(values + half, count - half);
}

}  // namespace

Tensor without_infinity(const Tensor& mean) { return mean.clamp_min(-1e300); }

double fixed_sum(const Tensor& values) {
  const Tensor flat = values.to(at::kDouble).contiguous();
  return pairwise(flat.const_data_ptr<double>(), flat.numel());
}

void Statistics::add(const Statistics& other) {
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = parts[i] + other.parts.at(i);
  constant += other.constant;
  entropy += other.entropy;
  count += other.count;
}

Statistics Statistics::scaled(double factor) const {
  // Untouched at 1: a whole data set is not a sample of itself, bit for bit.
  if (factor == 1.0) return *this;
  Statistics out;
  for (const auto& part : parts) out.parts.push_back(part * factor);
  out.constant = constant * factor;
  out.entropy = entropy * factor;
  out.count = count * factor;
  return out;
}

void ConjugateModel::use_points(const std::vector<std::string>& names, bool is_flat) {
  for (const auto& name : names) {
    bool is_known = name == "all";
    for (auto& factor : factors_) {
      if (!factor.family || (name != "all" && name != factor.name)) continue;
      is_known = true;
      factor.is_point = true;
      factor.is_flat = is_flat;
      if (is_flat) factor.prior = at::zeros_like(factor.prior);
    }
    if (is_known) continue;
    std::string known;
    for (const auto& factor : factors_)
      if (factor.family) known += ", " + factor.name;
    throw UsageError("inference.point_mass: this model has no global factor '" + name + "'",
                     "it has: all" + known);
  }
}

Globals ConjugateModel::start(const InitialData& data, RandomSource& source) const {
  return Globals(factors_, initial(data, source));
}

void ConjugateModel::reframe(Globals&) const {}

Tensor ConjugateModel::optimum(std::size_t i,
                               const Statistics& statistics,
                               const Globals& globals) const {
  return factors().at(i).prior_in(globals.frame()) + statistics.parts.at(i);
}

double ConjugateModel::expected_log_joint(const Statistics& statistics,
                                          const Globals& globals) const {
  double out = statistics.constant;
  for (std::size_t i = 0; i < statistics.parts.size(); ++i)
    out += fixed_sum(statistics.parts[i] * without_infinity(globals.mean(i)));
  return out;
}

double ConjugateModel::global_term(std::size_t i, const Globals& globals) const {
  const GlobalFactor& factor = factors().at(i);
  if (!factor.family || factor.is_flat) return 0.0;
  const Tensor& frame = globals.frame();
  const Tensor prior = factor.prior_in(frame), &natural = globals.natural(i);
  if (!factor.is_point && !frame.defined()) return -fixed_sum(factor.family->kl(natural, prior));
  // <eta, E t> - A of the prior, and of q less that.
  const Tensor& mean = globals.mean(i);
  const Tensor of_prior =
      (prior * without_infinity(mean)).sum(-1) - factor.prior_log_partition(frame);
  if (factor.is_point) return fixed_sum(of_prior);
  return fixed_sum(of_prior + factor.family->entropy(natural));
}

Tensor ConjugateModel::log_predictive(const Batch&, const Globals&) const { return {}; }

Tensor ConjugateModel::num_predicted(const Batch&) const { return {}; }

bool ConjugateModel::excludes_some(const Globals&) const { return false; }

std::optional<LocationPrior> ConjugateModel::location_prior(const Tensor&) const {
  return std::nullopt;
}

Encoding ConjugateModel::encode(const Batch&, const Globals&) const { return {}; }

Tensor ConjugateModel::sample(std::int64_t, const Globals&, RandomSource&) const { return {}; }

Json ConjugateModel::summary(const Globals&) const { return Json::object(); }

double bound_of(const ConjugateModel& model, const Statistics& statistics, const Globals& globals) {
  double out = model.expected_log_joint(statistics, globals) + statistics.entropy;
  for (std::size_t i = 0; i < globals.size(); ++i) out += model.global_term(i, globals);
  return out;
}

}  // namespace elbow
