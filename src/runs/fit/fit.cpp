#include "elbow/runs/fit/fit.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <utility>

#include "elbow/data/dataset/dataset.h"
#include "elbow/data/device/device.h"
#include "elbow/data/sources/value_rules.h"
#include "elbow/foundations/config/loader.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/permutation.h"
#include "elbow/inference/methods/experiment.h"
#include "elbow/inference/methods/inference_factory.h"
#include "elbow/inference/methods/value_checks.h"
#include "elbow/runs/evaluate/encoder.h"
#include "elbow/runs/evaluate/fitted_model.h"
#include "elbow/runs/evaluate/reconstructor.h"
#include "elbow/runs/evaluate/sampler.h"
#include "elbow/runs/train/trainer.h"
#include "fit_schema.h"
#include "tensor_data.h"

namespace elbow {

namespace {

bool allows_nan(const ConfigNode& data) {
  return data.has("allow_nan") && data.boolean("allow_nan");
}

std::shared_ptr<Dataset> make_dataset(const ConfigNode& config,
                                      const Tensor& examples,
                                      const std::string& split,
                                      at::Device device) {
  const ConfigNode data = config.child("data");
  return std::make_shared<Dataset>(raw_data_of(examples, split, allows_nan(data)),
                                   data.has("binarize") ? data.text("binarize") : "none",
                                   static_cast<std::uint64_t>(config.integer("seed")),
                                   device,
                                   dtype_of(config));
}

/// The part of TrainerOptions::from() that is not about run directories.
TrainerOptions read_options(const ConfigNode& config, std::int64_t num_train) {
  TrainerOptions out;
  out.seed = static_cast<std::uint64_t>(config.integer("seed"));
  const ConfigNode trainer = config.child("trainer"), inference = config.child("inference");
  if (trainer.has("epochs")) out.epochs = trainer.integer("epochs");
  if (trainer.has("steps")) out.steps = trainer.integer("steps");
  out.batch_size = trainer.integer("batch_size");
  if (inference.has("batch_size"))
    out.batch_size =
        inference.is_word("batch_size", "all") ? num_train : inference.integer("batch_size");
  out.accumulate = trainer.integer("accumulate");
  return out;
}

/// "[3, 8]"
std::string event_text(const Shape& shape) {
  std::string out;
  for (const std::int64_t size : shape) out += (out.empty() ? "" : ", ") + std::to_string(size);
  return "[" + out + "]";
}

[[noreturn]] void refuse(const std::string& what) {
  throw UsageError("this fit has " + what,
                   "choose a model and an inference that have it: elbow describe model");
}

/// Sums over the finite steps of an epoch, in double precision on the device: nothing waits for it.
class EpochSums {
 public:
  void add(const StepReport& report, std::int64_t count) {
    const Tensor is_finite = report.found_non_finite == 0;
    const Tensor weight = is_finite.to(at::kDouble) * static_cast<double>(count);
    examples_ = examples_.defined() ? examples_ + weight : weight;
    sums_.resize(report.means.size());
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      const Tensor mean = report.means[i].second.to(at::kDouble);
      const Tensor sum = at::where(is_finite, mean, at::zeros_like(mean)) * weight;
      sums_[i] = {report.means[i].first, sums_[i].second.defined() ? sums_[i].second + sum : sum};
    }
  }
  std::vector<std::pair<std::string, double>> means() const {
    std::vector<std::pair<std::string, double>> out;
    for (const auto& [name, sum] : sums_) out.emplace_back(name, (sum / examples_).item<double>());
    return out;
  }

 private:
  std::vector<std::pair<std::string, Tensor>> sums_;
  Tensor examples_;
};

/// The examples of the split "test", a few hundred at a time.
void each_batch(const Dataset& dataset, const std::function<void(const Batch&)>& use) {
  constexpr std::int64_t kBatch = 512;
  const std::int64_t size = dataset.size("test");
  const at::NoGradGuard no_grad;
  for (std::int64_t begin = 0; begin < size; begin += kBatch)
    use(dataset.batch("test", row_range(begin, std::min(size, begin + kBatch)), /*epoch=*/0));
}

}  // namespace

