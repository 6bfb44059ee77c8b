#pragma once

#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// A class index 0..C-1 by unnormalised log probabilities: event shape []. Mean and variance are
/// those of the index.
class Categorical : public Distribution {
 public:
  /// What draws are.
  enum class Codes {
    index,  ///< int64
    real,   ///< the same numbers in the dtype of the logits, as data have them
  };
  /// @param logits [batch..., C]
  explicit Categorical(Tensor logits, Codes codes = Codes::index);
  std::string name() const override { return "categorical"; }
  Shape batch_shape() const override;
  Shape event_shape() const override { return {}; }
  Tensor log_prob(const Tensor& value) const override;
  Tensor rsample(const Shape& sample_shape, RandomSource& source) const override;
  Tensor sample(const Shape& sample_shape, RandomSource& source) const override;
  Traits traits() const override { return discrete_traits(); }
  Tensor mean() const override;
  Tensor variance() const override;
  Tensor entropy() const override;
  DistributionPtr detach() const override;
  std::vector<std::pair<std::string, Tensor>> parameters() const override;
  const Tensor& logits() const { return logits_; }
  /// Normalised: [batch..., C].
  Tensor log_probabilities() const;

 private:
  Tensor logits_;
  Codes codes_;
};

}  // namespace elbow
