#include "elbow/runs/export/export_run.h"

#include <algorithm>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/io/version.h"
#include "elbow/inference/methods/gradient_vi.h"
#include "elbow/neural/conditional/posterior.h"
#include "elbow/runs/evaluate/exportable.h"
#include "elbow/runs/evaluate/run_capabilities.h"
#include "elbow/runs/train/tensor_io.h"
#include "exported_modules.h"

namespace elbow {

namespace {

/// A traced file that is not what the model says; nothing was written.
class ExportError : public Error {
 public:
  using Error::Error;
  int exit_code() const override { return kInternalError; }
};

Json model_json(const TrainedRun& run, const Json& description, const NamedTensors& tensors) {
  Json names = Json::object();
  for (const auto& [name, tensor] : tensors) names[name] = tensor.sizes().vec();
  Json out = {{"elbow", io::kElbowVersion},
              {"checkpoint", run.checkpoint},
              {"weights", run.weights},
              {"architecture",
               {{"model", run.config.value.at("model")}, {"guide", run.config.value.at("guide")}}},
              {"preprocessing", preprocessing_json(run)}};
  out.update(description);
  out["tensors"] = names;
  return out;
}

}  // namespace

ExportPlan plan_of_vector(TrainedRun& run) {
  ExportPlan out{encoder_plan(run), decoder_plan(run), {}};
  out.description = {{"encoder", encoder_json(run, out.encoder)},
                     {"decoder", decoder_json(run, out.decoder)},
                     {"prior", prior_json(run)}};
  return out;
}

ExportResult export_run(TrainedRun& run, const std::string& folder) {
  const ExportedParts parts = exportable_of(run).exported_parts();
  const bool is_vector = parts.decoder != nullptr && parts.guide.posterior_module() != nullptr;
  const auto [encoder, decoder, description] = is_vector ? plan_of_vector(run) : plan_of_sites(run);
  const std::string encoder_bytes = script_bytes(encoder), decoder_bytes = script_bytes(decoder);
  ExportResult out;
  out.largest_difference = std::max(largest_difference(encoder, encoder_bytes, run.device),
                                    largest_difference(decoder, decoder_bytes, run.device));
  constexpr double tolerance = 1e-5;
  if (!(out.largest_difference <= tolerance))
    throw ExportError("export: the traced model differs from the trained one by " +
                      std::to_string(out.largest_difference) + "; nothing was written");
  NamedTensors tensors = named_parameters(parts.model, parts.guide);
  for (const auto& buffer : named_buffers(parts.model, parts.guide)) tensors.push_back(buffer);
  io::make_directories(folder);
  const std::vector<std::pair<std::string, std::string>> files{
      {"encoder.pt", encoder_bytes},
      {"decoder.pt", decoder_bytes},
      {"model.safetensors", encode_tensors(tensors, /*require_finite=*/true)},
      {"model.json", model_json(run, description, tensors).dump(2) + "\n"}};
  for (const auto& [name, bytes] : files) {
    io::write_file(folder + "/" + name, bytes);
    out.files.push_back(folder + "/" + name);
  }
  return out;
}

}  // namespace elbow
