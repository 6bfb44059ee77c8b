#include "elbow/runs/fit/fit.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <mutex>

#include "elbow/data/device/device.h"
#include "elbow/data/sources/value_rules.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/permutation.h"
#include "elbow/inference/methods/inference_factory.h"
#include "elbow/inference/methods/value_checks.h"
#include "elbow/runs/evaluate/encoder.h"
#include "elbow/runs/evaluate/reconstructor.h"
#include "elbow/runs/evaluate/sampler.h"
#include "elbow/runs/train/trainer.h"
#include "fit_schema.h"
#include "tensor_data.h"

namespace elbow {

namespace {

/// While it lives LibTorch's default generator may be seeded; then it is as before.
class KeptGenerator {
 public:
  KeptGenerator() : generator_(at::detail::getDefaultCPUGenerator()), state_(state()) {}
  ~KeptGenerator() {
    const std::lock_guard<std::mutex> lock(generator_.mutex());
    generator_.set_state(state_);
  }
  KeptGenerator(const KeptGenerator&) = delete;
  KeptGenerator& operator=(const KeptGenerator&) = delete;

 private:
  Tensor state() {
    const std::lock_guard<std::mutex> lock(generator_.mutex());
    return generator_.get_state();
  }
  at::Generator generator_;
  Tensor state_;
};

bool allows_nan(const ConfigNode& data) { return data.has("allow_nan") && data.boolean("allow_nan"); }

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
    out.batch_size = inference.is_word("batch_size", "all") ? num_train
                                                            : inference.integer("batch_size");
  out.accumulate = trainer.integer("accumulate");
  return out;
}

[[noreturn]] void refuse(const std::string& what) {
  throw UsageError("this fit has " + what,
                   "choose a model and an inference that have it: elbow describe model");
}

}  // namespace

/// Sums over the steps of an epoch, in double precision on the device.
struct Fit::Epoch {
  std::vector<std::pair<std::string, Tensor>> sums;
  std::int64_t examples = 0;

  void add(const StepReport& report, std::int64_t count) {
    examples += count;
    sums.resize(report.means.size());
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const Tensor sum = report.means[i].second.to(at::kDouble) * static_cast<double>(count);
      sums[i] = {report.means[i].first, sums[i].second.defined() ? sums[i].second + sum : sum};
    }
  }
  std::vector<std::pair<std::string, double>> means() const {
    std::vector<std::pair<std::string, double>> out;
    for (const auto& [name, sum] : sums)
      out.emplace_back(name, sum.item<double>() / static_cast<double>(examples));
    return out;
  }
};

Fit::Fit(const std::string& yaml, const Tensor& examples)
    : config_(
          load_config_text(yaml, "configuration", {}, fit_schema(tensor_data_row(examples)))) {
  const KeptGenerator kept;
  const ConfigNode config = node();
  const std::string asked = config.text("device");
  device_ = choose_device(inference_method(config)->needs_cpu() ? "cpu" : asked).device;
  const auto dataset = make_dataset(config, examples, "train", device_);
  experiment_ = build_experiment(config, dataset, device_);
  options_ = read_options(config, dataset->size("train"));
  for (const char* key : {"name", "engine"}) config.touch(key);
  check_all_read(config);
  fitted_ = fitted_model(config, experiment_.modules);
}

bool Fit::is_finished() const {
  if (experiment_.inference->has_converged()) return true;
  return options_.steps ? step_ >= *options_.steps : epoch_ > *options_.epochs;
}

void Fit::train_epoch(Epoch& epoch) {
  const Dataset& data = *experiment_.dataset;
  const std::int64_t size = data.size("train");
  // The data order of Trainer.
  const Permutation order(options_.seed, static_cast<std::uint64_t>(epoch_), size);
  while (position_ < size && !is_finished()) {
    const std::int64_t end = std::min(position_ + options_.batch_size, size);
    const std::int64_t count = end - position_;
    const std::int64_t part = (count + options_.accumulate - 1) / options_.accumulate;
    std::vector<std::vector<std::int64_t>> rows;
    for (std::int64_t i = position_; i < end; ++i) {
      if ((i - position_) % part == 0) rows.emplace_back();
      rows.back().push_back(count == size ? i : order(i));
    }
    const MicroBatches micro_batches(std::move(rows), [&](const std::vector<std::int64_t>& some) {
      return data.batch("train", some, epoch_);
    });
    const StepReport report = experiment_.inference->step(micro_batches, options_.clock_at(step_, size));
    ++step_;
    position_ = end;
    const bool was_finite = report.found_non_finite.item<double>() == 0;
    if (was_finite) epoch.add(report, count);
    if (nan_policy_.observe(was_finite) == NanPolicy::Action::give_up)
      throw NumericalError(
          "bound or gradient was not finite in " + std::to_string(nan_policy_.skips_in_a_row()) +
              " steps in a row, the last of them step " + std::to_string(step_),
          "lower optimizer.learning_rate, or standardise the examples");
  }
}

