#include "elbow/models/conjugate/latent_dirichlet.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/kernels/vector_math.h"
#include "elbow/probability/distributions/gamma.h"
#include "elbow/probability/families/dirichlet.h"
#include "filled.h"
#include "topic_math.h"

namespace elbow {

namespace {

std::vector<Parameter> topic_prior_parameters() {
  return {Parameter::number("alpha", "concentration of each topic in a document's proportions")
              .defaults(0.1)
              .above(0),
          Parameter::choice("learn_alpha",
                            {"none", "symmetric", "asymmetric"},
                            "maximise the bound over alpha: one number, or one for each topic")
              .defaults("none"),
          Parameter::number("eta", "concentration of each word in the prior of a topic")
              .defaults(0.01)
              .above(0),
          Parameter::boolean("learn_eta", "maximise the bound over eta").defaults(false)};
}

std::vector<Parameter> topic_search_parameters() {
  return {Parameter::integer("sweeps", "over the words of a document, at most")
              .defaults(100)
              .at_least(1)
              .at_most(1e6),
          Parameter::number("tolerance",
                            "mean absolute change of a document's gamma that ends its sweeps; 0: "
                            "never")
              .defaults(1e-4)
              .at_least(0),
          Parameter::choice("start",
                            {"random", "golden_ratio"},
                            "topics' concentrations: Gamma(100, 100) draws, or eta + 0.5 + the "
                            "fractions of (10 v + k + 1) 0.618..., the same for every seed")
              .defaults("random"),
          Parameter::integer("num_top_words", "words shown of each topic")
              .defaults(10)
              .at_least(1)
              .at_most(1e4),
          Parameter::integer("draw_length", "words of a drawn document")
              .defaults(100)
              .at_least(1)
              .at_most(1e6)};
}

}  // namespace

ComponentInfo LatentDirichlet::info() {
  ModelTraits traits;
  traits.fitting = Fitting::closed_form;
  traits.events = {EventKind::bag_of_words};
  return ComponentInfo::of("lda", "Latent Dirichlet allocation: documents that mix topics")
      .source(
          "Blei, Ng, Jordan, Latent Dirichlet allocation, 2003; Hoffman, Bach, Blei, Online "
          "learning "
          "for latent Dirichlet allocation, 2010")
      .takes(
          {Parameter::integer("num_topics", "distributions over words").at_least(1).at_most(1e5)})
      .takes(topic_prior_parameters())
      .takes(topic_search_parameters())
      .with(traits);
}

LatentDirichlet::LatentDirichlet(const ConfigNode& node, const DataContext& data)
    : num_topics_(node.integer("num_topics")),
      alpha_(node.number("alpha")),
      eta_(node.number("eta")),
      learn_alpha_(node.text("learn_alpha")),
      start_(node.text("start")),
      learns_eta_(node.boolean("learn_eta")),
      most_sweeps_(static_cast<int>(node.integer("sweeps"))),
      tolerance_(node.number("tolerance")),
      num_top_words_(node.integer("num_top_words")),
      draw_length_(node.integer("draw_length")),
      words_(data.words) {
  if (data.event_shape.size() != 1)
    node.refuse("the examples are not documents as word counts",
                "use a corpus, or choose another model.type");
  vocabulary_size_ = data.event_shape[0];
  factors_ = {{"topics",
               std::make_shared<DirichletFamily>(vocabulary_size_),
               filled({num_topics_, vocabulary_size_}, eta_ - 1)}};
  if (learn_alpha_ != "none") {
    alpha_index_ = factors_.size();
    factors_.push_back({"alpha", nullptr, filled({num_topics_}, alpha_)});
  }
  if (learns_eta_) {
    eta_index_ = factors_.size();
    factors_.push_back({"eta", nullptr, filled({1}, eta_)});
  }
}

std::vector<Tensor> LatentDirichlet::initial(const InitialData&, RandomSource& source) const {
  check_points();
  Tensor concentration;
  if (start_ == "golden_ratio") {
    constexpr double kGoldenRatio = 0.6180339887498949;
    const auto options = at::TensorOptions().dtype(at::kDouble);
    const Tensor place = 10.0 * at::arange(vocabulary_size_, options) +
                         at::arange(1, num_topics_ + 1, options).unsqueeze(-1);
    const Tensor position = place * kGoldenRatio;
    concentration = eta_ + 0.5 + (position - position.floor());
  } else {
    const Tensor log_hundred = filled({num_topics_, vocabulary_size_}, std::log(100.0));
    concentration = Gamma(log_hundred, log_hundred).rsample({}, source);
  }
  // A point mass begins at the mean: a mode would lose the words below 1.
  std::vector<Tensor> out{factors_[kTopics].is_point ? concentration : concentration - 1.0};
  for (std::size_t i = 1; i < factors_.size(); ++i) out.push_back(factors_[i].prior);
  return out;
}

void LatentDirichlet::check_points() const {
  const GlobalFactor& topics = factors_[kTopics];
  if (!topics.is_point) return;
  if (learns_eta_)
    throw DataError("model.learn_eta: topics that are point masses have no best eta",
                    "set it to false, or leave 'topics' out of inference.point_mass");
  if (!topics.is_flat && eta_ < 1)
    throw DataError("model.eta: the point mass of 'topics' has no best value with eta below 1",
                    "raise it to 1, set inference.flat_priors=true, or leave 'topics' out of "
                    "inference.point_mass");
}

Tensor LatentDirichlet::alpha_of(const Globals& globals) const {
  return alpha_index_ > 0 ? globals.natural(alpha_index_).contiguous()
                          : filled({num_topics_}, alpha_);
}

double LatentDirichlet::eta_of(const Globals& globals) const {
  return eta_index_ > 0 ? globals.natural(eta_index_).item<double>() : eta_;
}

Tensor LatentDirichlet::elog_topics(const Globals& globals) const {
  if (factors_[kTopics].is_point) return globals.mean(kTopics);
  // A pass asks three times at the same topics.
  const Tensor& natural = globals.natural(kTopics);
  if (!natural.is_same(elog_at_)) {
    elog_ = expected_log(natural + 1.0);
    elog_at_ = natural;
  }
  return elog_;
}

Tensor LatentDirichlet::topics_optimum(const Statistics& statistics, const Globals& globals) const {
  check_points();
  const Tensor& counts = statistics.parts[kCounts];
  const GlobalFactor& topics = factors_[kTopics];
  if (!topics.is_point) return counts + (eta_of(globals) - 1.0);
  const Tensor out = topics.prior + counts;
  return at::where(out.gt(0).any(-1, /*keepdim=*/true), out, globals.natural(kTopics));
}

Tensor LatentDirichlet::alpha_optimum(const Statistics& statistics, const Globals& globals) const {
  const Tensor now = alpha_of(globals);
  const double documents = statistics.parts[kDocuments].item<double>();
  if (documents == 0) return now;
  const Tensor mean_log = statistics.parts[kElogTheta] / documents;
  if (learn_alpha_ == "asymmetric") return asymmetric_concentration(mean_log, now);
  const double size = static_cast<double>(num_topics_);
  return filled({num_topics_},
                symmetric_concentration(fixed_sum(mean_log) / size, size, fixed_sum(now) / size));
}

Tensor LatentDirichlet::optimum(std::size_t i,
                                const Statistics& statistics,
                                const Globals& globals) const {
  if (i == kTopics) return topics_optimum(statistics, globals);
  if (i == alpha_index_) return alpha_optimum(statistics, globals);
  const double mean_log =
      fixed_sum(elog_topics(globals)) / static_cast<double>(num_topics_ * vocabulary_size_);
  return filled(
      {1},
      symmetric_concentration(mean_log, static_cast<double>(vocabulary_size_), eta_of(globals)));
}

double LatentDirichlet::proportions_term(const Statistics& statistics, const Tensor& alpha) const {
  const double normaliser =
      std::lgamma(fixed_sum(alpha)) - fixed_sum(mapped(kernels::lgamma, alpha));
  return fixed_sum((alpha - 1.0) * statistics.parts[kElogTheta]) +
         statistics.parts[kDocuments].item<double>() * normaliser;
}

double LatentDirichlet::expected_log_joint(const Statistics& statistics,
                                           const Globals& globals) const {
  return statistics.constant + weighted_sum(statistics.parts[kCounts], elog_topics(globals)) +
         proportions_term(statistics, alpha_of(globals));
}

double LatentDirichlet::global_term(std::size_t i, const Globals& globals) const {
  const GlobalFactor& topics = factors_[kTopics];
  if (i != kTopics || topics.is_flat) return 0.0;
  const Tensor elog = elog_topics(globals);
  const double prior = static_cast<double>(num_topics_) *
                       symmetric_log_normaliser(eta_of(globals), double(vocabulary_size_));
  if (topics.is_point) return weighted_sum(topics.prior, elog) + prior;
  const Tensor concentration = globals.natural(kTopics) + 1.0;
  return prior + fixed_sum((eta_of(globals) - concentration) * elog) +
         fixed_sum(mapped(kernels::lgamma, concentration)) -
         fixed_sum(mapped(kernels::lgamma, row_sums(concentration)));
}

}  // namespace elbow
