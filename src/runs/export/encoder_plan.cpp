#include <ATen/core/grad_mode.h>
#include <ATen/ops/rand.h>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/shape.h"
#include "elbow/neural/conditional/posterior.h"
#include "elbow/neural/flows/transformed_distribution.h"
#include "elbow/runs/evaluate/exportable.h"
#include "elbow/runs/evaluate/run_capabilities.h"
#include "exported_modules.h"

namespace elbow {

namespace {

using NamedTensor = std::pair<std::string, Tensor>;

Posterior& posterior_of(TrainedRun& run) {
  const std::shared_ptr<Posterior> posterior =
      exportable_of(run).exported_parts().guide.posterior_module();
  if (posterior == nullptr)
    throw UsageError(run.directory.path() + ": its guide has no encoder that could be exported",
                     "elbow sample and elbow eval work on it");
  return *posterior;
}

Tensors values_of(const std::vector<NamedTensor>& named) {
  Tensors out;
  for (const auto& item : named) out.push_back(item.second);
  return out;
}

/// The parameters of q(z | x) before any flow, then what the flows take from x.
std::vector<NamedTensor> parameters_of(Posterior& posterior, const Tensor& x) {
  const Tensor flat = posterior.encode(x);
  auto out = posterior.base(flat)->parameters();
  const Tensor context = posterior.flow_context(flat);
  if (context.defined()) out.emplace_back("flow_context", context);
  return out;
}

/// z and log q(z | x) as a function of x and noise. @param in x, then one tensor [n, B, ...] for
/// each request
Tensors draw(Posterior& posterior, const Tensors& in) {
  NoiseTape tape({in.begin() + 1, in.end()});
  const std::int64_t count = in.at(1).size(0);
  const auto [z, log_q] = posterior.forward(in.front())->sample_and_log_prob({count}, tape);
  return {z, log_q};
}

/// Where the flows take draws of the base, and their log-determinants. @param in x, e [n, B, L]
Tensors transport(Posterior& posterior, const Tensors& in) {
  const auto q = posterior.forward(in[0]);
  const auto [z, log_det] = transform_of(*q).forward_and_log_det(in[1]);
  return {z, log_det};
}

TracedMethod draw_method(Posterior& posterior,
                         const std::function<Tensor(std::int64_t)>& rows,
                         const std::vector<NoiseRequest>& noise) {
  std::vector<std::string> arguments{"x"};
  for (auto& name : noise_names(noise.size())) arguments.push_back(std::move(name));
  return {"draw",
          arguments,
          [&posterior](const Tensors& in) { return draw(posterior, in); },
          [rows, noise](std::int64_t batch) {
            const Tensor x = rows(batch);
            Tensors in{x};
            for (auto& one : make_noise(noise, draws_in_example(batch), batch, x.options()))
              in.push_back(one);
            return in;
          }};
}

TracedMethod transport_method(Posterior& posterior,
                              const std::function<Tensor(std::int64_t)>& rows) {
  return {"transport",
          {"x", "e"},
          [&posterior](const Tensors& in) { return transport(posterior, in); },
          [&posterior, rows](std::int64_t batch) {
            const at::NoGradGuard no_grad;
            const Tensor x = rows(batch);
            GeneratorSource source;
            return Tensors{
                x, posterior.base(posterior.encode(x))->sample({draws_in_example(batch)}, source)};
          }};
}

ScriptedMethod sample_method(const std::vector<NoiseRequest>& noise) {
  std::string arguments = "x";
  for (const auto& name : noise_names(noise.size())) arguments += ", " + name;
  return {"sample",
          "def sample(self, x, n: int):\n" + noise_source(noise, "n, x.size(0)", "x") +
              "  return self.draw(" + arguments + ")\n"};
}

/// Each layer of the stack: its row of the configuration, its tensors, its part of flow_context.
Json flows_json(const Json& rows, const FlowStack& flows) {
  const auto layouts = flows.context_layouts();
  Json out = Json::array();
  std::int64_t begin = 0;
  for (const Json& row : rows)
    for (std::int64_t repeat = 0; repeat < row.at("count").get<std::int64_t>(); ++repeat) {
      const std::size_t layer = out.size();
      Json context = blocks_json(layouts.at(layer));
      std::int64_t size = 0;
      for (Json& block : context) {
        block["begin"] = block["begin"].get<std::int64_t>() + begin;
        size += num_elements(block.at("shape").get<Shape>());
      }
      begin += size;
      out.push_back({{"type", row.at("type")},
                     {"repeat", repeat},
                     {"tensors", "guide.posterior.flows.layer_" + std::to_string(layer) + "."},
                     {"context", context}});
    }
  return out;
}

}  // namespace

ModulePlan encoder_plan(TrainedRun& run) {
  Posterior& posterior = posterior_of(run);
  const auto options = at::TensorOptions().dtype(dtype_of(run.node())).device(run.device);
  const auto rows = [options, shape = encoder_shape(run)](std::int64_t batch) {
    return at::rand(with_batch(batch, shape), options);
  };
  const auto one = [rows](std::int64_t batch) { return Tensors{rows(batch)}; };
  const auto noise = requests_of(*posterior.forward(rows(3)), {2});
  ModulePlan plan{&exportable_of(run).exported_parts().guide, "Encoder", {}, {}};
  plan.traced = {
      {"forward",
       {"x"},
       [&posterior](const Tensors& in) { return values_of(posterior.forward(in[0])->summary()); },
       one},
      {"posterior_parameters",
       {"x"},
       [&posterior](const Tensors& in) { return values_of(parameters_of(posterior, in[0])); },
       one},
      draw_method(posterior, rows, noise)};
  const bool has_flows = posterior.flows() != nullptr;
  if (has_flows) plan.traced.push_back(transport_method(posterior, rows));
  plan.scripted = {{"encode_mean",
                    std::string("def encode_mean(self, x):\n  return self.forward(x)") +
                        (has_flows ? "\n" : "[0]\n")},
                   sample_method(noise)};
  return plan;
}

Json encoder_json(TrainedRun& run, const ModulePlan& plan) {
  const at::NoGradGuard no_grad;
  Posterior& posterior = posterior_of(run);
  const Tensor x = plan.traced.front().example(1).front();
  Json outputs = Json::array(), parameters = Json::array();
  for (const auto& item : posterior.forward(x)->summary()) outputs.push_back(item.first);
  for (const auto& [name, value] : parameters_of(posterior, x))
    parameters.push_back({{"name", name}, {"shape", value.sizes().slice(1).vec()}});
  const Json& guide = run.config.value.at("guide");
  Json out = {{"file", "encoder.pt"},
              {"forward", outputs},
              {"methods", plan.methods()},
              {"family", guide.at("posterior").at("type")},
              {"posterior_parameters", parameters},
              {"network_output", blocks_json(posterior.family().layout())}};
  if (posterior.flows() != nullptr)
    out["flows"] = flows_json(guide.at("flows"), *posterior.flows());
  return out;
}

}  // namespace elbow
