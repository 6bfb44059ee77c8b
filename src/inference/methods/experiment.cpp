#include "elbow/inference/methods/experiment.h"

#include <ATen/TensorOperators.h>
#include <c10/core/DefaultDtype.h>
#include <c10/core/ScalarTypeToTypeMeta.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "data_checks.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/permutation.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/inference/estimators/gradient_estimator.h"
#include "elbow/inference/guides/guide_factory.h"
#include "elbow/inference/guides/latent_posterior_factory.h"
#include "elbow/inference/guides/relaxation.h"
#include "elbow/inference/methods/inference_factory.h"
#include "elbow/inference/objectives/objective.h"
#include "elbow/inference/optim/optimizer.h"
#include "elbow/inference/particles/stein_kernel.h"
#include "elbow/models/conjugate/basis.h"
#include "elbow/models/conjugate/component_likelihood.h"
#include "elbow/models/conjugate/conjugate_model_factory.h"
#include "elbow/models/conjugate/mixture_weights.h"
#include "elbow/models/conjugate/precision.h"
#include "elbow/models/generative/bayesian_network_regression.h"
#include "elbow/models/generative/latent_factory.h"
#include "elbow/models/generative/model_factory.h"
#include "elbow/models/generative/prior.h"
#include "elbow/neural/conditional/conditional_distribution.h"
#include "elbow/neural/conditional/family.h"
#include "elbow/neural/flows/conditional_transform.h"
#include "elbow/neural/nn/network.h"
#include "elbow/probability/distributions/distribution_factory.h"
#include "elbow/probability/distributions/random_source.h"
#include "elbow/probability/families/family_factory.h"
#include "elbow/probability/targets/target.h"

namespace elbow {

namespace {

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
       Parameter::choice("engine",
                         {"auto", "autograd", "graph"},
                         "how a step is executed: operator by operator, or captured once as a CUDA "
                         "graph and run again")
           .defaults("auto"),
       Parameter::component("data", "data", "the data set"),
       Parameter::component("model", "model", "p(x, z)").or_type("latent"),
       Parameter::component("guide", "guide", "the variational distribution q(z | x)")
           .or_type("joint")
           .defaults({{"type", "joint"}}),
       Parameter::component("inference", "inference", "the way to fit")
           .defaults({{"type", "gradient"}}),
       Parameter::component("objective", "objective", "the bound that is maximised")
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

/// The first examples of epoch 0's order, again from the start where there are too few.
Tensor some_examples(const Dataset& dataset, std::int64_t count) {
  const std::int64_t size = dataset.size("train");
  const Permutation order(/*seed=*/0, /*epoch=*/0, size);
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < count; ++i) rows.push_back(order(i % size));
  const Batch batch = dataset.batch("train", rows, /*epoch=*/0);
  const Tensor drawn = batch.x.cpu();
  const Tensor examples = dataset.is_corpus() ? drawn.to_dense() : drawn;
  // A gap in one row must not become every weight's.
  const Tensor is_known = batch.seen.defined() ? batch.seen.cpu() : examples.isfinite();
  const Tensor whole = is_known.reshape({examples.size(0), -1}).all(1).nonzero().squeeze(1);
  if (whole.size(0) == 0) return examples;
  return examples.index_select(0, whole.repeat({count / whole.size(0) + 1}).narrow(0, 0, count));
}

/// Smallest and largest value of the training data that is a number.
std::pair<double, double> range_of_data(const Dataset& dataset) {
  constexpr std::int64_t kRows = 4096;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (std::int64_t begin = 0; begin < dataset.size("train"); begin += kRows) {
    const auto rows = row_range(begin, std::min(dataset.size("train"), begin + kRows));
    const Batch batch = dataset.batch("train", rows, /*epoch=*/0);
    const Tensor x = batch.x.reshape({-1});
    const Tensor is_known = batch.seen.defined() ? batch.seen.reshape({-1}) : x.isfinite();
    const Tensor known = x.index_select(0, is_known.nonzero().squeeze(1));
    if (known.numel() == 0) continue;
    low = std::min(low, known.min().item<double>());
    high = std::max(high, known.max().item<double>());
  }
  return low <= high ? std::make_pair(low, high) : std::make_pair(0.0, 0.0);
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

Modules build_modules(const ConfigNode& config, const DataContext& data, at::Device device) {
  const auto seed = static_cast<std::uint64_t>(config.integer("seed"));
  const SeededDefaultGenerator seeded(derive_key(seed, Purpose::initialisation));
  const DefaultType type(dtype_of(config));
  DataContext known = data;
  const ConfigNode own = config.child("data");
  if (own.type() == "program" && own.has("path")) known.program_data = own.text("path");
  return inference_method(config)->build_modules(config, known, device);
}

Experiment build_experiment(const ConfigNode& config,
                            bool use_stand_in,
                            at::Device device,
                            const std::function<void(Modules&)>& initialise) {
  return build_experiment(config, load_dataset(config, use_stand_in, device), device, initialise);
}

Experiment build_experiment(const ConfigNode& config,
                            std::shared_ptr<Dataset> dataset,
                            at::Device device,
                            const std::function<void(Modules&)>& initialise) {
  Experiment out;
  out.dataset = std::move(dataset);
  check_support(config, *out.dataset);
  const DataContext data{out.dataset->event_shape(),
                         out.dataset->data_mean(),
                         [&](std::int64_t count) { return some_examples(*out.dataset, count); },
                         out.dataset->size("train"),
                         out.dataset->num_responses(),
                         static_cast<std::int64_t>(out.dataset->classes().size()),
                         out.dataset->num_covariates(),
                         words_of(*out.dataset),
                         [&] { return range_of_data(*out.dataset); },
                         out.dataset->has_gaps()};
  out.modules = build_modules(config, data, device);
  if (out.modules.model) check_conditions(out.modules.model->conditions(), *out.dataset);
  if (initialise) initialise(out.modules);
  out.inference = inference_method(config)->build(config, out.modules, *out.dataset);
  return out;
}

std::vector<ComponentInfo> experiment_components() {
  std::vector<ComponentInfo> out{experiment_section()};
  for (ComponentInfo info : data::data_components()) {
    info.kind = "data";
    out.push_back(info);
  }
  append(out, model_factory());
  append(out, guide_factory());
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
  append(out, latent_factory());
  append(out, latent_posterior_factory());
  append(out, relaxation_factory());
  append(out, flow_factory());
  append(out, inference_factory());
  append(out, stein_kernel_factory());
  out.push_back(Bandwidth::section());
  out.push_back(BayesianNetworkRegression::precision_section());
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
