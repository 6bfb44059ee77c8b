#pragma once

#include <functional>
#include <vector>

#include "elbow/inference/guides/guide.h"
#include "elbow/models/conjugate/response_prediction.h"
#include "elbow/models/generative/supervised_model.h"
#include "elbow/runs/evaluate/predictor.h"

namespace elbow {

/// The prediction of a model of a response: the even mixture over draws of its weights. The draws
/// are a function of the seed and the same for all examples; units that a model leaves out are a
/// function of seed, example and draw. So an answer does not depend on what it is asked with.
class ResponseMixture {
 public:
  /// @param num_draws of the weights; a guide of points is all of its points instead
  ResponseMixture(SupervisedModel& model, Guide& guide, std::int64_t num_draws, std::uint64_t seed);
  std::int64_t num_draws() const { return num_draws_; }
  /// Whether other draws would be as good: not those that came of each other, particles and states
  /// of Markov chains.
  bool has_independent_draws() const { return latents_.sites().empty() || log_q_.defined(); }

  /// Of responses, [B, G] each. `log_density` is undefined where `responses` is.
  struct Answer {
    Tensor mean, variance, log_density;
    Tensor expected_log_density;  ///< mean over the draws of ln p(y | x, w), with the former
    Tensor log_densities;         ///< [T, B, G] of each draw, with the former
  };
  /// @param inputs [B, G, D] @param responses [B, G], or undefined @param rows who the examples
  /// are, [B]
  Answer at(const Tensor& inputs,
            const Tensor& responses,
            const std::vector<std::int64_t>& rows) const;
  /// Mean, standard deviation, central interval of the mass, and log density. @param inputs [B, D],
  /// the examples from number `first_row` on
  Prediction predict(const Tensor& inputs,
                     const Tensor& responses,
                     double mass,
                     std::int64_t first_row = 0) const;
  /// KL(q(w) || p(w)) of each data set, [G]: in closed form where there is one, else from the
  /// draws; undefined where nothing is drawn from a guide.
  Tensor kl() const;
  /// ln q(w) - ln p(w) of each draw, [T, G], where their mean is what kl() gives; undefined
  /// elsewhere.
  Tensor kl_of_draws() const;

 private:
  /// q(w), batch shape [G].
  DistributionPtr posterior() const;
  /// Where it is computed; what is asked for comes back on the CPU, in float64.
  at::Device device() const;
  /// Calls `use` with the responses' distribution under some draws at a time, and with who these
  /// draws are.
  using Use = std::function<void(const Distribution& part, const std::vector<std::int64_t>& draws)>;
  /// Central intervals of the mass, [B] each: of binary responses by the mixture's probability, of
  /// few normal components by the mixture's distribution function, else from a draw of each.
  std::pair<Tensor, Tensor> interval(const Answer& answer,
                                     const Tensor& inputs,
                                     const std::vector<std::int64_t>& rows,
                                     double mass) const;
  std::pair<Tensor, Tensor> interval_of_draws(const Tensor& inputs,
                                              const std::vector<std::int64_t>& rows,
                                              double mass) const;
  std::pair<Tensor, Tensor> exact_interval(const Tensor& inputs,
                                           const std::vector<std::int64_t>& rows,
                                           double mass) const;
  void each_part(const Tensor& inputs, const std::vector<std::int64_t>& rows, const Use& use) const;

  SupervisedModel& model_;
  Guide& guide_;
  std::int64_t num_draws_;
  std::uint64_t seed_;
  Trace latents_;  ///< [T, G, event...] of each site; none for a model that draws by itself
  Tensor log_q_;   ///< [T, G] of them
};

/// What Predictor::prepare asks of a model of a response.
std::function<Prediction(const Tensor& x)> prepare_mixture(SupervisedModel& model,
                                                           Guide& guide,
                                                           const PredictionOptions& options);

}  // namespace elbow
