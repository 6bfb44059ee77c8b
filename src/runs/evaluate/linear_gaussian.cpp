#include "elbow/runs/evaluate/linear_gaussian.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/linalg_inv.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>

#include "elbow/foundations/core/philox.h"
#include "elbow/foundations/core/shape.h"
#include "elbow/neural/flows/transformed_distribution.h"
#include "elbow/probability/distributions/covariance.h"
#include "elbow/probability/distributions/full_rank_normal.h"
#include "elbow/probability/distributions/normal.h"

namespace elbow {
namespace {

constexpr std::int64_t kParticlesAtOnce = 16, kExamplesAtOnce = 1000;
constexpr double kLog2Pi = 2 * kHalfLog2Pi;

Tensor in_float64(const Tensor& values) { return values.to(at::kCPU, at::kDouble); }

/// Whether squares of draws have a variance, [B]; undefined where all have. Flows grow at most
/// linearly far out, so that their draws have the tails of the base.
Tensor has_fourth_moment(const Distribution& q) {
  for (const auto& [name, value] : base_under_flows(q).parameters())
    if (name == "log_df") return in_float64(value).exp().gt(4).all(/*dim=*/-1);
  return {};
}

/// Mean and variance of the mean of each example's draws. @param values one [B] a draw
class RunningMean {
 public:
  void add(const Tensor& values) {  // [K, B]
    sum_ = sum_.defined() ? sum_ + values.sum(0) : values.sum(0);
    squares_ = squares_.defined() ? squares_ + values.square().sum(0) : values.square().sum(0);
    count_ += static_cast<double>(values.size(0));
  }
  Tensor mean() const { return sum_ / count_; }
  Tensor variance_of_mean() const {
    if (count_ < 2) return at::full_like(sum_, NAN);
    return (squares_ / count_ - mean().square()).clamp_min(0) / (count_ - 1);
  }

 private:
  Tensor sum_, squares_;
  double count_ = 0;
};

}  // namespace

LinearGaussianPosterior::LinearGaussianPosterior(Tensor weight, Tensor bias, double variance)
    : weight_(in_float64(weight)), bias_(in_float64(bias)), variance_(variance) {
  const Tensor gram = weight_.t().mm(weight_) / variance_;
  precision_ = at::eye(gram.size(0), gram.options()) + gram;
  covariance_ = at::linalg_inv(precision_);
  scale_tril_ = at::linalg_cholesky(covariance_);
  log_det_ = 2 * at::linalg_cholesky(precision_).diagonal().log().sum().item<double>();
}

LinearGaussianPosterior LinearGaussianPosterior::of(Decoder& decoder,
                                                    const at::TensorOptions& options) {
  const std::int64_t units = num_elements(decoder.prior()->event_shape());
  // Row 0 is the origin, the others the unit vectors.
  const Tensor z = at::cat({at::zeros({1, units}, options), at::eye(units, options)});
  const auto dist = decoder.decode(z);
  const Tensor mean = in_float64(dist->mean().flatten(1));
  const Tensor weight = (mean.narrow(0, 1, units) - mean[0]).t().contiguous();
  return {weight, mean[0], in_float64(dist->variance()).flatten()[0].item<double>()};
}

LinearGaussianPosterior LinearGaussianPosterior::of_columns(const Tensor& columns) const {
  return {weight_.index_select(0, columns), bias_.index_select(0, columns), variance_};
}

Tensor LinearGaussianPosterior::centred(const Tensor& x) const {
  return in_float64(x.flatten(1)) - bias_;
}

Tensor LinearGaussianPosterior::mean_given(const Tensor& x) const {
  return centred(x).mm(weight_).mm(covariance_) / variance_;
}

// By the matrix determinant and inversion lemmas.
Tensor LinearGaussianPosterior::log_evidence(const Tensor& x) const {
  const Tensor from_mean = centred(x), projected = from_mean.mm(weight_) / variance_;
  const double dimensions = static_cast<double>(weight_.size(0));
  const Tensor square =
      from_mean.square().sum(1) / variance_ - (projected * projected.mm(covariance_)).sum(1);
  return (square + dimensions * (kLog2Pi + std::log(variance_)) + log_det_) / -2;
}

DistributionPtr LinearGaussianPosterior::given(const Tensor& x) const {
  return std::make_shared<FullRankNormal>(mean_given(x), scale_tril_);
}

// E_q[-log p(z | x)] - H(q): the first takes two moments, whatever q is.
Tensor LinearGaussianPosterior::closed_form(const Distribution& q,
                                            const Tensor& covariance_of_q,
                                            const Tensor& x) const {
  const Tensor shift = in_float64(q.mean()) - mean_given(x);
  const Tensor quadratic = (precision_ * in_float64(covariance_of_q)).sum({-2, -1}) +
                           (shift.mm(precision_) * shift).sum(-1);
  const double units = static_cast<double>(weight_.size(1));
  const Tensor kl = (quadratic + units * kLog2Pi - log_det_) / 2 - in_float64(q.entropy());
  return at::where(quadratic.isfinite(), kl, at::full_like(kl, INFINITY));
}

PosteriorDivergence LinearGaussianPosterior::divergence(const Distribution& q,
                                                        const Tensor& x,
                                                        const PosteriorDraws& draws) const {
  if (const auto spread = covariance(q)) return {closed_form(q, *spread, x), {}};
  const auto posterior = given(x);
  RunningMean ratio;
  for (std::int64_t first = 0; first < draws.particles; first += kParticlesAtOnce) {
    const std::int64_t count = std::min(kParticlesAtOnce, draws.particles - first);
    // Beyond the particles of the evaluation, whose ELBO this one is held against.
    const std::int64_t begin = draws.particles + first;
    KeyedSource source(
        draws.seed, Purpose::evaluation_noise, draws.rows, row_range(begin, begin + count));
    const auto [z, log_q] = q.sample_and_log_prob({count}, source);
    ratio.add(in_float64(log_q) - posterior->log_prob(in_float64(z)));
  }
  const Tensor mean = ratio.mean(), can_be_stated = has_fourth_moment(q);
  if (!can_be_stated.defined()) return {mean, ratio.variance_of_mean()};
  return {at::where(can_be_stated, mean, at::full_like(mean, NAN)), ratio.variance_of_mean()};
}

namespace {

/// Affine decoder and one normal scale: read off the configuration, since a function cannot be
/// asked whether it is affine.
bool is_linear_gaussian(const ConfigNode& config) {
  const ConfigNode model = config.child("model");
  if (model.type() != "latent") return false;
  const ConfigNode likelihood = model.child("likelihood");
  if (model.child("prior").type() != "standard_normal" || likelihood.type() != "normal")
    return false;
  if (likelihood.text("scale") == "per_pixel") return false;
  const ConfigNode network = likelihood.child("network");
  return network.type() == "mlp" && network.integers("hidden_sizes").empty() &&
         network.text("input") == "identity" && network.text("normalization") == "none";
}

/// Sums over examples.
struct EvidenceSums {
  double evidence = 0, kl = 0, variance = 0;
  std::int64_t without_number = 0;
  bool is_sampled = false;

