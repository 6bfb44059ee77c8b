#include "elbow/models/conjugate/precision.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/stack.h>

#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/probability/families/gamma.h"

namespace elbow {

namespace {

Tensor filled_vector(std::int64_t size, double value) {
  return at::full({size}, value, at::kDouble);
}

std::vector<Parameter> gamma_parameters(const std::string& of) {
  return {Parameter::number("concentration", "of the gamma prior on the precision of " + of)
              .defaults(0.01)
              .above(0),
          Parameter::number("rate", "of that prior; its mean is concentration / rate")
              .defaults(0.01)
              .above(0)};
}

using PrecisionFactory = Factory<PrecisionPrior>;

PrecisionFactory::Row known(std::string name, std::string summary, const std::string& help) {
  return {ComponentInfo::of(std::move(name), std::move(summary))
              .takes({Parameter::number("precision", help).defaults(1.0).above(0)}),
          [](const ConfigNode& node) {
            PrecisionPrior out;
            out.known = node.number("precision");
            return out;
          }};
}

PrecisionFactory::Row learned(
    std::string name, std::string summary, std::string paper, const std::string& of, bool each) {
  return {ComponentInfo::of(std::move(name), std::move(summary))
              .source(std::move(paper))
              .takes(gamma_parameters(of)),
          [each](const ConfigNode& node) {
            PrecisionPrior out;
            out.concentration = node.number("concentration");
            out.rate = node.number("rate");
            out.is_for_each = each;
            return out;
          }};
}

}  // namespace

PrecisionFactory& noise_factory() {
  static PrecisionFactory factory(
      "noise",
      {known("known", "Noise of a known variance", "1 / variance of the noise"),
       learned("learned", "Noise whose precision has a gamma prior", "", "the noise", false)});
  return factory;
}

PrecisionFactory& weight_prior_factory() {
  static PrecisionFactory factory(
      "weight_prior",
      {known("fixed",
             "Weights are normal around zero with a given precision",
             "1 / prior variance of a weight"),
       learned("learned",
               "One precision of all weights, with a gamma prior",
               "Bishop, Pattern Recognition and Machine Learning, 2006, section 10.3",
               "the weights",
               false),
       learned("ard",
               "A precision for each weight, with a gamma prior: those without use shrink to zero",
               "MacKay, Bayesian non-linear modelling for the prediction competition, 1994",
               "a weight",
               true)});
  return factory;
}

Precision::Precision(const PrecisionPrior& prior,
                     std::int64_t size,
                     const std::string& name,
                     std::vector<GlobalFactor>& factors)
    : size_(size), prior_(prior) {
  if (prior_.known) return;
  const auto family = std::make_shared<GammaFamily>();
  index_ = factors.size();
  factors.push_back({name,
                     family,
                     family->natural({filled_vector(size, prior_.concentration),
                                      filled_vector(size, prior_.rate)})});
}

Tensor Precision::expected(const Globals& globals) const {
  return index_ ? globals.mean(*index_).select(-1, 1) : filled_vector(size_, *prior_.known);
}

Tensor Precision::expected_log(const Globals& globals) const {
  return index_ ? globals.mean(*index_).select(-1, 0)
                : filled_vector(size_, std::log(*prior_.known));
}

std::optional<std::pair<Tensor, Tensor>> Precision::gamma(const std::vector<GlobalFactor>& factors,
                                                          const Globals& globals) const {
  if (!index_ || factors.at(*index_).is_point) return std::nullopt;
  const auto values = factors.at(*index_).family->ordinary(globals.natural(*index_));
  return std::make_pair(values.at(0).second, values.at(1).second);
}

Tensor Precision::start(const Tensor& value, const std::vector<GlobalFactor>& factors) const {
  // Concentration 2: the mode of a point mass is (2 - 1) / rate.
  const double shape = factors.at(*index_).is_point ? 1.0 : 2.0;
  const Tensor rate = (shape / value).expand({size_});
  return at::stack({at::full_like(rate, 1.0), -rate}, -1);
}

Tensor Precision::start(const std::vector<GlobalFactor>& factors) const {
  return start(filled_vector(size_, prior_.concentration / prior_.rate), factors);
}

Tensor Precision::optimum(double count,
                          const Tensor& squares,
                          const std::vector<GlobalFactor>& factors) const {
  const GlobalFactor& factor = factors.at(*index_);
  const Tensor added =
      at::stack({at::full_like(squares, 0.5 * count), squares * -0.5}, -1).expand({size_, 2});
  const Tensor out = factor.prior + added;
  if (!out.select(-1, 1).lt(0).all().item<bool>())
    throw DataError(factor.name + ": nothing is left over, so its precision has no finite optimum",
                    "use a simpler model, more examples, or its gamma prior");
  if (factor.is_point && !out.select(-1, 0).gt(0).all().item<bool>())
    throw DataError(factor.name + ": a precision of concentration " +
                        std::to_string(prior_.concentration) + " with " + std::to_string(count) +
                        " squares to learn from has no mode",
                    "raise its prior concentration to at least 1, or take it out of point_mass");
  return out;
}

Tensor Precision::idle(const std::vector<GlobalFactor>& factors) const {
  const GlobalFactor& factor = factors.at(*index_);
  const bool has_mode = !factor.is_flat && prior_.concentration > 1.0;
  return factor.is_point && !has_mode ? start(factors) : factor.prior;
}

}  // namespace elbow
