#include <algorithm>
#include <cmath>

#include "elbow/inference/monte_carlo/trajectories.h"

namespace elbow {
namespace {

class FixedPath : public Trajectory {
 public:
  FixedPath(TrajectoryStart start, std::int64_t most)
      : mass_(start.mass),
        step_(start.step),
        noise_(start.noise),
        chosen_(start.point),
        moving_(start.point, start.mass.draw(noise_)),
        first_energy_(moving_.energy(mass_)),
        left_(std::min(
            most, 1 + static_cast<std::int64_t>(noise_.uniform() * static_cast<double>(most)))) {
    transition_.energy = first_energy_;
  }

  bool is_over() const override { return left_ == 0; }
  const std::vector<double>& wanted() override { return moving_.drift(step_, mass_); }

  void take(double log_density, const double* gradient) override {
    moving_.kick(step_, log_density, gradient);
    ++transition_.num_leapfrog;
    const double energy = moving_.energy(mass_), gain = first_energy_ - energy;
    if (-gain > kDivergence) {
      transition_.is_divergent = true;
      transition_.acceptance = 0;
      left_ = 0;
      return;
    }
    if (--left_ > 0) return;
    transition_.acceptance = std::min(1.0, std::exp(gain));
    if (noise_.uniform() >= transition_.acceptance) return;
    chosen_ = moving_.point();
    transition_.energy = energy;
  }

  const ChainPoint& end() const override { return chosen_; }
  Transition transition() const override { return transition_; }

 private:
  const MassMatrix& mass_;
  double step_;
  ChainNoise noise_;
  ChainPoint chosen_;
  LeapfrogPoint moving_;
  double first_energy_;
  std::int64_t left_;
  Transition transition_;
};

}  // namespace

std::unique_ptr<Trajectory> fixed_path(TrajectoryStart start, std::int64_t most) {
  return std::make_unique<FixedPath>(std::move(start), most);
}

}  // namespace elbow
