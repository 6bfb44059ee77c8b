#include "chain_method.h"

#include "elbow/foundations/core/error.h"
#include "elbow/inference/methods/flat_state.h"
#include "elbow/inference/particles/draws_guide.h"
#include "elbow/models/generative/model_factory.h"
#include "elbow/models/generative/supervised_model.h"

namespace elbow {

Modules ChainMethod::build_modules(const ConfigNode& config,
                                   const DataContext& data,
                                   at::Device device) const {
  const ConfigNode node = config.child("inference");
  Modules out;
  out.model = model_factory().create(config.child("model"), data);
  if (const auto learned = out.model->named_parameters(); !learned.is_empty())
    config.child("model").refuse(
        "has '" + learned.front().key() +
            "' to maximise over, and chains draw from a posterior alone",
        "a response's noise: model.learn_noise=false with a noise_scale, or "
        "model.precision_prior={shape: 1, rate: 0.1}, which makes it a latent");
  if (out.model->response_model() && out.model->response_model()->num_groups() > 1)
    config.refuse("chains fit one data set, got " +
                      std::to_string(out.model->response_model()->num_groups()) +
                      " splits side by side",
                  "set data.test_split to one number",
                  "data.test_split");
  out.model->to(device, dtype_of(config));
  out.guide = std::make_shared<DrawsGuide>(
      UnconstrainedJoint(*out.model), node.integer("num_draws"), node.integer("num_chains"));
  return out;
}

void ChainMethod::load(Modules& modules,
                       const NamedTensors& stored,
                       bool /*use_average*/,
                       const std::string& source) const {
  NamedTensors buffers;
  for (const auto& item : modules.model->named_buffers())
    buffers.emplace_back("model." + item.key(), item.value());
  load_named_weights({}, buffers, stored, /*use_average=*/false, source);
  static_cast<DrawsGuide&>(*modules.guide).load(stored, source);
  modules.model->eval();
  modules.guide->eval();
}

std::string ChainMethod::begin_from(Modules&,
                                    const NamedTensors&,
                                    const std::string&,
                                    const std::string& source) const {
  throw UsageError(source + ": chains begin at points of their own",
                   "elbow resume RUN goes on with a run's chains");
}

void ChainMethod::touch_unused_sections(const ConfigNode& config) {
  for (const char* key : {"guide", "objective", "estimator", "optimizer"}) config.child(key).raw();
}

}  // namespace elbow
