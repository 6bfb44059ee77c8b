#include "elbow/inference/experiment.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <c10/core/DefaultDtype.h>
#include <c10/core/ScalarTypeToTypeMeta.h>

#include <stdexcept>

#include "build_gradient_vi.h"
#include "elbow/conditional/conditional_distribution.h"
#include "elbow/conditional/family.h"
#include "elbow/conjugate/basis.h"
#include "elbow/conjugate/component_likelihood.h"
#include "elbow/conjugate/conjugate_model_factory.h"
#include "elbow/conjugate/mixture_weights.h"
#include "elbow/conjugate/precision.h"
#include "elbow/core/error.h"
#include "elbow/core/permutation.h"
#include "elbow/core/philox.h"
#include "elbow/distributions/distribution_factory.h"
#include "elbow/families/family_factory.h"
#include "elbow/flows/conditional_transform.h"
#include "elbow/inference/conjugate_vi.h"
#include "elbow/inference/gradient_vi.h"
#include "elbow/inference/model_factory.h"
#include "elbow/models/prior.h"
#include "elbow/nn/network.h"
#include "elbow/optim/optimizer.h"
#include "elbow/targets/target.h"

namespace elbow {

namespace {

std::shared_ptr<Inference> build_conjugate_vi(const ConfigNode& node,
                                              const ConfigNode& config,
                                              Modules& modules,
                                              const Dataset& dataset) {
  // What climbs by gradients has no part in this; the rules have refused whatever was set there.
  for (const char* key : {"guide", "objective", "estimator", "optimizer"}) config.child(key).raw();
  ConjugateVi::Options options;
  options.seed = static_cast<std::uint64_t>(config.integer("seed"));
  options.rho = schedule_factory().create(node.child("rho"));
  options.num_examples = dataset.size("train");
  options.restarts = node.integer("restarts");
  options.tolerance = node.number("tolerance");
  const bool is_whole =
      node.is_word("batch_size", "all") || node.integer("batch_size") >= options.num_examples;
  const std::string warm = node.text("warm_start");
  options.keeps_local = warm == "true" || (warm == "auto" && is_whole);
  const InitialData data{options.num_examples, [&dataset](const std::vector<std::int64_t>& rows) {
                           return dataset.batch("train", rows, /*epoch=*/0);
                         }};
  auto out = std::make_shared<ConjugateVi>(modules.conjugate, data, options, modules.start);
  modules.globals = [inference = out.get()]() -> const Globals& { return inference->globals(); };
  return out;
}

ComponentInfo conjugate_info() {
  ComponentInfo info;
  info.name = "conjugate";
  info.summary = "Coordinate ascent, stochastic natural-gradient steps, or EM, in closed form";
  info.paper =
      "Hoffman, Blei, Wang, Paisley, Stochastic variational inference, 2013, arXiv:1206.7051, "
      "section 2";
  info.parameters = {
      Parameter::integer("batch_size",
                         "examples per step; all: coordinate ascent over the whole data set")
          .defaults("all")
          .at_least(1)
          .or_word("all"),
      Parameter::schedule(
          "rho", "step of the global factors: 1 for coordinate ascent, decaying for minibatches")
          .defaults(1.0),
      Parameter::integer("restarts", "starts that are fitted side by side; the best bound is kept")
          .defaults(1)
          .at_least(1)
          .at_most(1000),
      Parameter::number("tolerance",
                        "relative change of the bound between two passes over the whole data set "
                        "that counts as converged; 0: never")
          .defaults(1e-9)
          .at_least(0)
          .below(1),
      Parameter::choice(
          "warm_start",
          {"auto", "true", "false"},
          "local factors begin where they ended; auto: with batch_size all. Needs memory "
          "for every example")
          .defaults("auto"),
      Parameter::texts(
          "point_mass",
          "global factors that are point masses (EM) by name, or all; with a prior, the "
          "mode of its exponent")
          .defaults(Json::array()),
      Parameter::boolean("flat_priors", "point masses have no prior: maximum likelihood")
          .defaults(false)};
  return info;
}

using InferenceFactory =
    Factory<std::shared_ptr<Inference>, const ConfigNode&, Modules&, const Dataset&>;

const InferenceFactory& inference_factory() {
  ComponentInfo gradient;
  gradient.name = "gradient";
  gradient.summary = "Stochastic gradient ascent on the objective";
  gradient.paper = "Kingma, Welling, 2014, arXiv:1312.6114, algorithm 1";
  static const InferenceFactory factory(
      "inference",
      {{gradient,
        [](const ConfigNode&, const ConfigNode& config, Modules& modules, const Dataset& dataset)
            -> std::shared_ptr<Inference> { return build_gradient_vi(config, modules, dataset); }},
       {conjugate_info(), build_conjugate_vi}});
  return factory;
}

ComponentInfo experiment_section() {
  return ComponentInfo::section(
      "experiment",
      "The top level of a configuration",
      {Parameter::text("name", "begins the name of the run directory").defaults("run"),
       Parameter::integer("seed", "of every random draw").defaults(1).at_least(0),
       Parameter::text("device", "auto, cpu, cuda or cuda:N").defaults("auto"),
       Parameter::integer("threads", "CPU threads; auto: chosen by a short trial")
           .defaults("auto")
           .at_least(1)
           .at_most(1024)
           .or_word("auto"),
       Parameter::choice("dtype", {"float32", "float64"}, "of weights and computation")
           .defaults("float32"),
       Parameter::choice("engine", {"auto", "autograd"}, "how a step is executed").defaults("auto"),
       Parameter::component("data", "data", "the data set"),
       Parameter::component("model", "model", "p(x, z)").or_type("latent"),
       Parameter::section("guide", "guide", "q(z | x)").defaults(Json::object()),
       Parameter::component("inference", "inference", "the way to fit")
           .defaults({{"type", "gradient"}}),
       Parameter::component("objective", "objective", "the bound that is climbed")
           .defaults({{"type", "elbo"}}),
       Parameter::component("estimator", "estimator", "how its gradient is estimated")
           .defaults({{"type", "pathwise"}}),
       Parameter::component("optimizer", "optimizer", "what is done with the gradient")
           .defaults({{"type", "adam"}}),
       Parameter::section("trainer", "trainer", "time: epochs, evaluation, checkpoints")});
}

template <class Product, class... Arguments>
void append(std::vector<ComponentInfo>& out, const Factory<Product, Arguments...>& factory) {
  for (const auto& info : factory.infos()) out.push_back(info);
}

/// While it lives, tensors made without a type have this one: constants of a float64 model never
/// pass through float32.
class DefaultType {
 public:
  explicit DefaultType(at::ScalarType type) : before_(c10::get_default_dtype()) {
    c10::set_default_dtype(c10::scalarTypeToTypeMeta(type));
  }
  ~DefaultType() { c10::set_default_dtype(before_); }
  DefaultType(const DefaultType&) = delete;
  DefaultType& operator=(const DefaultType&) = delete;

