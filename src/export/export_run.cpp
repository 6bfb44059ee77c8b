#include "elbow/export/export_run.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "elbow/core/error.h"
#include "elbow/export/script_exporter.h"
#include "elbow/inference/gradient_vi.h"
#include "elbow/io/sys.h"
#include "elbow/io/version.h"
#include "elbow/train/tensor_io.h"

namespace elbow {

namespace {

constexpr std::int64_t kTracedBatch = 3;

/// A traced file that is not what the model says; nothing was written.
class ExportError : public Error {
 public:
  using Error::Error;
  int exit_code() const override { return kInternalError; }
};

Shape with_batch(std::int64_t batch, const Shape& event) {
  Shape shape{batch};
  shape.insert(shape.end(), event.begin(), event.end());
  return shape;
}

Tensors encode(Guide& guide, const Tensor& x) {
  const auto q = guide.posterior(x);
  return {q->mean(), q->variance().sqrt()};
}

std::string script_encoder(TrainedRun& run, const at::TensorOptions& options) {
  ScriptExporter script(*run.modules.guide, "Encoder");
  script.trace_method("forward",
                      {"x"},
                      {at::rand(with_batch(kTracedBatch, run.event_shape), options)},
                      [&](const Tensors& in) { return encode(*run.modules.guide, in[0]); });
  script.define("def encode_mean(self, x):\n  return self.forward(x)[0]\n");
  script.define(
      "def sample(self, x, n: int):\n"
      "  mean, scale = self.forward(x)\n"
      "  noise = torch.randn([n, mean.size(0), mean.size(1)], dtype=mean.dtype, "
      "device=mean.device)\n"
      "  z = mean + scale * noise\n"
      "  log_q = (-0.5 * noise * noise - torch.log(scale) - 0.91893853320467274).sum(-1)\n"
      "  return z, log_q\n");
  return script.bytes();
}

std::string script_decoder(TrainedRun& run, const at::TensorOptions& options) {
  ScriptExporter script(*run.modules.model, "Decoder");
  script.trace_method(
      "forward",
      {"z"},
      {at::randn({kTracedBatch, run.modules.model->latent_size()}, options)},
      [&](const Tensors& in) { return Tensors{run.modules.model->decode(in[0])->mean()}; });
  return script.bytes();
}

/// Relative to the largest value, so that a wide range is not held to an absolute bound.
double difference(const Tensor& a, const Tensor& b) {
  if (a.sizes() != b.sizes()) return INFINITY;
  const Tensor x = a.to(at::kCPU, at::kDouble), y = b.to(at::kCPU, at::kDouble);
  return ((x - y).abs().max() / x.abs().max().clamp_min(1.0)).item<double>();
}

/// Loads the bytes as a user would and holds them against the model at other batch sizes than the
/// traced one.
double largest_difference(TrainedRun& run,
                          const std::string& encoder,
                          const std::string& decoder,
                          const at::TensorOptions& options) {
  const at::NoGradGuard no_grad;
  std::istringstream encoder_in(encoder), decoder_in(decoder);
  torch::jit::Module loaded_encoder = torch::jit::load(encoder_in, run.device),
                     loaded_decoder = torch::jit::load(decoder_in, run.device);
  double largest = 0;
  for (const std::int64_t batch : {1, 2, 7, 257}) {
    const Tensor x = at::rand(with_batch(batch, run.event_shape), options);
    const Tensor z = at::randn({batch, run.modules.model->latent_size()}, options);
    const Tensors expected = encode(*run.modules.guide, x);
    const auto out = loaded_encoder.forward({x}).toTuple();
    for (std::size_t i = 0; i < expected.size(); ++i)
      largest = std::max(largest, difference(expected[i], out->elements()[i].toTensor()));
    largest = std::max(
        largest,
        difference(run.modules.model->decode(z)->mean(), loaded_decoder.forward({z}).toTensor()));
    const auto drawn = loaded_encoder.get_method("sample")({x, std::int64_t{5}}).toTuple();
    const Tensor log_q = run.modules.guide->posterior(x)->log_prob(drawn->elements()[0].toTensor());
    largest = std::max(largest, difference(log_q, drawn->elements()[1].toTensor()));
  }
  return largest;
}

Json model_json(const TrainedRun& run, const NamedTensors& tensors) {
  Json names = Json::object();
  for (const auto& [name, tensor] : tensors) names[name] = tensor.sizes().vec();
  const Json& data = run.config.value.at("data");
  return {
      {"elbow", io::kElbowVersion},
      {"checkpoint", run.checkpoint},
      {"weights", run.weights},
      {"architecture",
       {{"model", run.config.value.at("model")}, {"guide", run.config.value.at("guide")}}},
      {"preprocessing",
       {{"event_shape", run.event_shape},
        {"scale", "grey levels of 8 bits are divided by 255; other numbers are taken as they are"},
        {"binarize", data.value("binarize", "none")}}},
      {"encoder",
       {{"file", "encoder.pt"},
        {"forward", {"mean", "scale"}},
        {"methods", {"encode_mean", "sample"}}}},
      {"decoder", {{"file", "decoder.pt"}, {"forward", {"mean of p(x | z)"}}}},
      {"tensors", names}};
}

}  // namespace

ExportResult export_run(TrainedRun& run, const std::string& folder) {
  const auto options = at::TensorOptions().dtype(dtype_of(run.node())).device(run.device);
  const std::string encoder = script_encoder(run, options), decoder = script_decoder(run, options);
  ExportResult out;
  out.largest_difference = largest_difference(run, encoder, decoder, options);
  const double tolerance = run.device.is_cpu() ? 1e-5 : 1e-4;
  if (!(out.largest_difference <= tolerance))
    throw ExportError("export: the traced model differs from the trained one by " +
                      std::to_string(out.largest_difference) + "; nothing was written");
  NamedTensors tensors = named_parameters(*run.modules.model, *run.modules.guide);
  for (const auto& buffer : named_buffers(*run.modules.model, *run.modules.guide))
    tensors.push_back(buffer);
  io::make_directories(folder);
  const std::vector<std::pair<std::string, std::string>> files{
      {"encoder.pt", encoder},
      {"decoder.pt", decoder},
      {"model.safetensors", encode_tensors(tensors, /*require_finite=*/true)},
      {"model.json", model_json(run, tensors).dump(2) + "\n"}};
  for (const auto& [name, bytes] : files) {
    io::write_file(folder + "/" + name, bytes);
    out.files.push_back(folder + "/" + name);
  }
  return out;
}

}  // namespace elbow
