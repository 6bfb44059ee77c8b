#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "elbow/data/dataset/build_context.h"
#include "elbow/data/dataset/dataset.h"
#include "elbow/foundations/core/component.h"
#include "elbow/inference/guides/guide.h"
#include "elbow/inference/methods/inference.h"
#include "elbow/models/generative/generative_model.h"

namespace elbow {

class ConjugateModel;
class Globals;

/// What is fitted: a model and a guide on their device, or a conjugate model with its global
/// factors.
struct Modules {
  GenerativeModelPtr model;  ///< null for a conjugate model, as is the guide
  GuidePtr guide;
  std::shared_ptr<ConjugateModel> conjugate = nullptr;  ///< null for all others
  /// The global factors as they are now: of the inference that fits them, or of a checkpoint.
  std::function<const Globals&()> globals = nullptr;
  std::vector<Tensor> start = {};  ///< natural parameters to begin with instead of the model's own
                                   ///< start, or the points of chains, [C, U] (--init-from)
  Tensor start_frame = {};         ///< the frame that they are in
};

/// A run's parts, made by the only wiring there is.
struct Experiment {
  std::shared_ptr<Dataset> dataset;
  Modules modules;
  std::shared_ptr<Inference> inference;
};

/// Loads the data set that the configuration names; its stand-in when `use_stand_in`.
std::shared_ptr<Dataset> load_dataset(const ConfigNode& config,
                                      bool use_stand_in,
                                      at::Device device);

/// Builds model and guide. Initial weights are a function of the seed alone. Shapes are written
/// nowhere twice: the data give the event shape, the model section the latent size.
Modules build_modules(const ConfigNode& config, const DataContext& data, at::Device device);

/// Builds everything from a resolved configuration.
/// @param initialise called with the fresh modules before anything is made from their weights
/// (--init-from)
Experiment build_experiment(const ConfigNode& config,
                            bool use_stand_in,
                            at::Device device,
                            const std::function<void(Modules&)>& initialise = nullptr);
/// The same on a data set that is there already; the section `data` says nothing of it.
Experiment build_experiment(const ConfigNode& config,
                            std::shared_ptr<Dataset> dataset,
                            at::Device device,
                            const std::function<void(Modules&)>& initialise = nullptr);

at::ScalarType dtype_of(const ConfigNode& config);

/// Rows of every factory this module knows, and the sections experiment, model and guide.
std::vector<ComponentInfo> experiment_components();

/// Closes the door on options that are parsed and ignored. @throws std::logic_error naming keys
/// nobody asked for
void check_all_read(const ConfigNode& config);

}  // namespace elbow
