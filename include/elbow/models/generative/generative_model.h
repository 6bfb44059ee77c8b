#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "elbow/data/dataset/batch.h"
#include "elbow/foundations/core/schedule.h"
#include "elbow/models/generative/site_spec.h"
#include "elbow/models/generative/trace.h"
#include "elbow/neural/conditional/conditional_distribution.h"
#include "elbow/neural/nn/module.h"

namespace elbow {

class Decoder;
class SupervisedModel;
class Target;

/// What a model may use beside the values that it is given. Whether it is being trained is the
/// module's own business (Module::is_training).
struct ModelContext {
  RandomSource& source;           ///< of what it draws
  std::int64_t num_examples = 1;  ///< N, in training: what is said once of all counts 1 / N in each
  /// What draws of the model are given, such as labels, as the parts of a batch of n examples;
  /// null: nothing.
  const Batch* given = nullptr;
};

/// A text that a model was made from, beside the configuration: the run keeps a copy.
struct SourceFile {
  std::string section;  ///< of the configuration whose key `path` names it
  std::string name;     ///< of the copy
  std::string text;
};

/// p(x, z): scores latents that a guide proposed, and draws from the prior down.
class GenerativeModel : public Module {
 public:
  /// Its latents, in the order in which it draws them; none for a density of the data.
  virtual std::vector<SiteSpec> sites() const = 0;
  /// log p of the data and of the latents. @param latents a value [K, B, event...] of each site, or
  /// [K, event...] of one that all examples share @return the sites, and what was observed as "x"
  /// or "y", log_prob [K, B]
  virtual Trace score(const Batch& batch, const Trace& latents, const ModelContext& context) = 0;
  /// n independent draws of latents and data: values [n, event...]. It asks the source for one
  /// particle of n examples, [1, n, ...]: noise is keyed by these.
  virtual Trace sample(std::int64_t n, const ModelContext& context) = 0;
  /// The guide's q of one latent given x alone; null where it has no such thing as one module.
  using PosteriorOf = std::function<ConditionalDistributionPtr(const std::string& site)>;
  /// Once, when there is a guide: builds what is made of its posteriors (a VampPrior).
  virtual void complete(const PosteriorOf& /*posterior_of*/) {}
  /// What the data have to say of each example, which the model does not draw: "label".
  virtual std::vector<std::string> conditions() const { return {}; }
  /// What a draw may be given, beside its conditions: "label" where a latent is the label.
  virtual std::vector<std::string> choices() const { return {}; }
  /// C, the classes of the labels among these; 0 without them.
  virtual std::int64_t num_classes() const { return 0; }
  /// Moves what follows a schedule to this time.
  virtual void advance(const Clock&) {}

  /// What only some models are; null for all others.
  /// Examples decoded from one vector with a prior.
  virtual Decoder* decoder() { return nullptr; }
  /// A response given the other columns.
  virtual SupervisedModel* response_model() { return nullptr; }
  /// A named density without data.
  virtual const Target* target() const { return nullptr; }
  /// p(x) itself, batch shape [], event shape [D]: of a density of the data, without latents.
  virtual DistributionPtr density() { return nullptr; }
  /// What it was made from; none for a model that the configuration says all of.
  virtual std::vector<SourceFile> source_files() const { return {}; }
};
using GenerativeModelPtr = std::shared_ptr<GenerativeModel>;

}  // namespace elbow
