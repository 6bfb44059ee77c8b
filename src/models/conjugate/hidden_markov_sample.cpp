#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>

#include "elbow/models/conjugate/hidden_markov.h"
#include "elbow/models/conjugate/numbers.h"
#include "index_at.h"

namespace elbow {

Tensor HiddenMarkov::drawn(std::size_t i,
                           std::int64_t n,
                           const Globals& globals,
                           RandomSource& source) const {
  const GlobalFactor& factor = factors_.at(i);
  const Tensor one = factor.is_point ? factor.family->mode(globals.natural(i)) : globals.natural(i);
  std::vector<std::int64_t> shape = one.sizes().vec();
  shape.insert(shape.begin(), n);
  const Tensor many = one.unsqueeze(0).expand(shape).contiguous();
  return factor.is_point ? many : factor.family->sample(many, source);
}

Tensor HiddenMarkov::drawn_states(std::int64_t n,
                                  const Globals& globals,
                                  RandomSource& source) const {
  const Tensor initial = drawn(kInitial, n, globals, source);
  const Tensor transitions = drawn(kTransitions, n, globals, source);
  const Tensor uniform = source.uniform({n, num_steps_}, initial.options());
  std::vector<Tensor> states{index_at(initial.cumsum(-1), uniform.narrow(1, 0, 1))};
  for (std::int64_t t = 1; t < num_steps_; ++t) {
    const Tensor from = states.back().view({n, 1, 1}).expand({n, 1, num_states_});
    const Tensor steps = transitions.gather(1, from).squeeze(1).cumsum(-1);
    states.push_back(index_at(steps, uniform.narrow(1, t, 1)));
  }
  return at::cat(states, 1);
}

Tensor HiddenMarkov::sample(std::int64_t n, const Globals& globals, RandomSource& source) const {
  const Tensor states = drawn_states(n, globals, source);
  const Tensor theta = drawn(kComponents, n, globals, source).flatten(0, 1);
  const Tensor own = at::arange(n, states.options()).unsqueeze(-1) * num_states_;
  Tensor steps = components_->draw(theta.index_select(0, (states + own).flatten()), source);
  if (globals.frame().defined()) steps = steps + globals.frame().index_select(0, states.flatten());
  return steps.view({n, num_steps_, steps.size(-1)});
}

Tensor HiddenMarkov::expected_probability(std::size_t i, const Globals& globals) const {
  const GlobalFactor& factor = factors_.at(i);
  if (factor.is_point) return factor.family->mode(globals.natural(i));
  const Tensor concentration = globals.natural(i) + 1.0;
  return concentration / concentration.sum(-1, /*keepdim=*/true);
}

Json HiddenMarkov::summary(const Globals& globals) const {
  const Tensor transitions = expected_probability(kTransitions, globals);
  std::vector<std::vector<double>> rows;
  for (std::int64_t k = 0; k < num_states_; ++k) rows.push_back(numbers_of(transitions[k]));
  return {{"initial", numbers_of(expected_probability(kInitial, globals))}, {"transitions", rows}};
}

}  // namespace elbow
