#pragma once

#include <memory>
#include <string>
#include <vector>

#include "elbow/inference/methods/experiment.h"

namespace elbow {

class Diagnosable;
class Encoder;
class Evaluator;
class Exportable;
class Illustrator;
class Imputer;
class Judge;
class PosteriorSource;
class Predictor;
class Reconstructor;
class Sampler;
class Traverser;

/// What can be done with a fit, each an interface of its own; null where it cannot be done. A verb
/// asks for one (run_capabilities.h) and knows neither the inference nor the model behind it.
class FittedModel {
 public:
  virtual ~FittedModel() = default;
  /// Bound, density and error of examples.
  virtual Evaluator* evaluator() { return nullptr; }
  /// Draws of what was learned.
  virtual Sampler* sampler() { return nullptr; }
  /// Latents of examples.
  virtual Encoder* encoder() { return nullptr; }
  /// Examples through their latents.
  virtual Reconstructor* reconstructor() { return nullptr; }
  /// Decodings along single latents.
  virtual Traverser* traverser() { return nullptr; }
  /// What may stand in the gaps of examples.
  virtual Imputer* imputer() { return nullptr; }
  /// A response from the other columns.
  virtual Predictor* predictor() { return nullptr; }
  /// Draws of latents that belong to no example.
  virtual PosteriorSource* posterior() { return nullptr; }
  /// Pictures of what was learned, while it is trained.
  virtual Illustrator* illustrator() { return nullptr; }
  /// What the end of a training says against it.
  virtual Judge* judge() { return nullptr; }
  /// Posteriors of examples and gradients, to look into.
  virtual Diagnosable* diagnosable() { return nullptr; }
  /// Encoder and decoder, to be written as files.
  virtual Exportable* exportable() { return nullptr; }
  /// Why there is nothing to diagnose, where there is not.
  virtual std::string why_not_diagnosable() const;
};
using FittedModelPtr = std::shared_ptr<FittedModel>;

/// What can be done with modules that the configuration's inference has fitted, or is fitting.
FittedModelPtr fitted_model(const ConfigNode& config, const Modules& modules);

/// The inferences whose fits it knows: all that there are.
std::vector<std::string> fitted_inferences();

}  // namespace elbow
