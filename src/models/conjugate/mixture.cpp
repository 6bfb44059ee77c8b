#include "elbow/models/conjugate/mixture.h"
#include "elbow/models/conjugate/numbers.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/one_hot.h>

#include <limits>

#include "class_frame.h"
#include "elbow/kernels/mixture_pass.h"
#include "index_at.h"
#include "start.h"

namespace elbow {

ComponentInfo MixtureModel::info() {
  ModelTraits traits;
  traits.fitting = Fitting::closed_form;
  traits.events = {EventKind::vector};
  return ComponentInfo::of("mixture",
                           "Classes with weights: variational, by EM, or hard as in k-means")
      .source("Bishop, Pattern Recognition and Machine Learning, 2006, section 10.2")
      .takes(
          {Parameter::integer("num_components", "classes, or the most of them")
               .at_least(1)
               .at_most(1e5),
           Parameter::component(
               "component", "component_likelihood", "what an example of a class looks like")
               .defaults({{"type", "normal_full"}}),
           Parameter::component("weights", "mixture_weights", "how the classes share the examples")
               .defaults({{"type", "dirichlet"}}),
           Parameter::boolean(
               "hard",
               "each example belongs to its best class alone: with equal weights and "
               "normal_unit components, k-means")
               .defaults(false),
           Parameter::choice("start",
                             {"kmeans++", "random_examples", "random_responsibilities"},
                             "where the classes begin")
               .defaults("kmeans++")})
      .with(traits);
}

MixtureModel::MixtureModel(const ConfigNode& node, const DataContext& data)
    : num_components_(node.integer("num_components")),
      is_hard_(node.boolean("hard")),
      start_(node.text("start")),
      weights_(mixture_weights_factory().create(node.child("weights"), num_components_)),
      components_(component_likelihood_factory().create(
          node.child("component"), ComponentSizes{num_components_, data.event_shape.at(0)})) {
  if (data.num_examples > 0 && num_components_ > data.num_examples)
    node.refuse("more classes than the " + std::to_string(data.num_examples) + " training examples",
                "lower it",
                "num_components");
  const auto factor = weights_->factor();
  has_weights_ = factor.has_value();
  if (has_weights_) factors_.push_back(*factor);
  factors_.push_back(components_->factor());
}

Tensor MixtureModel::scores(const Tensor& x, const Globals& globals) const {
  const Tensor weights = weights_->expected_log(has_weights_ ? globals.mean(0) : Tensor());
  const Tensor& mean = globals.mean(components_index());
  if (globals.frame().defined())
    return framed_scores(*components_, x, mean, globals.frame()) + weights;
  return components_->expected_score(x, mean) + weights;
}

std::vector<Tensor> MixtureModel::statistics(const Tensor& x,
                                             const Tensor& responsibilities) const {
  std::vector<Tensor> out;
  if (has_weights_) out.push_back(weights_->statistics(responsibilities.sum(0)));
  out.push_back(components_->collect(x, responsibilities));
  return out;
}

void MixtureModel::finish(std::int64_t num_rows, double base, LocalStep& out) const {
  out.statistics.count = static_cast<double>(num_rows);
  out.statistics.constant = base;
  if (!has_weights_)
    out.statistics.constant += out.statistics.count * weights_->expected_log({})[0].item<double>();
  // An example that no class can have made has no expectations to say so.
  if (out.bound.isneginf().any().item<bool>())
    out.statistics.constant = -std::numeric_limits<double>::infinity();
}

MixtureModel::Assignment MixtureModel::assign(const Tensor& score) const {
  Assignment out;
  if (is_hard_) {
    out.responsibilities = at::one_hot(score.argmax(-1), num_components_).to(at::kDouble);
    out.log_normaliser = std::get<0>(score.max(-1));
  } else {
    out.log_normaliser = score.logsumexp({-1});
    out.responsibilities = (score - out.log_normaliser.unsqueeze(-1)).exp();
  }
  const Tensor is_impossible = out.log_normaliser.isneginf();
  const bool are_some = is_impossible.any().item<bool>();
  if (are_some)
    out.responsibilities = out.responsibilities.masked_fill(is_impossible.unsqueeze(-1), 0.0);
  if (is_hard_) return out;
  // E[ln p] + H = ln sum exp at the optimum, so H is what the expected scores leave.
  Tensor each = out.log_normaliser - (out.responsibilities * score).nan_to_num(0.0).sum(-1);
  if (are_some) each = each.masked_fill(is_impossible, 0.0);
  out.entropy = fixed_sum(each);
  return out;
}

LocalStep MixtureModel::local_step_by_tensors(const Tensor& x, const Globals& globals) const {
  const Assignment found = assign(scores(x, globals));
  LocalStep out;
  out.statistics.entropy = found.entropy;
  if (globals.frame().defined()) {
    if (has_weights_)
      out.statistics.parts.push_back(weights_->statistics(found.responsibilities.sum(0)));
    const FramedSums sums = framed_sums(*components_, x, found.responsibilities, globals.frame());
    out.statistics.parts.push_back(sums.part);
    out.bound = found.log_normaliser;
    finish(x.size(0), sums.constant, out);
    return out;
  }
  const Tensor base = components_->base(x);
  out.statistics.parts = statistics(x, found.responsibilities);
  out.bound = found.log_normaliser + base;
  finish(x.size(0), fixed_sum(base), out);
  return out;
}

LocalStep MixtureModel::one_pass(const Tensor& x,
                                 const Globals& globals,
                                 const QuadraticScores& form) const {
  const std::int64_t k = num_components_, d = x.size(1);
  const Tensor rows = x.contiguous(), means = form.means.contiguous(),
               factors = form.factors.contiguous();
  const Tensor weights =
      (form.constants + weights_->expected_log(has_weights_ ? globals.mean(0) : Tensor()))
          .contiguous();
  const auto options = at::TensorOptions().dtype(at::kDouble);
  Tensor log_normaliser = at::empty({x.size(0)}, options), counts = at::empty({k}, options),
         sums = at::empty({k, d}, options), squares = at::empty_like(factors);
  LocalStep out;
  kernels::MixturePass pass{};
  pass.num_rows = x.size(0);
  pass.num_features = d;
  pass.num_components = k;
  pass.x = rows.const_data_ptr<double>();
  pass.log_weights = weights.const_data_ptr<double>();
  pass.means = means.const_data_ptr<double>();
  pass.factors = factors.const_data_ptr<double>();
  pass.is_diagonal = form.is_diagonal;
  const Tensor shift = globals.frame().defined() ? globals.frame()[0].contiguous() : Tensor();
  if (shift.defined()) pass.shift = shift.const_data_ptr<double>();
  pass.log_normalisers = log_normaliser.mutable_data_ptr<double>();
  pass.counts = counts.mutable_data_ptr<double>();
  pass.sums = sums.mutable_data_ptr<double>();
  pass.outer = squares.mutable_data_ptr<double>();
  pass.entropy = &out.statistics.entropy;
  kernels::mixture_pass(pass);
  if (has_weights_) out.statistics.parts.push_back(weights_->statistics(counts));
  out.statistics.parts.push_back(components_->from_moments(counts, sums, squares));
  out.bound = log_normaliser + form.base;
  finish(x.size(0), fixed_sum(components_->base(shift.defined() ? x - shift : x)), out);
  return out;
}

LocalStep MixtureModel::local_step(const Batch& batch,
                                   const Globals& globals,
                                   const Tensor&) const {
  const Tensor& x = batch.x;
  components_->check(x);
  const Tensor& frame = globals.frame();
  if (!is_hard_ && (!frame.defined() || is_common(frame)))
    if (const auto form = components_->quadratic_scores(globals.mean(components_index())))
      return one_pass(x, globals, *form);
  return local_step_by_tensors(x, globals);
}

std::vector<Tensor> MixtureModel::naturals_from(const Tensor& x,
                                                const Tensor& responsibilities) const {
  const auto found = statistics(x, responsibilities);
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < found.size(); ++i) out.push_back(factors_[i].prior + found[i]);
  return out;
}

