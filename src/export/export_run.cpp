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
#include "elbow/core/shape.h"
#include "elbow/export/script_exporter.h"
#include "elbow/inference/gradient_vi.h"
#include "elbow/io/sys.h"
#include "elbow/io/version.h"
#include "elbow/train/tensor_io.h"
#include "noise_tape.h"

namespace elbow {

namespace {

constexpr std::int64_t kTracedBatch = 3, kTracedDraws = 4;

/// A traced file that is not what the model says; nothing was written.
class ExportError : public Error {
 public:
  using Error::Error;
  int exit_code() const override { return kInternalError; }
};

/// What q(z | x) is told by: mean and scale where they have closed forms, else one point.
Tensors encode(Guide& guide, const Tensor& x) {
  const auto q = guide.posterior(x);
  if (!q->has_moments()) return {q->location()};
  return {q->mean(), q->variance().sqrt()};
}

/// z and log q(z | x) as a function of x and noise. @param in x, then one tensor [n, B, ...] for
/// each request
Tensors draw(Guide& guide, const Tensors& in) {
  NoiseTape tape({in.begin() + 1, in.end()});
  const std::int64_t count = in.at(1).size(0);
  const auto [z, log_q] = guide.posterior(in.front())->sample_and_log_prob({count}, tape);
  return {z, log_q};
}

Tensors make_noise(const std::vector<NoiseRequest>& requests,
                   std::int64_t count,
                   std::int64_t batch,
                   const at::TensorOptions& options) {
  GeneratorSource source;
  Tensors out;
  for (const auto& request : requests) {
    const Shape shape = with_batch(count, with_batch(batch, request.event));
    out.push_back(request.is_normal ? source.normal(shape, options)
                                    : source.uniform(shape, options));
  }
  return out;
}

/// What a traced encoder can tell of its posterior.
struct EncoderFacts {
  bool has_moments;
  std::vector<NoiseRequest> noise;  ///< of one draw; empty where a draw is by rejection, since no
                                    ///< fixed amount does
};

EncoderFacts facts_of(TrainedRun& run, const at::TensorOptions& options) {
  const at::NoGradGuard no_grad;
  const auto q =
      run.modules.guide->posterior(at::rand(with_batch(kTracedBatch, run.event_shape), options));
  if (q->draws_by_rejection()) return {q->has_moments(), {}};
  NoiseRecorder recorder;
  q->sample_and_log_prob({kTracedDraws}, recorder);
  return {q->has_moments(), recorder.requests()};
}

/// TorchScript that makes the noise and calls the traced draw.
std::string sample_source(const std::vector<NoiseRequest>& requests) {
  std::string source = "def sample(self, x, n: int):\n", arguments = "x";
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const std::string name = "noise_" + std::to_string(i);
    std::string shape = "[n, x.size(0)";
    for (const auto size : requests[i].event) shape += ", " + std::to_string(size);
    source += "  " + name + " = torch." + (requests[i].is_normal ? "randn(" : "rand(") + shape +
              "], dtype=x.dtype, device=x.device)\n";
    // Both ends of the interval would give infinite logits.
    if (!requests[i].is_normal)
      source += "  " + name + " = torch.clamp(" + name + ", 2.0 ** -24, 1.0 - 2.0 ** -24)\n";
    arguments += ", " + name;
  }
  return source + "  return self.draw(" + arguments + ")\n";
}

std::string script_encoder(TrainedRun& run,
                           const EncoderFacts& facts,
                           const at::TensorOptions& options) {
  ScriptExporter script(*run.modules.guide, "Encoder");
  const Tensor x = at::rand(with_batch(kTracedBatch, run.event_shape), options);
  script.trace_method(
      "forward", {"x"}, {x}, [&](const Tensors& in) { return encode(*run.modules.guide, in[0]); });
  script.define(std::string("def encode_mean(self, x):\n  return self.forward(x)") +
                (facts.has_moments ? "[0]\n" : "\n"));
  if (facts.noise.empty()) return script.bytes();
  std::vector<std::string> arguments{"x"};
  Tensors example{x};
  for (const Tensor& noise : make_noise(facts.noise, kTracedDraws, kTracedBatch, options)) {
    arguments.push_back("noise_" + std::to_string(example.size() - 1));
    example.push_back(noise);
  }
  script.trace_method(
      "draw", arguments, example, [&](const Tensors& in) { return draw(*run.modules.guide, in); });
  script.define(sample_source(facts.noise));
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

Tensors outputs_of(const c10::IValue& value) {
  if (value.isTensor()) return {value.toTensor()};
  Tensors out;
  for (const auto& element : value.toTuple()->elements()) out.push_back(element.toTensor());
  return out;
}

double largest(const Tensors& expected, const Tensors& found) {
  double out = expected.size() == found.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < std::min(expected.size(), found.size()); ++i)
    out = std::max(out, difference(expected[i], found[i]));
  return out;
}

/// Loads the bytes as a user would and holds them against the model at other batch sizes than the
/// traced one.
double largest_difference(TrainedRun& run,
                          const std::string& encoder,
                          const std::string& decoder,
                          const std::vector<NoiseRequest>& requests,
                          const at::TensorOptions& options) {
  const at::NoGradGuard no_grad;
  std::istringstream encoder_in(encoder), decoder_in(decoder);
  torch::jit::Module loaded_encoder = torch::jit::load(encoder_in, run.device),
                     loaded_decoder = torch::jit::load(decoder_in, run.device);
  Guide& guide = *run.modules.guide;
  double out = 0;
  for (const std::int64_t batch : {1, 2, 7, 257}) {
    const Tensor x = at::rand(with_batch(batch, run.event_shape), options);
    const Tensor z = at::randn({batch, run.modules.model->latent_size()}, options);
    out = std::max(
        {out,
         largest(encode(guide, x), outputs_of(loaded_encoder.forward({x}))),
         difference(run.modules.model->decode(z)->mean(), loaded_decoder.forward({z}).toTensor())});
    if (requests.empty()) continue;
    Tensors in{x};
    for (const Tensor& noise : make_noise(requests, /*count=*/5, batch, options))
      in.push_back(noise);
    const auto drawn =
        loaded_encoder.get_method("draw")(std::vector<c10::IValue>(in.begin(), in.end()));
    out = std::max(out, largest(draw(guide, in), outputs_of(drawn)));
    const auto sampled = outputs_of(loaded_encoder.get_method("sample")({x, std::int64_t{5}}));
    if (sampled[0].sizes() != z.unsqueeze(0).expand({5, -1, -1}).sizes()) out = INFINITY;
  }
  return out;
}

Json model_json(const TrainedRun& run, const EncoderFacts& facts, const NamedTensors& tensors) {
  Json names = Json::object();
  for (const auto& [name, tensor] : tensors) names[name] = tensor.sizes().vec();
  const Json& data = run.config.value.at("data");
  const Json outputs = facts.has_moments ? Json{"mean", "scale"} : Json{"location"};
  const Json methods =
      facts.noise.empty() ? Json{"encode_mean"} : Json{"encode_mean", "draw", "sample"};
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
      {"encoder", {{"file", "encoder.pt"}, {"forward", outputs}, {"methods", methods}}},
      {"decoder", {{"file", "decoder.pt"}, {"forward", {"mean of p(x | z)"}}}},
      {"tensors", names}};
}

}  // namespace

ExportResult export_run(TrainedRun& run, const std::string& folder) {
  const auto options = at::TensorOptions().dtype(dtype_of(run.node())).device(run.device);
  const EncoderFacts facts = facts_of(run, options);
  const std::string encoder = script_encoder(run, facts, options),
                    decoder = script_decoder(run, options);
  ExportResult out;
  out.largest_difference = largest_difference(run, encoder, decoder, facts.noise, options);
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
      {"model.json", model_json(run, facts, tensors).dump(2) + "\n"}};
  for (const auto& [name, bytes] : files) {
    io::write_file(folder + "/" + name, bytes);
    out.files.push_back(folder + "/" + name);
  }
  return out;
}

}  // namespace elbow
