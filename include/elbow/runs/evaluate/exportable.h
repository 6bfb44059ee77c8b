#pragma once

#include "elbow/inference/guides/guide.h"
#include "elbow/models/generative/decoder.h"
#include "elbow/models/generative/generative_model.h"

namespace elbow {

/// What an encoder and a decoder are written from.
struct ExportedParts {
  GenerativeModel& model;
  Decoder* decoder;  ///< of the model; null where it has several latents
  Guide& guide;
};

/// An encoder and a decoder that can be written as files.
class Exportable {
 public:
  virtual ~Exportable() = default;
  virtual ExportedParts exported_parts() = 0;
};

}  // namespace elbow