struct Fit::State {
  State(const std::string& yaml, const Tensor& examples);
  ConfigNode node() const { return ConfigNode(config.value); }
  /// What elbo() and the others are asked about, as the split "test".
  std::shared_ptr<Dataset> dataset_of(const Tensor& examples) const;
  bool is_finished() const;
  /// The next batch of the data order of Trainer, to `end`, in micro-batches.
  MicroBatches micro_batches(std::int64_t end) const;
  /// Steps through the rest of an epoch.
  void train_epoch(EpochSums& sums);
  /// Reads the flags of steps. @throws NumericalError when too many in a row were not finite
  void check_flags();
  /// The weights and the mode that an evaluation takes, while what it returns lives.
  std::shared_ptr<void> evaluated_weights();

  ResolvedConfig config;
  TrainerOptions options;  ///< of these seed, epochs or steps, batch_size and accumulate
  at::Device device = at::Device(at::kCPU);
  Experiment experiment;
  FittedModelPtr fitted;
  std::int64_t epoch = 1, position = 0, step = 0;
  std::vector<Tensor> flags;  ///< of the steps since they were last read
  NanPolicy nan_policy{NanPolicy::Kind::skip};
};

Fit::State::State(const std::string& yaml, const Tensor& examples)
    : config(load_config_text(yaml, "configuration", {}, fit_schema(tensor_data_row(examples)))) {
  const ConfigNode all = node();
  const std::string asked = all.text("device");
  device = choose_device(inference_method(all)->needs_cpu() ? "cpu" : asked).device;
  const auto dataset = make_dataset(all, examples, "train", device);
  experiment = build_experiment(all, dataset, device);
  options = read_options(all, dataset->size("train"));
  for (const char* key : {"name", "engine"}) all.touch(key);
  all.child("data").touch("type");
  check_all_read(all);
  fitted = fitted_model(all, experiment.modules);
}

bool Fit::State::is_finished() const {
  if (experiment.inference->has_converged()) return true;
  return options.steps ? step >= *options.steps : epoch > *options.epochs;
}

MicroBatches Fit::State::micro_batches(std::int64_t end) const {
  const std::int64_t size = experiment.dataset->size("train"), count = end - position;
  const Permutation order(options.seed, static_cast<std::uint64_t>(epoch), size);
  const std::int64_t part = (count + options.accumulate - 1) / options.accumulate;
  const bool is_in_order = count == size || experiment.dataset->are_alike();
  std::vector<std::vector<std::int64_t>> rows;
  for (std::int64_t begin = position; begin < end; begin += part) {
    const std::int64_t last = std::min(begin + part, end);
    rows.push_back(is_in_order ? row_range(begin, last) : order.range(begin, last));
  }
  return {std::move(rows), [this](const std::vector<std::int64_t>& some) {
            return experiment.dataset->batch("train", some, epoch);
          }};
}

void Fit::State::train_epoch(EpochSums& sums) {
  const std::int64_t size = experiment.dataset->size("train");
  while (position < size && !is_finished()) {
    const std::int64_t end = std::min(position + options.batch_size, size);
    const StepReport report =
        experiment.inference->step(micro_batches(end), options.clock_at(step, size));
    ++step;
    sums.add(report, end - position);
    position = end;
    flags.push_back(report.found_non_finite.clone());
    // Reading waits for a device.
    if (device.is_cpu()) check_flags();
  }
  check_flags();
}

void Fit::State::check_flags() {
  for (const Tensor& flag : std::exchange(flags, {}))
    if (nan_policy.observe(flag.item<double>() == 0) == NanPolicy::Action::give_up)
      throw NumericalError("bound or gradient was not finite in " +
                               std::to_string(nan_policy.skips_in_a_row()) +
                               " steps in a row, up to step " + std::to_string(step),
                           "lower optimizer.learning_rate, or standardise the examples");
}

