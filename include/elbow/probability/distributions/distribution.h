#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "elbow/foundations/core/shape.h"
#include "elbow/probability/distributions/random_source.h"

namespace elbow {

/// Draws from every component of a mixture, which no single draw can be differentiated through.
struct StratifiedDraw {
  Tensor values;       ///< [M, sample..., batch..., event...]
  Tensor log_prob;     ///< [M, sample..., batch...] of the whole mixture at them
  Tensor log_weights;  ///< [M, batch...] of the components
};

class Distribution;
using DistributionPtr = std::shared_ptr<const Distribution>;

/// A probability distribution: an immutable value. Shapes follow the field's convention:
/// a draw has shape sample_shape + batch_shape + event_shape, log_prob has sample_shape +
/// batch_shape. Nats.
class Distribution {
 public:
  /// What a distribution can do; the defaults are those of a family of densities.
  struct Traits {
    bool is_discrete = false;
    bool has_rsample = true;  ///< draws through which gradients flow to the parameters
    bool has_moments = true;  ///< closed forms of mean() and variance(), which throw without
    /// False when log_prob knows its own draws only (a flow without inverse).
    bool scores_any_value = true;
    /// Whether a draw brings its density along at no cost, where log_prob would have to search for
    /// it (a flow, by its inverse).
    bool knows_density_of_draws = false;
    /// Whether a draw makes its density too, so that log_prob would find it a second time.
    bool makes_density_of_draws = false;
  };

  virtual ~Distribution() = default;

  virtual std::string name() const = 0;
  virtual Shape batch_shape() const = 0;
  virtual Shape event_shape() const = 0;
  virtual Traits traits() const { return {}; }

  /// log p(value), summed over the event. @param value [sample..., batch..., event...],
  /// broadcastable
  virtual Tensor log_prob(const Tensor& value) const = 0;
  /// log_prob summed over the last `num_dims` batch dimensions too: what `Independent` asks for,
  /// fused where that pays.
  virtual Tensor log_prob_summed(const Tensor& value, std::int64_t num_dims) const;
  /// Reparameterised draw: gradients flow to the parameters. @throws c10::Error where the
  /// distribution has none
  virtual Tensor rsample(const Shape& sample_shape, RandomSource& source) const = 0;
  /// A draw without gradient.
  virtual Tensor sample(const Shape& sample_shape, RandomSource& source) const;
  /// A reparameterised draw and its log density; one pass where that is cheaper.
  virtual std::pair<Tensor, Tensor> rsample_and_log_prob(const Shape& sample_shape,
                                                         RandomSource& source) const;
  /// A reparameterised draw, with its log density where that comes along; else undefined.
  std::pair<Tensor, Tensor> rsample_with_known_density(const Shape& sample_shape,
                                                       RandomSource& source) const;

  /// A draw and its log density, without gradient.
  virtual std::pair<Tensor, Tensor> sample_and_log_prob(const Shape& sample_shape,
                                                        RandomSource& source) const;
  /// Reparameterised draws from each component, for mixtures; nothing for other distributions.
  virtual std::optional<StratifiedDraw> stratified_rsample(const Shape& sample_shape,
                                                           RandomSource& source) const;

  /// One value that stands for the distribution, [batch..., event...]: the mean where it is known.
  virtual Tensor location() const { return mean(); }
  /// Where it lies and how wide it is, by name, each [batch..., event...] and defined whatever the
  /// parameters: `mean` and `scale` (the standard deviation) unless a family says otherwise, the
  /// `location` alone where there are no moments.
  virtual std::vector<std::pair<std::string, Tensor>> summary() const;
  virtual Tensor mean() const = 0;      ///< [batch..., event...]
  virtual Tensor variance() const = 0;  ///< [batch..., event...]
  virtual Tensor entropy() const = 0;   ///< [batch...]

  /// The same distribution with its parameters detached from the graph.
  virtual DistributionPtr detach() const = 0;
  /// Named parameters, for tests and exports.
  virtual std::vector<std::pair<std::string, Tensor>> parameters() const = 0;
};

/// Of distributions of single values: no gradient flows through their draws.
inline Distribution::Traits discrete_traits() {
  Distribution::Traits out;
  out.is_discrete = true;
  out.has_rsample = false;
  return out;
}

/// "name: loc has shape [64, 50] but log_scale has shape [64, 49]" when they do not broadcast.
void check_broadcast(const std::string& name,
                     const std::string& a_name,
                     const Tensor& a,
                     const std::string& b_name,
                     const Tensor& b);

}  // namespace elbow
