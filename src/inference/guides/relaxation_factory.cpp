#include <ATen/TensorOperators.h>

#include "concrete_form.h"
#include "discrete_variables.h"
#include "elbow/inference/guides/relaxation.h"

namespace elbow {
namespace {

using RelaxationFactory = Factory<RelaxationPtr>;

/// What every relaxation takes.
std::vector<Parameter> temperature_parameters() {
  return {Parameter::schedule("temperature",
                              "of the soft values: near 0 they are nearly discrete, and their "
                              "gradients noisy")
              .defaults(1.0)
              .above(0),
          Parameter::boolean("learned", "the temperature is learned, and begins at the one given")
              .defaults(false)};
}

RelaxationTraits relaxation_traits(bool has_density, bool is_hard) {
  RelaxationTraits out;
  out.has_density = has_density;
  out.is_hard = is_hard;
  return out;
}

/// The forward pass has the first, the gradient is that of the second.
Tensor with_gradient_of(const Tensor& hard, const Tensor& soft) {
  return hard + (soft - soft.detach());
}

/// Soft values in the model, scored by the discrete log masses, which are linear in them.
class GumbelSoftmax : public Relaxation {
 public:
  explicit GumbelSoftmax(const ConfigNode& node) : Relaxation(node) {}
  static ComponentInfo info() {
    return ComponentInfo::of("gumbel_softmax",
                             "Soft values of the model's discrete latents, whose KL is that of the "
                             "discrete ones; the bound is none of any model")
        .source(
            "Jang, Gu, Poole, Categorical reparameterization with Gumbel-Softmax, 2017, "
            "arXiv:1611.01144, section 2")
        .takes(temperature_parameters())
        .with(relaxation_traits(/*has_density=*/false, /*is_hard=*/false));
  }
  Draw draw(const DistributionPtr& q,
            const Shape& sample_shape,
            RandomSource& source,
            const Temperatures& at) const override {
    const DiscreteVariables variables(*q);
    return {q, variables.soft(variables.perturbed(sample_shape, source), at.of_guide), {}, {}};
  }
};

/// Soft values with their Concrete densities under guide and model: a bound of a relaxed model.
class Concrete : public Relaxation {
 public:
  explicit Concrete(const ConfigNode& node) : Relaxation(node) {}
  static ComponentInfo info() {
    return ComponentInfo::of("concrete",
                             "Soft values with their Concrete densities under guide and model: a "
                             "bound of a relaxed model")
        .source(
            "Maddison, Mnih, Teh, The Concrete distribution, 2017, arXiv:1611.00712, section "
            "3.2 and appendix C")
        .takes(temperature_parameters())
        .takes({Parameter::schedule("prior_temperature",
                                    "of the model's relaxed p; unless set, the guide's")
                    .optional()
                    .above(0)})
        .with(relaxation_traits(/*has_density=*/true, /*is_hard=*/false));
  }
  Draw draw(const DistributionPtr& q,
            const Shape& sample_shape,
            RandomSource& source,
            const Temperatures& at) const override {
    const ConcreteForm form(*q, at.of_guide);
    Draw out;
    out.q = form.distribution();
    out.value_logits = form.rsample_logits(sample_shape, source);
    out.value = form.values(out.value_logits);
    out.log_prob = form.log_prob(out.value_logits);
    return out;
  }
};

/// The values that the noise decides, with the gradient of the soft ones of the same noise.
class StraightThrough : public Relaxation {
 public:
  explicit StraightThrough(const ConfigNode& node) : Relaxation(node) {}
  static ComponentInfo info() {
    return ComponentInfo::of("straight_through",
                             "Discrete values with the gradient of the soft ones of the same noise")
        .source(
            "Jang, Gu, Poole, 2017, arXiv:1611.01144, section 2.2; Bengio, Leonard, Courville, "
            "2013, arXiv:1308.3432")
        .takes(temperature_parameters())
        .with(relaxation_traits(/*has_density=*/false, /*is_hard=*/true));
  }
  bool is_hard() const override { return true; }
  Draw draw(const DistributionPtr& q,
            const Shape& sample_shape,
            RandomSource& source,
            const Temperatures& at) const override {
    const DiscreteVariables variables(*q);
    const Tensor perturbed = variables.perturbed(sample_shape, source);
    return {q,
            with_gradient_of(variables.hard(perturbed), variables.soft(perturbed, at.of_guide)),
            {},
            {}};
  }
};

/// Straight-through with its noise averaged out given the draw: the same gradient on average, and
/// never a larger variance.
class GumbelRao : public Relaxation {
 public:
  explicit GumbelRao(const ConfigNode& node)
      : Relaxation(node), num_resamples_(node.integer("num_resamples")) {}
  static ComponentInfo info() {
    return ComponentInfo::of("gumbel_rao",
                             "straight_through with its noise drawn again, and averaged, given the "
                             "discrete draw")
        .source(
            "Paulus, Maddison, Krause, Rao-Blackwellizing the straight-through Gumbel-Softmax "
            "gradient estimator, 2021, arXiv:2010.04838, section 3")
        .takes(temperature_parameters())
        .takes({Parameter::integer("num_resamples", "draws of the noise given the discrete draw")
                    .defaults(10)
                    .at_least(1)
                    .at_most(10000)})
        .with(relaxation_traits(/*has_density=*/false, /*is_hard=*/true));
  }
  bool is_hard() const override { return true; }
  Draw draw(const DistributionPtr& q,
            const Shape& sample_shape,
            RandomSource& source,
            const Temperatures& at) const override {
    const DiscreteVariables variables(*q);
    const Tensor hard = q->sample(sample_shape, source).detach();
    const Tensor soft =
        variables.soft(variables.perturbed_given(hard, num_resamples_, source), at.of_guide)
            .mean(-2);
    return {q, with_gradient_of(hard, soft), {}, {}};
  }

 private:
  std::int64_t num_resamples_;
};

}  // namespace

RelaxationFactory& relaxation_factory() {
  static RelaxationFactory factory("relaxation",
                                   {RelaxationFactory::row<GumbelSoftmax>(),
                                    RelaxationFactory::row<Concrete>(),
                                    RelaxationFactory::row<StraightThrough>(),
                                    RelaxationFactory::row<GumbelRao>()});
  return factory;
}

RelaxationPtr relaxation_of(const ConfigNode& posterior) {
  if (!posterior.has("relaxation")) return nullptr;
  return relaxation_factory().create(posterior.child("relaxation"));
}

}  // namespace elbow