std::shared_ptr<Dataset> Fit::State::dataset_of(const Tensor& examples) const {
  auto out = make_dataset(node(), examples, "test", device);
  const data::RawData& known = experiment.dataset->raw();
  if (out->event_shape() != known.event_shape)
    throw DataError("examples: expected each of shape " + event_text(known.event_shape) +
                        " as in training, got " + event_text(out->event_shape()),
                    "give [N, event...]");
  if (out->raw().scale != known.scale || out->raw().is_binary != known.is_binary)
    throw DataError("examples: expected bytes, truth values or numbers as in training",
                    "give a tensor of the same type");
  const ValueChecks checks = value_checks(node(), known.event_shape);
  data::check_values(out->raw(), checks.rules, checks.help);
  return out;
}

std::shared_ptr<void> Fit::State::evaluated_weights() {
  if (experiment.modules.model) experiment.modules.model->eval();
  if (experiment.modules.guide) experiment.modules.guide->eval();
  return experiment.inference->use_evaluated_weights();
}

Fit::Fit(const std::string& yaml, const Tensor& examples)
    : state_(std::make_unique<State>(yaml, examples)) {}
Fit::Fit(Fit&&) noexcept = default;
Fit& Fit::operator=(Fit&&) noexcept = default;
Fit::~Fit() = default;

const Modules& Fit::modules() const { return state_->experiment.modules; }
Inference& Fit::inference() { return *state_->experiment.inference; }
std::int64_t Fit::step() const { return state_->step; }

void Fit::train(const std::function<bool(const Progress&)>& each) {
  // Whoever calls may be evaluating something.
  const c10::InferenceMode ordinary(false);
  const at::AutoGradMode with_gradients(true);
  while (!state_->is_finished()) {
    EpochSums sums;
    state_->train_epoch(sums);
    const Progress progress{state_->epoch, state_->step, sums.means()};
    if (state_->position == state_->experiment.dataset->size("train")) {
      state_->position = 0;
      ++state_->epoch;
    }
    if (each && !each(progress)) return;
  }
}

Batch Fit::batch(const Tensor& examples) const {
  const auto dataset = state_->dataset_of(examples);
  return dataset->batch("test", row_range(0, dataset->size("test")), /*epoch=*/0);
}

double Fit::elbo(const Tensor& examples) {
  const auto weights = state_->evaluated_weights();
  const Json values =
      evaluate_split(inference(), *state_->dataset_of(examples), "test", state_->options.seed);
  if (!values.contains("elbo")) refuse("no ELBO");
  return values.at("elbo").get<double>();
}

std::vector<std::pair<std::string, Tensor>> Fit::encode(const Tensor& examples) {
  Encoder* encoder = state_->fitted->encoder();
  if (encoder == nullptr) refuse("no latents of its examples");
  const auto weights = state_->evaluated_weights();
  std::vector<std::vector<Tensor>> parts;
  std::vector<std::pair<std::string, Tensor>> out;
  each_batch(*state_->dataset_of(examples), [&](const Batch& some) {
    out = encoder->encode(some);
    parts.resize(out.size());
    for (std::size_t i = 0; i < out.size(); ++i) parts[i].push_back(out[i].second);
  });
  for (std::size_t i = 0; i < out.size(); ++i) out[i].second = at::cat(parts[i]);
  return out;
}

Tensor Fit::reconstruct(const Tensor& examples) {
  Reconstructor* reconstructor = state_->fitted->reconstructor();
  if (reconstructor == nullptr) refuse("nothing to reconstruct examples with");
  const auto weights = state_->evaluated_weights();
  std::vector<Tensor> parts;
  each_batch(*state_->dataset_of(examples),
             [&](const Batch& some) { parts.push_back(reconstructor->reconstruct(some)); });
  return at::cat(parts);
}

Tensor Fit::sample(std::int64_t n, std::uint64_t seed) {
  Sampler* sampler = state_->fitted->sampler();
  if (sampler == nullptr) refuse("nothing to sample from");
  if (n < 1) throw UsageError("sample: expected 1 draw or more, got " + std::to_string(n));
  const auto weights = state_->evaluated_weights();
  SampleOptions options;
  options.seed = seed;
  options.width = num_elements(state_->experiment.dataset->event_shape());
  return draw_samples(*sampler, n, options);
}

}  // namespace elbow