 private:
  caffe2::TypeMeta before_;
};

/// A density scored outside its support gives numbers that mean nothing: refused before training.
void check_support(const ConfigNode& config, const Dataset& dataset) {
  if (config.child("model").type() != "latent") return;  // others look for themselves
  if (dataset.is_corpus())
    config.child("data").refuse("word counts have no likelihood in the model 'latent'",
                                "elbow list model shows the models",
                                "type");
  const ConfigNode likelihood = config.child("model").child("likelihood");
  const std::string name = likelihood.type();
  if (name == "bernoulli" && dataset.gives_grey())
    likelihood.refuse(
        "the data are grey levels, but the likelihood 'bernoulli' scores 0 and 1",
        "set binarize: dynamic for these data, or model.likelihood.type=continuous_bernoulli");
  if (dataset.raw().splits.at("train").images.element == data::Element::u8 || name == "normal")
    return;
  for (const auto& [split, raw] : dataset.raw().splits) {
    const std::vector<float> values = data::to_float(raw.images);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool fits = name == "bernoulli" ? values[i] == 0.0f || values[i] == 1.0f
                                            : values[i] >= 0.0f && values[i] <= 1.0f;
      if (!fits)
        throw DataError((raw.file.empty() ? "data." + config.child("data").type() : raw.file) +
                            ": value " + std::to_string(values[i]) + " in the " + split +
                            " split, but the likelihood '" + name + "' expects " +
                            (name == "bernoulli" ? "0 or 1" : "[0, 1]"),
                        "set model.likelihood.type=normal");
    }
  }
}

/// The first examples of epoch 0's order, again from the start where there are too few.
Tensor some_examples(const Dataset& dataset, std::int64_t count) {
  const std::int64_t size = dataset.size("train");
  const Permutation order(/*seed=*/0, /*epoch=*/0, size);
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < count; ++i) rows.push_back(order(i % size));
  const Tensor drawn = dataset.batch("train", rows, /*epoch=*/0).cpu();
  const Tensor examples = dataset.is_corpus() ? drawn.to_dense() : drawn;
  // A gap in one row must not become every weight's.
  const Tensor whole =
      examples.reshape({examples.size(0), -1}).isfinite().all(1).nonzero().squeeze(1);
  if (whole.size(0) == 0) return examples;
  return examples.index_select(0, whole.repeat({count / whole.size(0) + 1}).narrow(0, 0, count));
}

