#include "elbow/models/conjugate/hidden_markov.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include "class_frame.h"
#include "elbow/foundations/core/error.h"
#include "elbow/probability/families/dirichlet.h"
#include "sequences.h"
#include "start.h"
#include "topic_math.h"

namespace elbow {

namespace {

std::vector<Parameter> chain_prior_parameters() {
  return {
      Parameter::number("initial_concentration", "of the Dirichlet prior on the first step's state")
          .defaults(1.0)
          .above(0),
      Parameter::number("transition_concentration",
                        "of the Dirichlet prior on each row of the transition matrix")
          .defaults(1.0)
          .above(0),
      Parameter::number("self_transition",
                        "what the prior adds to the concentration of staying in a state")
          .defaults(0.0)
          .at_least(0)};
}

std::vector<Parameter> chain_search_parameters() {
  return {
      Parameter::choice("posterior",
                        {"chain", "factorised"},
                        "q(z): exact by forward-backward, or factorised over the steps, which "
                        "is there to compare")
          .defaults("chain"),
      Parameter::integer("sweeps", "over the steps for a factorised q(z), at most")
          .defaults(100)
          .at_least(1)
          .at_most(1e6),
      Parameter::number("tolerance", "largest change of a state probability that ends the sweeps")
          .defaults(1e-8)
          .at_least(0),
      Parameter::choice("start",
                        {"kmeans++", "random_examples", "random_responsibilities"},
                        "where the states begin, over single steps; random_responsibilities "
                        "where the columns are not distances, as with symbols")
          .defaults("kmeans++")};
}

/// sum_t r_t r_(t+1)^T within the sequences, [K, K]. @param responsibilities [M, K]
Tensor pairs_of(const Sequences& data, const Tensor& responsibilities) {
  Tensor out = at::zeros({responsibilities.size(1), responsibilities.size(1)}, at::kDouble);
  for (std::int64_t n = 0; n < data.count(); ++n) {
    const Tensor own =
        responsibilities.narrow(0, data.offsets[static_cast<std::size_t>(n)], data.length(n));
    const std::int64_t steps = data.length(n) - 1;
    out = out + own.narrow(0, 0, steps).transpose(0, 1).matmul(own.narrow(0, 1, steps));
  }
  return out;
}

}  // namespace

ComponentInfo HiddenMarkov::info() {
  ModelTraits traits;
  traits.fitting = Fitting::closed_form;
  traits.events = {EventKind::sequence};
  return ComponentInfo::of("hidden_markov",
                           "Sequences whose steps are drawn from states that follow a Markov chain")
      .source("MacKay, Ensemble learning for hidden Markov models, 1997")
      .takes({Parameter::integer("num_states", "hidden states, or the most of them")
                  .at_least(1)
                  .at_most(1e4),
              Parameter::component(
                  "component", "component_likelihood", "what a step looks like in a state")
                  .defaults({{"type", "normal_full"}})})
      .takes(chain_prior_parameters())
      .takes(chain_search_parameters())
      .with(traits);
}

HiddenMarkov::HiddenMarkov(const ConfigNode& node, const DataContext& data)
    : num_states_(node.integer("num_states")),
      is_chain_(node.text("posterior") == "chain"),
      most_sweeps_(node.integer("sweeps")),
      tolerance_(node.number("tolerance")),
      start_(node.text("start")) {
  if (data.event_shape.size() != 2)
    node.refuse("the examples are not sequences of steps with columns",
                "set data.type=sequences, or choose model.type=mixture");
  num_steps_ = data.event_shape[0];
  if (data.num_examples > 0 && num_states_ > data.num_examples * num_steps_)
    node.refuse("more states than the " + std::to_string(data.num_examples * num_steps_) +
                    " steps of all training sequences",
                "lower it",
                "num_states");
  components_ = component_likelihood_factory().create(
      node.child("component"), ComponentSizes{num_states_, data.event_shape[1]});
  const auto family = std::make_shared<DirichletFamily>(num_states_);
  const auto filled = [](at::IntArrayRef shape, double value) {
    return at::full(shape, value, at::kDouble);
  };
  const Tensor stay =
      at::eye(num_states_, at::TensorOptions().dtype(at::kDouble)) * node.number("self_transition");
  factors_ = {
      {"initial", family, filled({num_states_}, node.number("initial_concentration") - 1)},
      {"transitions",
       family,
       filled({num_states_, num_states_}, node.number("transition_concentration") - 1) + stay},
      components_->factor()};
}

std::vector<Tensor> HiddenMarkov::initial(const InitialData& data, RandomSource& source) const {
  const Globals found = begin(data, source, /*may_have_frame=*/false);
  return {found.natural(kInitial), found.natural(kTransitions), found.natural(kComponents)};
}

Globals HiddenMarkov::start(const InitialData& data, RandomSource& source) const {
  return begin(data, source, factors_[kComponents].framed_prior != nullptr);
}

void HiddenMarkov::reframe(Globals& globals) const {
  if (factors_[kComponents].framed_prior) reframe_classes(*components_, kComponents, globals);
}

Globals HiddenMarkov::begin(const InitialData& data,
                            RandomSource& source,
                            bool may_have_frame) const {
  const Sequences some = checked(some_rows(data, source));
  const Tensor responsibilities =
      start_responsibilities(some.steps, num_states_, start_, components_->is_nominal(), source);
  const double scale = static_cast<double>(data.num_examples) / static_cast<double>(some.count());
  Tensor begins = at::zeros({num_states_}, at::kDouble);
  for (std::int64_t n = 0; n < some.count(); ++n)
    begins = begins + responsibilities[some.offsets[static_cast<std::size_t>(n)]];
  const GlobalFactor& factor = factors_[kComponents];
  const Tensor frame =
      may_have_frame ? frame_for(*components_, factor, some.steps, responsibilities) : Tensor();
  const Tensor sums = frame.defined()
                          ? framed_sums(*components_, some.steps, responsibilities, frame).part
                          : components_->collect(some.steps, responsibilities);
  const Tensor components = factor.prior_in(frame) + sums * scale;
  // One more of each: what begins with probability 0 as a point mass stays there.
  return Globals(factors_,
                 {factors_[kInitial].prior + begins * scale + 1.0,
                  factors_[kTransitions].prior + pairs_of(some, responsibilities) * scale + 1.0,
                  with_a_mode(kComponents, components, components + 1.0)},
                 frame);
}

Tensor HiddenMarkov::with_a_mode(std::size_t i,
                                 const Tensor& natural,
                                 const Tensor& otherwise) const {
  const GlobalFactor& factor = factors_.at(i);
  if (!factor.is_point) return natural;
  if (factor.family->name() == "dirichlet") {
    if (natural.lt(0).any().item<bool>())
      throw DataError("model: the point mass of '" + factor.name +
                          "' has no best value: a concentration is below 1",
                      "raise the prior's to 1, or leave it out of inference.point_mass");
    const Tensor has_mode = natural.gt(0).any(-1, /*keepdim=*/true);
    return at::where(has_mode, natural, otherwise);
  }
  const std::string problem = factor.family->problem(natural);
  if (!problem.empty())
    throw DataError("model.component: a state has no best parameters: " + problem,
                    "give the components a prior, lower model.num_states, or start elsewhere");
  return natural;
}

Tensor HiddenMarkov::optimum(std::size_t i,
                             const Statistics& statistics,
                             const Globals& globals) const {
  Tensor out = factors_.at(i).prior_in(globals.frame()) + statistics.parts.at(i);
  if (i == kComponents && factors_[i].is_flat) {
    const Tensor visits = statistics.parts[kInitial] + statistics.parts[kTransitions].sum(0);
    std::vector<std::int64_t> shape(static_cast<std::size_t>(out.dim()), 1);
    shape[0] = num_states_;
    out = at::where(visits.gt(0).view(shape), out, globals.natural(i));
  }
  return with_a_mode(i, out, globals.natural(i));
}

double HiddenMarkov::expected_log_joint(const Statistics& statistics,
                                        const Globals& globals) const {
  double out = statistics.constant;
  for (std::size_t i = 0; i < statistics.parts.size(); ++i)
    out += weighted_sum(statistics.parts[i], globals.mean(i));
  return out;
}

double HiddenMarkov::global_term(std::size_t i, const Globals& globals) const {
  const GlobalFactor& factor = factors_.at(i);
  if (!factor.is_point || factor.is_flat) return ConjugateModel::global_term(i, globals);
  return weighted_sum(factor.prior_in(globals.frame()), globals.mean(i)) -
         fixed_sum(factor.prior_log_partition(globals.frame()));
}

}  // namespace elbow
