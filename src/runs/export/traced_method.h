#pragma once

#include <functional>
#include <string>
#include <vector>

#include "elbow/probability/distributions/distribution.h"
#include "elbow/runs/export/script_exporter.h"
#include "noise_tape.h"

namespace elbow {

/// One method of an exported file: what is traced, and what the loaded file is held against.
struct TracedMethod {
  std::string name;
  std::vector<std::string> arguments;
  std::function<Tensors(const Tensors& in)> function;
  /// Arguments for this many examples.
  std::function<Tensors(std::int64_t batch)> example;
};

/// TorchScript source on top of traced methods, for integers and dynamic sizes.
struct ScriptedMethod {
  std::string name, source;
};

/// A file to be: a module, and what can be asked of it.
struct ModulePlan {
  const Module* module;
  std::string class_name;
  std::vector<TracedMethod> traced;
  std::vector<ScriptedMethod> scripted;

  /// The names of all methods but `forward`.
  std::vector<std::string> methods() const;
};

/// The bytes of the file.
std::string script_bytes(const ModulePlan& plan);
/// Loads the bytes as a user would and holds every traced method against the model at batch sizes
/// 1, 2, 7 and 257: the largest difference, relative to the largest value; infinity where shapes
/// differ.
double largest_difference(const ModulePlan& plan, const std::string& bytes, at::Device device);

/// What a distribution's draws take of noise. @param leading of the draw, [n] or [n, B]
std::vector<NoiseRequest> requests_of(const Distribution& distribution, const Shape& leading);
/// What `draw` takes of noise.
std::vector<NoiseRequest> requests_of(const std::function<void(RandomSource& source)>& draw);
/// Draws of each example in an example of arguments: another number than in the trace, so that one
/// that the trace froze is found.
std::int64_t draws_in_example(std::int64_t batch);
/// Noise for `count` draws of each of `batch` distributions, [count, batch, ...] each.
Tensors make_noise(const std::vector<NoiseRequest>& requests,
                   std::int64_t count,
                   std::int64_t batch,
                   const at::TensorOptions& options);
/// "noise_0", "noise_1", ...
std::vector<std::string> noise_names(std::size_t count);
/// TorchScript lines that make that noise.
/// @param leading the sizes before an event, "n, x.size(0)"
/// @param like    a tensor whose dtype and device the noise takes
std::string noise_source(const std::vector<NoiseRequest>& requests,
                         const std::string& leading,
                         const std::string& like);

}  // namespace elbow