std::pair<Tensor, Tensor> MixtureModel::start_rows(const InitialData& data,
                                                   RandomSource& source) const {
  const Tensor x = some_rows(data, source).x;
  components_->check(x);
  const Tensor responsibilities =
      start_responsibilities(x, num_components_, start_, components_->is_nominal(), source);
  const double scale = static_cast<double>(data.num_examples) / static_cast<double>(x.size(0));
  return {x, responsibilities * scale};
}

std::vector<Tensor> MixtureModel::initial(const InitialData& data, RandomSource& source) const {
  const auto [x, responsibilities] = start_rows(data, source);
  return naturals_from(x, responsibilities);
}

Globals MixtureModel::start(const InitialData& data, RandomSource& source) const {
  const auto [x, responsibilities] = start_rows(data, source);
  const GlobalFactor& factor = factors_[components_index()];
  const Tensor frame =
      factor.framed_prior ? frame_for(*components_, factor, x, responsibilities) : Tensor();
  if (!frame.defined()) return Globals(factors_, naturals_from(x, responsibilities));
  std::vector<Tensor> natural;
  if (has_weights_)
    natural.push_back(factors_[0].prior + weights_->statistics(responsibilities.sum(0)));
  natural.push_back(factor.prior_in(frame) +
                    framed_sums(*components_, x, responsibilities, frame).part);
  return Globals(factors_, natural, frame);
}