void Fit::train(const std::function<bool(const Progress&)>& each) {
  while (!is_finished()) {
    Epoch epoch;
    train_epoch(epoch);
    const Progress progress{epoch_, step_, epoch.means()};
    if (position_ == experiment_.dataset->size("train")) {
      position_ = 0;
      ++epoch_;
    }
    if (each && !each(progress)) return;
  }
}

std::shared_ptr<Dataset> Fit::dataset_of(const Tensor& examples) const {
  const ConfigNode config = node();
  auto out = make_dataset(config, examples, "test", device_);
  const data::RawData& known = experiment_.dataset->raw();
  if (out->event_shape() != known.event_shape)
    throw DataError("examples: expected each of the shape of those that were trained on",
                    "give [N, event...]");
  if (out->raw().scale != known.scale || out->raw().is_binary != known.is_binary)
    throw DataError("examples: expected bytes, truth values or numbers as in training",
                    "give a tensor of the same type");
  const ValueChecks checks = value_checks(config);
  data::check_values(out->raw(), checks.rules, checks.help);
  return out;
}

Batch Fit::batch(const Tensor& examples) const {
  const auto dataset = dataset_of(examples);
  return dataset->batch("test", row_range(0, dataset->size("test")), /*epoch=*/0);
}

double Fit::elbo(const Tensor& examples) {
  const auto weights = experiment_.inference->use_evaluated_weights();
  const Json values =
      evaluate_split(*experiment_.inference, *dataset_of(examples), "test", options_.seed);
  if (!values.contains("elbo")) refuse("no ELBO");
  return values.at("elbo").get<double>();
}

namespace {

/// The examples of a split, a few hundred at a time.
void each_batch(const Dataset& dataset, const std::function<void(const Batch&)>& use) {
  constexpr std::int64_t kBatch = 512;
  const std::int64_t size = dataset.size("test");
  const at::NoGradGuard no_grad;
  for (std::int64_t begin = 0; begin < size; begin += kBatch)
    use(dataset.batch("test", row_range(begin, std::min(size, begin + kBatch)), /*epoch=*/0));
}

void use_for_evaluation(const Modules& modules) {
  if (modules.model) modules.model->eval();
  if (modules.guide) modules.guide->eval();
}

}  // namespace

std::vector<std::pair<std::string, Tensor>> Fit::encode(const Tensor& examples) {
  Encoder* encoder = fitted_->encoder();
  if (encoder == nullptr) refuse("no latents of its examples");
  const auto weights = experiment_.inference->use_evaluated_weights();
  use_for_evaluation(experiment_.modules);
  std::vector<std::vector<Tensor>> parts;
  std::vector<std::pair<std::string, Tensor>> out;
  each_batch(*dataset_of(examples), [&](const Batch& some) {
    out = encoder->encode(some);
    parts.resize(out.size());
    for (std::size_t i = 0; i < out.size(); ++i) parts[i].push_back(out[i].second);
  });
  for (std::size_t i = 0; i < out.size(); ++i) out[i].second = at::cat(parts[i]);
  return out;
}

Tensor Fit::reconstruct(const Tensor& examples) {
  Reconstructor* reconstructor = fitted_->reconstructor();
  if (reconstructor == nullptr) refuse("nothing to reconstruct examples with");
  const auto weights = experiment_.inference->use_evaluated_weights();
  use_for_evaluation(experiment_.modules);
  std::vector<Tensor> parts;
  each_batch(*dataset_of(examples),
             [&](const Batch& some) { parts.push_back(reconstructor->reconstruct(some)); });
  return at::cat(parts);
}

Tensor Fit::sample(std::int64_t n, std::uint64_t seed) {
  Sampler* sampler = fitted_->sampler();
  if (sampler == nullptr) refuse("nothing to sample from");
  const auto weights = experiment_.inference->use_evaluated_weights();
  use_for_evaluation(experiment_.modules);
  SampleOptions options;
  options.seed = seed;
  options.width = num_elements(experiment_.dataset->event_shape());
  return draw_samples(*sampler, n, options);
}

}  // namespace elbow
