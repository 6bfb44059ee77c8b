#include <algorithm>
#include <cmath>
#include <limits>

#include "elbow/inference/monte_carlo/trajectories.h"

namespace elbow {
namespace {

using Vector = std::vector<double>;

constexpr double kNothing = -std::numeric_limits<double>::infinity();

double log_sum(double a, double b) {
  const double most = std::max(a, b);
  return most == kNothing ? kNothing : most + std::log1p(std::exp(std::min(a, b) - most));
}

void add_to(Vector& sum, const Vector& part) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += part[i];
}

double dot(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

std::int64_t count_ones(std::int64_t n) {
  std::int64_t out = 0;
  for (; n != 0; n >>= 1) out += n & 1;
  return out;
}

std::int64_t trailing_ones(std::int64_t n) {
  std::int64_t out = 0;
  for (; (n & 1) != 0; n >>= 1) ++out;
  return out;
}

/// A point of the path that may be the next of the chain.
struct Candidate {
  ChainPoint point;
  double energy = 0;
  double log_weight = kNothing;  ///< of all that it stands for
};

class NoUTurn : public Trajectory {
 public:
  NoUTurn(TrajectoryStart start, std::int64_t max_depth)
      : mass_(start.mass),
        step_(start.step),
        max_depth_(max_depth),
        noise_(start.noise),
        left_(start.point, start.mass.draw(noise_)),
        right_(left_),
        edge_(left_),
        sum_(left_.momentum()),
        first_energy_(left_.energy(mass_)),
        chosen_{std::move(start.point), first_energy_, 0.0} {
    if (max_depth_ == 0) is_over_ = true;
    begin_half();
  }

  bool is_over() const override { return is_over_; }
  const Vector& wanted() override { return edge_.drift(direction_ * step_, mass_); }

  void take(double log_density, const double* gradient) override {
    edge_.kick(direction_ * step_, log_density, gradient);
    const double energy = edge_.energy(mass_), gain = first_energy_ - energy;
    ++num_leapfrog_;
    acceptance_ += std::min(1.0, std::exp(gain));
    if (-gain > kDivergence) {
      is_divergent_ = is_over_ = true;
      return;
    }
    half_.log_weight = log_sum(half_.log_weight, gain);
    if (noise_.uniform() < std::exp(gain - half_.log_weight)) {
      half_.point = edge_.point();
      half_.energy = energy;
    }
    add_to(half_sum_, edge_.momentum());
    if (turns_within_half()) {
      is_over_ = true;
      return;
    }
    if (++leaf_ == std::int64_t{1} << depth_) join_half();
  }

  const ChainPoint& end() const override { return chosen_.point; }
  Transition transition() const override {
    Transition out;
    out.acceptance = acceptance_ / static_cast<double>(std::max<std::int64_t>(num_leapfrog_, 1));
    out.energy = chosen_.energy;
    out.num_leapfrog = num_leapfrog_;
    out.depth = depth_;
    out.is_divergent = is_divergent_;
    return out;
  }

 private:
  /// As many new points as there are, to one side.
  void begin_half() {
    direction_ = noise_.uniform() < 0.5 ? -1 : 1;
    edge_ = direction_ < 0 ? left_ : right_;
    half_ = Candidate{};
    half_sum_.assign(sum_.size(), 0.0);
    leaf_ = 0;
    const auto depth = static_cast<std::size_t>(depth_) + 1;
    kept_momenta_.resize(depth);
    kept_sums_.resize(depth);
  }

  /// Whether momenta at the ends and their sum between no longer agree. @param sum both ends in it
  bool turns(const Vector& a, const Vector& b, const Vector& sum) const {
    Vector middle(sum.size());
    for (std::size_t i = 0; i < sum.size(); ++i) middle[i] = sum[i] - (a[i] + b[i]) / 2;
    const Vector moved = mass_.velocity(middle);
    return dot(a, moved) <= 0 || dot(b, moved) <= 0;
  }

  /// Of the binary trees within the new half those that end at this leaf, the smallest first. Of
  /// each that may yet end the left end is kept: as many as the leaf's number has ones.
  bool turns_within_half() {
    const std::int64_t last = count_ones(leaf_ >> 1), ended = trailing_ones(leaf_);
    if (leaf_ % 2 == 0) {
      kept_momenta_[static_cast<std::size_t>(last)] = edge_.momentum();
      kept_sums_[static_cast<std::size_t>(last)] = half_sum_;
      return false;
    }
    for (std::int64_t i = last; i > last - ended; --i) {
      const Vector &first = kept_momenta_[static_cast<std::size_t>(i)],
                   &sum = kept_sums_[static_cast<std::size_t>(i)];
      Vector between(half_sum_.size());
      for (std::size_t d = 0; d < between.size(); ++d)
        between[d] = half_sum_[d] - sum[d] + first[d];
      if (turns(first, edge_.momentum(), between)) return true;
    }
    return false;
  }

  void join_half() {
    if (std::log(noise_.uniform()) < half_.log_weight - chosen_.log_weight) {
      chosen_.point = std::move(half_.point);
      chosen_.energy = half_.energy;
    }
    chosen_.log_weight = log_sum(chosen_.log_weight, half_.log_weight);
    (direction_ < 0 ? left_ : right_) = edge_;
    add_to(sum_, half_sum_);
    ++depth_;
    is_over_ = depth_ >= max_depth_ || turns(left_.momentum(), right_.momentum(), sum_);
    if (!is_over_) begin_half();
  }

  const MassMatrix& mass_;
  double step_;
  std::int64_t max_depth_;
  ChainNoise noise_;
  LeapfrogPoint left_, right_, edge_;
  Vector sum_;
  double first_energy_;
  Candidate chosen_, half_;
  Vector half_sum_;
  std::vector<Vector> kept_momenta_, kept_sums_;
  double direction_ = 1, acceptance_ = 0;
  std::int64_t depth_ = 0, leaf_ = 0, num_leapfrog_ = 0;
  bool is_divergent_ = false, is_over_ = false;
};

}  // namespace

std::unique_ptr<Trajectory> no_u_turn(TrajectoryStart start, std::int64_t max_depth) {
  return std::make_unique<NoUTurn>(std::move(start), max_depth);
}

}  // namespace elbow