void MixtureModel::reframe(Globals& globals) const {
  if (factors_[components_index()].framed_prior)
    reframe_classes(*components_, components_index(), globals);
}

Tensor MixtureModel::expected_weights(const Globals& globals) const {
  if (!has_weights_) return weights_->expected({}, false);
  return weights_->expected(globals.natural(0), factors_[0].is_point);
}

Tensor MixtureModel::log_predictive(const Batch& batch, const Globals& globals) const {
  const Tensor& x = batch.x;
  const std::size_t c = components_index();
  return (components_->log_predictive(
              x, globals.natural(c), factors_[c].is_point, globals.frame()) +
          expected_weights(globals).log())
      .logsumexp({-1});
}

std::optional<LocationPrior> MixtureModel::location_prior(const Tensor& spread) const {
  if (factors_[components_index()].is_flat) return std::nullopt;
  return components_->location_prior(spread);
}

bool MixtureModel::excludes_some(const Globals& globals) const {
  return globals.mean(components_index()).isneginf().any().item<bool>();
}

Encoding MixtureModel::encode(const Batch& batch, const Globals& globals) const {
  const Tensor& x = batch.x;
  const Tensor score = scores(x, globals);
  const Tensor shares = score.softmax(-1);  // NaN where every score is -inf
  if (!excludes_some(globals)) return {{"responsibility", shares}};
  const Tensor is_impossible = score.isneginf().all(-1, /*keepdim=*/true);
  return {{"responsibility", shares.masked_fill(is_impossible, 0.0)}};
}

Tensor MixtureModel::sample(std::int64_t n, const Globals& globals, RandomSource& source) const {
  const std::size_t c = components_index();
  const Tensor steps = expected_weights(globals).cumsum(0);
  const Tensor chosen = index_at(steps, source.uniform({n}, steps.options()));
  const Tensor natural = globals.natural(c).index_select(0, chosen);
  const ExponentialFamily& family = *factors_[c].family;
  const Tensor out = components_->draw(
      factors_[c].is_point ? family.mode(natural) : family.sample(natural, source), source);
  return globals.frame().defined() ? out + globals.frame().index_select(0, chosen) : out;
}

std::vector<ClassShape> MixtureModel::class_shapes(const Globals& globals) const {
  const std::size_t c = components_index();
  const Tensor covariance = components_->covariance(globals.mean(c));
  if (!covariance.defined()) return {};
  Tensor mean = components_->expected(globals.natural(c), factors_[c].is_point);
  if (globals.frame().defined()) mean = mean + globals.frame();
  const Tensor weights = expected_weights(globals);
  std::vector<ClassShape> out;
  for (std::int64_t k = 0; k < num_components_; ++k)
    out.push_back({weights[k].item<double>(), mean[k], covariance[k]});
  return out;
}

Json MixtureModel::summary(const Globals& globals) const {
  return {{"weights", numbers_of(expected_weights(globals))}};
}

}  // namespace elbow
