#include "elbow/foundations/core/schedule.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "elbow/foundations/core/error.h"
#include "robbins_monro.h"
#include "schedule_annealing.h"
#include "schedule_times.h"

namespace elbow {
namespace {

using Row = Factory<SchedulePtr>::Row;

std::vector<Parameter> over_parameters(const std::string& what) {
  return {
      Parameter::number("over_epochs", what + ", in epochs").optional().above(0).in_unit("epochs"),
      Parameter::integer("over_steps", what + ", in optimizer steps")
          .optional()
          .above(0)
          .in_unit("steps")};
}

std::vector<Parameter> at_parameters() {
  return {Parameter::numbers("at_epochs", "boundaries, in epochs, ascending")
              .optional()
              .in_unit("epochs"),
          Parameter::integers("at_steps", "boundaries, in optimizer steps, ascending")
              .optional()
              .in_unit("steps")};
}

std::vector<Parameter> join(std::vector<Parameter> first, const std::vector<Parameter>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// Position in [0, 1] of the clock on a way of `steps` steps.
double progress(const Clock& clock, double steps) {
  return std::clamp(static_cast<double>(clock.step) / steps, 0.0, 1.0);
}

/// Exact at both ends.
double interpolate(double from, double to, double t) {
  return t >= 1 ? to : from + (to - from) * t;
}

class Constant : public Schedule {
 public:
  explicit Constant(const ConfigNode& node) : value_(node.number("value")) {}
  static ComponentInfo info() {
    ScheduleTraits traits;
    traits.is_constant = true;
    return ComponentInfo::of("constant", "always the same number")
        .takes({Parameter::number("value", "the number")})
        .with(traits);
  }
  double value(const Clock&) const override { return value_; }

 private:
  double value_;
};

class Linear : public Schedule {
 public:
  explicit Linear(const ConfigNode& node)
      : from_(node.number("from")),
        to_(node.number("to")),
        over_(single_time(node, *choose(node, {"over_epochs", "over_steps"}))) {}
  static ComponentInfo info() {
    return ComponentInfo::of("linear",
                             "a straight line from one number to another, then the latter")
        .takes(join({Parameter::number("from", "value at the first step"),
                     Parameter::number("to", "value at the end and after it")},
                    over_parameters("length of the way")))
        .with(ScheduleTraits{});
  }
  double value(const Clock& clock) const override {
    return interpolate(from_, to_, progress(clock, over_.steps(0, clock)));
  }

 private:
  double from_, to_;
  Times over_;
};

/// Number of boundaries that the clock has reached.
std::size_t boundaries_reached(const Times& times, const Clock& clock) {
  std::size_t count = 0;
  while (count < times.values.size() &&
         passed(static_cast<double>(clock.step), times.steps(count, clock)) >= 1)
    ++count;
  return count;
}

class Step : public Schedule {
 public:
  explicit Step(const ConfigNode& node)
      : value_(node.number("value")), factor_(node.number("factor")) {
    const std::string key = *choose(node, {"at_epochs", "at_steps", "every_epochs", "every_steps"});
    periodic_ = key.rfind("every_", 0) == 0;
    times_ = periodic_ ? single_time(node, key) : time_list(node, key);
  }
  static ComponentInfo info() {
    return ComponentInfo::of("step", "a number multiplied by a factor at each boundary")
        .takes(join(
            join({Parameter::number("value", "value before the first boundary"),
                  Parameter::number("factor", "what each boundary multiplies the value by")
                      .above(0)},
                 at_parameters()),
            {Parameter::number("every_epochs", "distance of the boundaries, in epochs")
                 .optional()
                 .above(0)
                 .in_unit("epochs"),
             Parameter::integer("every_steps", "distance of the boundaries, in optimizer steps")
                 .optional()
                 .above(0)
                 .in_unit("steps")}))
        .with(ScheduleTraits{});
  }
  double value(const Clock& clock) const override {
    const double count =
        periodic_ ? std::floor(passed(static_cast<double>(clock.step), times_.steps(0, clock)))
                  : static_cast<double>(boundaries_reached(times_, clock));
    return value_ * std::pow(factor_, count);
  }

 private:
  double value_, factor_;
  bool periodic_ = false;
  Times times_;
};

class Multistep : public Schedule {
 public:
  explicit Multistep(const ConfigNode& node) : values_(node.numbers("values")) {
    const std::string key = *choose(node, {"at_epochs", "at_steps"});
    times_ = time_list(node, key);
    if (values_.size() != times_.values.size() + 1) {
      throw UsageError(place(node) + ": expected one more number in 'values' than in '" + key +
                           "', got " + std::to_string(values_.size()) + " and " +
                           std::to_string(times_.values.size()),
                       "values: [before the first boundary, after the first, ..., after the last]");
    }
  }
  static ComponentInfo info() {
    return ComponentInfo::of("multistep", "one number between each two boundaries")
        .takes(join({Parameter::numbers(
                        "values", "value before the first boundary, after the first, and so on")},
                    at_parameters()))
        .with(ScheduleTraits{});
  }
  double value(const Clock& clock) const override {
    return values_[boundaries_reached(times_, clock)];
  }

 private:
  std::vector<double> values_;
  Times times_;
};

class Cosine : public Schedule {
 public:
  explicit Cosine(const ConfigNode& node)
      : value_(node.number("value")), minimum_(node.number("minimum")), where_(place(node)) {
    const auto key = choose(node, {"over_epochs", "over_steps"}, /*required=*/false);
    if (key) over_ = single_time(node, *key);
  }
  static ComponentInfo info() {
    ScheduleTraits traits;
    traits.may_span_the_run = true;
    return ComponentInfo::of("cosine", "half a cosine wave from a number down to a minimum")
        .source(
            "Loshchilov, Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, 2016, "
            "arXiv:1608.03983, equation 5")
        .takes(join({Parameter::number("value", "value at the first step"),
                     Parameter::number("minimum", "value at the end and after it").defaults(0.0)},
                    over_parameters("length of the way; the whole run when no length is given")))
        .with(traits);
  }
  double value(const Clock& clock) const override {
    if (!over_ && clock.total_steps <= 0) {
      throw UsageError(where_ +
                           ": expected 'over_epochs' or 'over_steps', since the length of the run "
                           "is not known; got none",
                       "give the schedule a length");
    }
    const double t =
        progress(clock, over_ ? over_->steps(0, clock) : static_cast<double>(clock.total_steps));
    const double pi = std::acos(-1.0);
    return interpolate(minimum_, value_, t >= 1 ? 0.0 : 0.5 * (1 + std::cos(pi * t)));
  }

 private:
  double value_, minimum_;
  std::optional<Times> over_;
  std::string where_;
};

class Exponential : public Schedule {
 public:
  explicit Exponential(const ConfigNode& node)
      : value_(node.number("value")),
        rate_(node.number("rate")),
        per_(single_time(node, *choose(node, {"per_epochs", "per_steps"}))) {
    if (node.has("floor")) floor_ = node.number("floor");
  }
  static ComponentInfo info() {
    return ComponentInfo::of("exponential", "a number multiplied by a rate per period, smoothly")
        .takes({Parameter::number("value", "value at the first step"),
                Parameter::number("rate",
                                  "factor per period; between two periods the value moves smoothly")
                    .above(0),
                Parameter::number("per_epochs", "period, in epochs")
                    .optional()
                    .above(0)
                    .in_unit("epochs"),
                Parameter::integer("per_steps", "period, in optimizer steps")
                    .optional()
                    .above(0)
                    .in_unit("steps"),
                Parameter::number("floor", "it never falls below this").optional()})
        .with(ScheduleTraits{});
  }
  double value(const Clock& clock) const override {
    const double free =
        value_ * std::pow(rate_, static_cast<double>(clock.step) / per_.steps(0, clock));
    return floor_ ? std::max(free, *floor_) : free;
  }

 private:
  double value_, rate_;
  Times per_;
  std::optional<double> floor_;
};

/// A factor that grows linearly from `from` to 1, times another schedule that runs from the same
/// first step: no jump at the end.
class Warmup : public Schedule {
 public:
  explicit Warmup(const ConfigNode& node)
      : then_(schedule_factory().create(node.child("then"))),
        from_(node.number("from")),
        over_(single_time(node, *choose(node, {"over_epochs", "over_steps"}))) {}
  static ComponentInfo info() {
    return ComponentInfo::of("warmup", "another schedule times a factor that grows linearly to 1")
        .source("Goyal et al., Accurate, Large Minibatch SGD, 2017, arXiv:1706.02677, section 2.2")
        .takes(join(
            {Parameter::schedule(
                 "then",
                 "the schedule to warm up to; its time starts with the run, not after the warm-up"),
             Parameter::number("from", "fraction of it at the first step")
                 .defaults(0.0)
                 .at_least(0)},
            over_parameters("length of the warm-up")))
        .with(ScheduleTraits{});
  }
  double value(const Clock& clock) const override {
    return interpolate(from_, 1.0, progress(clock, over_.steps(0, clock))) * then_->value(clock);
  }

 private:
  SchedulePtr then_;
  double from_;
  Times over_;
};

std::vector<Row> schedule_rows() {
  using ScheduleFactory = Factory<SchedulePtr>;
  std::vector<Row> rows{ScheduleFactory::row<Constant>(),
                        ScheduleFactory::row<Linear>(),
                        ScheduleFactory::row<Step>(),
                        ScheduleFactory::row<Multistep>(),
                        ScheduleFactory::row<Cosine>(),
                        ScheduleFactory::row<Exponential>(),
                        ScheduleFactory::row<RobbinsMonro>(),
                        ScheduleFactory::row<Warmup>()};
  for (auto& row : annealing_rows()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace

Factory<SchedulePtr>& schedule_factory() {
  static Factory<SchedulePtr> factory("schedule", schedule_rows());
  return factory;
}

}  // namespace elbow
