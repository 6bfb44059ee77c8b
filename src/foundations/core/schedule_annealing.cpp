#include "schedule_annealing.h"

#include <algorithm>
#include <cmath>

#include "schedule_times.h"

namespace elbow {
namespace {

using Row = Factory<SchedulePtr>::Row;

/// from, to and a length of time, with what else a schedule takes between them.
std::vector<Parameter> way_parameters(const std::string& length, std::vector<Parameter> own) {
  std::vector<Parameter> out{Parameter::number("from", "value at the first step"),
                             Parameter::number("to", "value at the end and after it")};
  for (auto& parameter : own) out.push_back(std::move(parameter));
  out.push_back(Parameter::number("over_epochs", length + ", in epochs")
                    .optional()
                    .above(0)
                    .in_unit("epochs"));
  out.push_back(Parameter::integer("over_steps", length + ", in optimizer steps")
                    .optional()
                    .above(0)
                    .in_unit("steps"));
  return out;
}

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

/// A logistic curve, cut and stretched so that both ends are exact.
class Sigmoid : public Schedule {
 public:
  explicit Sigmoid(const ConfigNode& node)
      : from_(node.number("from")),
        to_(node.number("to")),
        steepness_(node.number("steepness")),
        over_(single_time(node, *choose(node, {"over_epochs", "over_steps"}))) {}
  static ComponentInfo info() {
    return ComponentInfo::of("sigmoid",
                             "a logistic curve from one number to another, then the latter")
        .source("Bowman et al., 2016, arXiv:1511.06349, section 3.1")
        .takes(way_parameters(
            "length of the way",
            {Parameter::number("steepness", "logistic units from the one end to the other")
                 .defaults(10.0)
                 .above(0)}))
        .with(ScheduleTraits{});
  }
  double value(const Clock& clock) const override {
    const double t = static_cast<double>(clock.step) / over_.steps(0, clock);
    if (t >= 1) return to_;
    const double low = sigmoid(-steepness_ / 2), high = sigmoid(steepness_ / 2);
    return from_ + (to_ - from_) * (sigmoid(steepness_ * (t - 0.5)) - low) / (high - low);
  }

 private:
  double from_, to_, steepness_;
  Times over_;
};

/// A straight line to the end within a part of each cycle, where it stays for the rest of it.
class Cyclical : public Schedule {
 public:
  explicit Cyclical(const ConfigNode& node)
      : from_(node.number("from")),
        to_(node.number("to")),
        rise_(node.number("rise")),
        num_cycles_(node.integer("num_cycles")),
        over_(single_time(node, *choose(node, {"over_epochs", "over_steps"}))) {}
  static ComponentInfo info() {
    return ComponentInfo::of("cyclical", "a line from one number to another, several times over")
        .source("Fu et al., Cyclical annealing schedule, 2019, arXiv:1903.10145, section 4.1")
        .takes(way_parameters(
            "length of all cycles",
            {Parameter::number("rise", "part of a cycle in which the value rises")
                 .defaults(0.5)
                 .above(0)
                 .at_most(1),
             Parameter::integer("num_cycles", "in the whole length").defaults(4).at_least(1)}))
        .with(ScheduleTraits{});
  }
  double value(const Clock& clock) const override {
    const double t = static_cast<double>(clock.step) / over_.steps(0, clock);
    if (t >= 1) return to_;
    const double cycles = t * static_cast<double>(num_cycles_);
    const double part = (cycles - std::floor(cycles)) / rise_;
    return part >= 1 ? to_ : from_ + (to_ - from_) * part;
  }

 private:
  double from_, to_, rise_;
  std::int64_t num_cycles_;
  Times over_;
};

}  // namespace

std::vector<Row> annealing_rows() {
  return {Factory<SchedulePtr>::row<Sigmoid>(), Factory<SchedulePtr>::row<Cyclical>()};
}

}  // namespace elbow
