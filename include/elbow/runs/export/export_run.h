#pragma once

#include <string>
#include <vector>

#include "elbow/runs/evaluate/trained_run.h"

namespace elbow {

struct ExportResult {
  std::vector<std::string> files;
  double largest_difference =
      0;  ///< of the reloaded files from the model, over batches 1, 2, 7, 257
};

/// Writes encoder.pt, decoder.pt, model.safetensors and model.json (INTERFACE.md section 3), each
/// loaded again and compared first: nothing is written when a difference is above the tolerance.
/// @throws Error
ExportResult export_run(TrainedRun& run, const std::string& folder);

}  // namespace elbow
