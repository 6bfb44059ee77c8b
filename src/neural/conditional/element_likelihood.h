#pragma once

#include <functional>
#include <string>
#include <vector>

#include "elbow/neural/conditional/conditional_distribution.h"
#include "elbow/neural/nn/network.h"
#include "output_bias.h"

namespace elbow {

/// A number of each element's distribution beside the one that the network gives: a scale, a
/// dispersion, a probability. Learned as its logarithm, or as its logit where it is a probability.
struct ElementNumber {
  std::string key;                   ///< of the configuration; `<key>_value` is where it starts
  std::string name;                  ///< of the tensor: "log_scale"
  std::string help;                  ///< "standard deviation of the noise"
  std::vector<std::string> origins;  ///< choices of the key: fixed, shared, per_element, network
  std::string origin;                ///< the default among them
  double start = 1;
  bool is_probability = false;
  double least = 0;            ///< default of `min_log_<key>`, for numbers that have a limit
  std::string why_least = {};  ///< says why they have one; empty: they have none
};

/// A family of distributions of single elements.
struct ElementFamily {
  std::string name, summary, source;
  LikelihoodTraits traits;
  std::string output;  ///< what the network gives for each element
  OutputLink link;     ///< how a mean becomes that
  std::vector<ElementNumber> numbers;
  /// From the network's output and the numbers in their order, [..., event...] or broadcastable.
  std::function<DistributionPtr(const Tensor& output, const std::vector<Tensor>& numbers)> build;
};

/// Independent elements of one family. A network gives the first number of each from the latent;
/// the others are constants, learned, or further outputs of the network, as the configuration says.
class ElementLikelihood : public ConditionalDistribution {
 public:
  static ComponentInfo info(const ElementFamily& family);
  ElementLikelihood(const ElementFamily& family,
                    const ConfigNode& node,
                    const BuildContext& context);
  DistributionPtr forward(const Tensor& context) override { return forward_sized(context, {}); }
  DistributionPtr forward_sized(const Tensor& context, const Tensor& log_size) override;

 private:
  struct Learned {
    Tensor value;  ///< [], [event...], or undefined where the network gives it
    bool is_limited = false;
    double least = 0;
  };
  void add_number(const ElementNumber& number, const ConfigNode& node, const BuildContext& context);

  std::function<DistributionPtr(const Tensor&, const std::vector<Tensor>&)> build_;
  std::int64_t event_dims_;
  std::vector<Learned> numbers_;
  std::vector<double> starts_;  ///< of what the network gives beside its first output
  NetworkPtr network_;
};

/// poisson, negative_binomial, zero_inflated_negative_binomial.
std::vector<ElementFamily> count_likelihoods();
/// student_t, laplace, log_normal, gamma, beta.
std::vector<ElementFamily> continuous_likelihoods();

}  // namespace elbow
