#include "elbow/probability/transforms/support.h"

#include <c10/util/Exception.h>

#include <limits>
#include <sstream>
#include <stdexcept>

#include "elbow/probability/transforms/correlation_cholesky.h"
#include "elbow/probability/transforms/covariance_cholesky.h"
#include "elbow/probability/transforms/cumulative_exponential.h"
#include "elbow/probability/transforms/event_bijection.h"
#include "elbow/probability/transforms/identity.h"
#include "elbow/probability/transforms/scaled_sigmoid.h"
#include "elbow/probability/transforms/shifted_exponential.h"
#include "elbow/probability/transforms/stick_breaking.h"
#include "event_dims.h"
#include "membership.h"

namespace elbow {

/// All that is known of a support, once.
struct Support::Rule {
  std::string name;
  std::int64_t event_ndims;
  Membership contains;     // of events of that many dimensions
  TransformPtr bijection;  // onto such an event; none where there is none
  bool is_discrete = false;
  std::vector<double> bounds{};  // the arguments after the name
};

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Side = ShiftedExponential::Side;
using First = CumulativeExponential::First;

}  // namespace

Support::Support(Rule rule) : rule_(std::make_shared<Rule>(std::move(rule))) {}

Support Support::real() {
  return Support({"real", 0, any_finite_number(), std::make_shared<Identity>()});
}

Support Support::positive() {
  return Support({"positive",
                  0,
                  strictly_between(0, kInfinity),
                  std::make_shared<ShiftedExponential>(0.0, Side::above)});
}

Support Support::unit_interval() {
  return Support({"unit_interval", 0, between(0, 1), std::make_shared<ScaledSigmoid>(0.0, 1.0)});
}

Support Support::greater_than(double lower) {
  return Support({"greater_than",
                  0,
                  strictly_between(lower, kInfinity),
                  std::make_shared<ShiftedExponential>(lower, Side::above),
                  /*is_discrete=*/false,
                  {lower}});
}

Support Support::less_than(double upper) {
  return Support({"less_than",
                  0,
                  strictly_between(-kInfinity, upper),
                  std::make_shared<ShiftedExponential>(upper, Side::below),
                  /*is_discrete=*/false,
                  {upper}});
}

Support Support::interval(double lower, double upper) {
  return Support({"interval",
                  0,
                  between(lower, upper),
                  std::make_shared<ScaledSigmoid>(lower, upper),
                  /*is_discrete=*/false,
                  {lower, upper}});
}

Support Support::simplex() {
  return Support({"simplex", 1, on_simplex(), std::make_shared<StickBreaking>()});
}

Support Support::ordered() {
  return Support({"ordered", 1, increasing(), std::make_shared<CumulativeExponential>(First::any)});
}

Support Support::positive_ordered() {
  return Support({"positive_ordered",
                  1,
                  increasing_from_above_zero(),
                  std::make_shared<CumulativeExponential>(First::positive)});
}

Support Support::cholesky_covariance() {
  return Support({"cholesky_covariance",
                  2,
                  lower_triangular_with_positive_diagonal(),
                  std::make_shared<CovarianceCholesky>()});
}

Support Support::cholesky_correlation() {
  return Support(
      {"cholesky_correlation", 2, correlation_factor(), std::make_shared<CorrelationCholesky>()});
}

Support Support::sphere() { return Support({"sphere", 1, on_sphere(), nullptr}); }

Support Support::binary() {
  return Support({"binary", 0, zero_or_one(), nullptr, /*is_discrete=*/true});
}

Support Support::integer() {
  return Support({"integer", 0, whole_number(), nullptr, /*is_discrete=*/true});
}

Support Support::count() {
  return Support({"count", 0, counting_number(), nullptr, /*is_discrete=*/true});
}

Support Support::one_hot() {
  return Support({"one_hot", 1, one_hot_variables(), nullptr, /*is_discrete=*/true});
}

const std::string& Support::name() const { return rule_->name; }

std::string Support::text() const {
  if (rule_->bounds.empty()) return name();
  std::ostringstream out;
  out << name() << '(';
  for (std::size_t i = 0; i < rule_->bounds.size(); ++i)
    out << (i == 0 ? "" : ", ") << rule_->bounds[i];
  out << ')';
  return out.str();
}

bool Support::is_discrete() const { return rule_->is_discrete; }

bool Support::has_bijection() const { return rule_->bijection != nullptr; }

std::int64_t Support::event_ndims() const { return rule_->event_ndims; }

Shape Support::unconstrained_shape(const Shape& event_shape) const {
  return bijection(event_shape)->inverse_shape(event_shape);
}

TransformPtr Support::bijection(const Shape& event_shape) const {
  if (!has_bijection())
    throw std::logic_error("no bijection maps unconstrained space onto the support '" + text() +
                           "'" + (is_discrete() ? ", which is discrete" : ""));
  return std::make_shared<EventBijection>(rule_->bijection, event_shape);
}

Tensor Support::contains(const Tensor& value, const Shape& event_shape) const {
  batch_shape_of(value.sizes(), event_shape, text());
  const std::int64_t more = static_cast<std::int64_t>(event_shape.size()) - event_ndims();
  TORCH_CHECK(more >= 0,
              text(),
              ": expected events with at least ",
              event_ndims(),
              " dimension(s), got shape ",
              at::IntArrayRef(event_shape));
  const Tensor each = rule_->contains(value);
  return more == 0 ? each : each.flatten(-more).all(-1);
}

bool operator==(const Support& a, const Support& b) {
  return a.name() == b.name() && a.rule_->bounds == b.rule_->bounds;
}

const std::vector<Support>& all_supports() {
  static const std::vector<Support> all = {Support::real(),
                                           Support::positive(),
                                           Support::unit_interval(),
                                           Support::greater_than(-1.5),
                                           Support::less_than(2),
                                           Support::interval(-1, 3),
                                           Support::simplex(),
                                           Support::ordered(),
                                           Support::positive_ordered(),
                                           Support::cholesky_covariance(),
                                           Support::cholesky_correlation(),
                                           Support::sphere(),
                                           Support::binary(),
                                           Support::integer(),
                                           Support::count(),
                                           Support::one_hot()};
  return all;
}

std::optional<Support> support_named(const std::string& name) {
  for (const Support& support : all_supports())
    if (support.text() == name) return support;
  return std::nullopt;
}

}  // namespace elbow