  void add(const Tensor& log_evidence, const PosteriorDivergence& divergence) {
    evidence += log_evidence.sum().item<double>();
    kl += divergence.kl.sum().item<double>();
    without_number += divergence.kl.isfinite().logical_not().sum().item<std::int64_t>();
    is_sampled = divergence.variance.defined();
    if (is_sampled) variance += divergence.variance.sum().item<double>();
  }
};

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

std::string why_undefined(const EvidenceSums& sums) {
  const bool is_one = sums.without_number == 1;
  const std::string who =
      std::to_string(sums.without_number) + (is_one ? " posterior has " : " posteriors have ");
  return sums.is_sampled
             ? who +
                   "tails too heavy for draws to tell (Student's t with at most 4 degrees of "
                   "freedom under a flow)"
             : who +
                   "no second moment (Student's t with at most 2 degrees of freedom), so that "
                   "the ELBO is minus infinity";
}

Json summary_of(const EvidenceSums& sums, const std::vector<ExampleEstimate>& examples) {
  const double count = static_cast<double>(examples.size());
  Json out = {{"log_evidence", sums.evidence / count},
              {"method", sums.is_sampled ? "draws" : "closed_form"}};
  if (sums.without_number > 0) {
    out.update({{"exact_elbo", nullptr},
                {"kl_to_posterior", nullptr},
                {"errors_apart", nullptr},
                {"reason", why_undefined(sums)}});
    return out;
  }
  const double elbo = (sums.evidence - sums.kl) / count;
  double sampled = 0, variance = sums.variance;
  for (const auto& example : examples) {
    sampled += example.elbo / count;
    variance += example.elbo_variance;
  }
  out["exact_elbo"] = elbo;
  out["kl_to_posterior"] = sums.kl / count;
  if (sums.is_sampled) out["monte_carlo_error"] = number_or_null(std::sqrt(sums.variance) / count);
  out["errors_apart"] = number_or_null((sampled - elbo) / (std::sqrt(variance) / count));
  return out;
}

}  // namespace

Json linear_gaussian_evidence(TrainedRun& run,
                              const Dataset& dataset,
                              const std::string& split,
                              const Evaluation& evaluation,
                              const ImportanceOptions& options) {
  if (!is_linear_gaussian(run.node())) return nullptr;
  const c10::InferenceMode inference;
  GenerativeModel& model = *run.modules.model;
  const auto exact = LinearGaussianPosterior::of(
      *model.decoder(), at::TensorOptions().dtype(dtype_of(run.node())).device(run.device));
  const std::vector<std::int64_t>& rows = evaluation.rows;
  EvidenceSums sums;
  // Each example has gaps of its own.
  const std::size_t at_once = dataset.has_gaps() ? 1 : kExamplesAtOnce;
  for (std::size_t begin = 0; begin < rows.size(); begin += at_once) {
    const std::size_t end = std::min(rows.size(), begin + at_once);
    const std::vector<std::int64_t> part(rows.data() + begin, rows.data() + end);
    const Batch batch = dataset.batch(split, part, /*epoch=*/0);
    const auto q = posterior_of(model, *run.modules.guide, batch, options.refinement);
    const PosteriorDraws draws{part, options.particles, options.seed};
    if (batch.seen.defined()) {
      const Tensor columns = batch.seen.cpu().flatten().nonzero().squeeze(1);
      const Tensor x = batch.x.cpu().flatten(1).index_select(1, columns);
      const LinearGaussianPosterior of_seen = exact.of_columns(columns);
      sums.add(of_seen.log_evidence(x), of_seen.divergence(*q, x, draws));
    } else {
      sums.add(exact.log_evidence(batch.x), exact.divergence(*q, batch.x, draws));
    }
  }
  return summary_of(sums, evaluation.examples);
}

}  // namespace elbow