/// The vocabulary of a corpus, which it keeps alive; null for other data.
std::shared_ptr<const std::vector<std::string>> words_of(const Dataset& dataset) {
  if (!dataset.is_corpus()) return nullptr;
  const auto& corpus = dataset.raw().splits.at("train").corpus;
  return {corpus, &corpus->words()};
}

}  // namespace

at::ScalarType dtype_of(const ConfigNode& config) {
  return config.text("dtype") == "float64" ? at::kDouble : at::kFloat;
}

std::shared_ptr<Dataset> load_dataset(const ConfigNode& config,
                                      bool use_stand_in,
                                      at::Device device) {
  const ConfigNode own = config.child("data");
  const bool replace = use_stand_in && own.has("stand_in");
  if (own.has("stand_in") && !replace) own.child("stand_in").raw();
  if (use_stand_in && !replace && own.type().compare(0, 9, "synthetic") != 0)
    throw UsageError(
        "--stand-in: data.stand_in: '" + own.type() + "' has no stand-in in this configuration",
        "add data.stand_in: {type: synthetic_images, ...}");
  const ConfigNode used = replace ? own.child("stand_in") : own;
  const auto seed = static_cast<std::uint64_t>(config.integer("seed"));
  const std::string binarize = used.has("binarize") ? used.text("binarize") : "none";
  data::RawData raw = data::load_named_set(used, seed);
  if (replace) own.raw();
  return std::make_shared<Dataset>(std::move(raw), binarize, seed, device, dtype_of(config));
}

Modules build_modules(const ConfigNode& config, const DataFacts& facts, at::Device device) {
  {
    const auto seed = static_cast<std::uint64_t>(config.integer("seed"));
    at::Generator generator = at::detail::getDefaultCPUGenerator();
    const std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_current_seed(derive_key(seed, Purpose::initialisation));
  }
  const DefaultType type(dtype_of(config));
  const ConfigNode inference = config.child("inference");
  if (inference.type() == "conjugate") {
    Modules out;
    out.conjugate = conjugate_model_factory().create(
        config.child("model"),
        ConjugateFacts{facts.event_shape, facts.num_examples, facts.num_responses, facts.words});
    out.conjugate->use_points(inference.texts("point_mass"), inference.boolean("flat_priors"));
    return out;
  }
  Modules out = model_factory().create(config.child("model"), config, facts);
  out.model->to(device, dtype_of(config));
  out.guide->to(device, dtype_of(config));
  return out;
}

Experiment build_experiment(const ConfigNode& config,
                            bool use_stand_in,
                            at::Device device,
                            const std::function<void(Modules&)>& initialise) {
  Experiment out;
  out.dataset = load_dataset(config, use_stand_in, device);
  check_support(config, *out.dataset);
  const DataFacts facts{out.dataset->event_shape(),
                        out.dataset->data_mean(),
                        [&](std::int64_t count) { return some_examples(*out.dataset, count); },
                        out.dataset->size("train"),
                        out.dataset->num_responses(),
                        words_of(*out.dataset)};
  out.modules = build_modules(config, facts, device);
  if (initialise) initialise(out.modules);
  out.inference =
      inference_factory().create(config.child("inference"), config, out.modules, *out.dataset);
  return out;
}

std::vector<ComponentInfo> experiment_components() {
  std::vector<ComponentInfo> out{
      experiment_section(),
      ComponentInfo::section(
          "guide",
          "The variational distribution q(z | x)",
          {Parameter::component("posterior", "posterior", "its family and encoder")
               .defaults({{"type", "diag_normal"}}),
           Parameter::components("flows", "flow", "layers that the posterior's draws go through")
               .defaults(Json::array())})};
  for (ComponentInfo info : data::data_components()) {
    info.kind = "data";
    out.push_back(info);
  }
  append(out, model_factory());
  append(out, conjugate_model_factory());
  append(out, component_likelihood_factory());
  append(out, mixture_weights_factory());
  append(out, basis_factory());
  append(out, noise_factory());
  append(out, weight_prior_factory());
  append(out, target_factory());
  append(out, network_factory());
  append(out, prior_factory());
  append(out, likelihood_factory());
  append(out, posterior_factory());
  append(out, flow_factory());
  append(out, inference_factory());
  append(out, objective_factory());
  append(out, estimator_factory());
  append(out, optimizer_factory());
  append(out, schedule_factory());
  append(out, distribution_factory());
  append(out, family_factory());
  return out;
}

void check_all_read(const ConfigNode& config) {
  std::string keys;
  for (const auto& key : config.unread()) keys += (keys.empty() ? "" : ", ") + key;
  if (!keys.empty()) throw std::logic_error("configuration keys that nothing reads: " + keys);
}

}  // namespace elbow
