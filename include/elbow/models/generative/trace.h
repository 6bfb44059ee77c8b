#pragma once

#include <string>
#include <vector>

#include "elbow/models/generative/site_spec.h"
#include "elbow/probability/distributions/distribution.h"

namespace elbow {

/// One random variable of a model or a guide, with the value it took.
class Site {
 public:
  Site(std::string name,
       DistributionPtr dist,
       Tensor value,
       bool is_observed,
       Scope scope = Scope::local)
      : name_(std::move(name)),
        dist_(std::move(dist)),
        value_(std::move(value)),
        is_observed_(is_observed),
        scope_(scope) {}

  /// The same variable under another distribution, with another value.
  Site with(DistributionPtr dist, Tensor value) const {
    Site out(name_, std::move(dist), std::move(value), is_observed_, scope_);
    out.repeats_ = repeats_;
    return out;
  }

  const std::string& name() const { return name_; }
  const Distribution& dist() const { return *dist_; }
  DistributionPtr dist_ptr() const { return dist_; }
  const Tensor& value() const { return value_; }
  bool is_observed() const { return is_observed_; }
  Scope scope() const { return scope_; }
  /// log density of the value, [K, B]; computed at the first call, since a closed-form KL never
  /// needs it.
  const Tensor& log_prob() const;
  /// Of G data sets side by side: how many examples of each are in the batch, B / G. Example i is
  /// of data set i mod G.
  void set_repeats(std::int64_t repeats) { repeats_ = repeats; }
  std::int64_t repeats() const { return repeats_; }
  /// For guides that got it with the draw.
  void set_log_prob(Tensor log_prob) { log_prob_ = std::move(log_prob); }
  /// Of a value that is relaxed and has a density: its logits (logarithms, where it is one-hot), at
  /// which densities are found, since the value itself rounds to 0 and 1. Undefined for others.
  const Tensor& value_logits() const { return value_logits_; }
  void set_value_logits(Tensor logits) { value_logits_ = std::move(logits); }

 private:
  std::string name_;
  DistributionPtr dist_;
  Tensor value_;
  bool is_observed_;
  Scope scope_;
  mutable Tensor log_prob_;
  Tensor value_logits_;
  std::int64_t repeats_ = 1;
};

/// The random variables of one execution of a model or a guide, in order.
class Trace {
 public:
  void add(Site site) { sites_.push_back(std::move(site)); }
  const std::vector<Site>& sites() const { return sites_; }
  const Site* find(const std::string& name) const;
  /// @throws std::logic_error naming the sites that are there
  const Site& at(const std::string& name) const;
  /// The sum of its sites' log densities; undefined for a trace of none.
  Tensor log_prob() const;
  /// Where particles are drawn by strata: log weights [K, B] whose exponentials sum to 1 over K.
  void set_log_particle_weights(Tensor log_weights) { log_weights_ = std::move(log_weights); }
  bool has_particle_weights() const { return log_weights_.defined(); }
  const Tensor& log_particle_weights() const { return log_weights_; }
  /// Mean over the particles, weighted where they have weights. @param values [K, B, ...] @return
  /// [B, ...]
  Tensor average(const Tensor& values) const;

 private:
  std::vector<Site> sites_;
  Tensor log_weights_;
};

/// Checks that guide and model agree on every latent's event shape, naming both sides.
void check_compatible(const Trace& model, const Trace& guide);

}  // namespace elbow
