#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "elbow/foundations/core/shape.h"
#include "elbow/probability/transforms/support.h"

namespace elbow {

using at::Tensor;

/// Whose a latent is. local: one for each example, log_prob [K, B]; global: shared by all examples,
/// log_prob [K], or [K, G] for G data sets side by side.
enum class Scope { local, global };

/// A latent of a model, as a guide has to know it: what it is called, where it lies, whose it is.
struct SiteSpec {
  std::string name;
  Shape event_shape;
  Support support = Support::real();
  Scope scope = Scope::local;
  /// Where a guide that learns the site's numbers had better begin, for G data sets side by side:
  /// undefined where anywhere will do. Units of a network that begin equal stay equal. [G,
  /// event...]
  Tensor start = {};
  double start_scale = 1;        ///< how wide it begins there
  std::int64_t num_classes = 0;  ///< of each variable, where values are one-hot
  bool is_label = false;         ///< known wherever an example has a label: that is its value
};

/// How many numbers a value of all sites has.
std::int64_t num_latents(const std::vector<SiteSpec>& sites);
/// Whether all examples share one of them.
bool has_global_site(const std::vector<SiteSpec>& sites);

}  // namespace elbow
