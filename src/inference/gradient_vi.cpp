#include "elbow/inference/gradient_vi.h"

#include <ATen/TensorOperators.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <set>

#include "elbow/core/error.h"
#include "elbow/core/philox.h"

namespace elbow {

namespace {

Tensor scalar_like(const Tensor& values, double value) {
  return at::full({}, value, values.options().dtype(at::kFloat));
}

void accumulate(Tensor& total, const Tensor& part, double weight) {
  const Tensor weighted = part.detach() * weight;
  total = total.defined() ? total + weighted : weighted;
}

void append_prefixed(NamedTensors& out, const std::string& prefix, const NamedTensors& named) {
  for (const auto& [name, tensor] : named) out.emplace_back(prefix + name, tensor);
}

Json summary_of(const Tensor& tensor) {
  const Tensor flat = tensor.detach().to(at::kCPU, at::kDouble).flatten();
  const Tensor finite = flat.masked_select(flat.isfinite());
  Json out = {{"elements", flat.numel()}, {"non_finite", flat.numel() - finite.numel()}};
  if (finite.numel() > 0) {
    out["min"] = finite.min().item<double>();
    out["max"] = finite.max().item<double>();
  }
  return out;
}

}  // namespace

GradientVi::GradientVi(GenerativeModelPtr model,
                       GuidePtr guide,
                       ObjectivePtr objective,
                       GradientEstimatorPtr estimator,
                       const std::function<OptimizerPtr(const Tensor& values)>& make_optimizer,
                       Options options)
    : model_(std::move(model)),
      guide_(std::move(guide)),
      objective_(std::move(objective)),
      estimator_(std::move(estimator)),
      options_(std::move(options)),
      parameters_(named_parameters(*model_, *guide_)),
      optimizer_(make_optimizer(parameters_.values())),
      rate_(scalar_like(parameters_.values(), 0.0)),
      found_(scalar_like(parameters_.values(), 0.0)) {
  if (options_.ema_decay > 0) average_ = parameters_.values().clone();
}

void GradientVi::seed_step(const Clock& clock, std::size_t piece) {
  // Noise is a function of (seed, step, piece): a resumed run, an evaluation in between or a timing trial cannot shift it.
  const std::uint64_t key = derive_key(options_.seed + 0x9E3779B97F4A7C15u * static_cast<std::uint64_t>(seed_offset_),
                                       Purpose::training_noise,
                                       static_cast<std::uint64_t>(clock.step),
                                       piece);
  auto reseed = [key](at::Generator generator) {
    const std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_current_seed(key);
  };
  reseed(at::detail::getDefaultCPUGenerator());
  const at::Device device = parameters_.values().device();
  if (!device.is_cpu()) reseed(at::globalContext().defaultGenerator(device));
}

void GradientVi::set_training(bool is_training) {
  if (model_->is_training() != is_training) model_->train(is_training);
  if (guide_->is_training() != is_training) guide_->train(is_training);
}

StepReport GradientVi::step(const std::vector<Batch>& pieces, const Clock& clock) {
  set_training(true);
  parameters_.zero_gradients();
  objective_->advance(clock);
  // Running statistics move in the forward pass, before anybody knows whether the step is finite.
  NamedTensors buffers = named_buffers(*model_, *guide_);
  std::vector<Tensor> buffers_before;
  for (const auto& buffer : buffers) buffers_before.push_back(buffer.second.clone());
  double size = 0;
  for (const auto& piece : pieces) size += static_cast<double>(piece.x.size(0));
  Tensor elbo, reconstruction, kl, bound, loss, per_unit;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    seed_step(clock, i);
    GeneratorSource source;
    const double weight = static_cast<double>(pieces[i].x.size(0)) / size;
    const Trace guide_trace = guide_->propose(pieces[i].x, objective_->num_particles(), source);
    const Trace model_trace = model_->score(pieces[i].x, guide_trace);
    const Surrogate surrogate = estimator_->surrogate_loss(*objective_, model_trace, guide_trace);
    const Tensor weighted = pieces.size() == 1 ? surrogate.loss : surrogate.loss * weight;
    torch::autograd::backward({weighted}, {});
    accumulate(loss, surrogate.loss, weight);
    accumulate(elbo, surrogate.terms.elbo.mean(), weight);
    accumulate(reconstruction, surrogate.terms.reconstruction.mean(), weight);
    accumulate(kl, surrogate.terms.kl.mean(), weight);
    accumulate(bound, surrogate.terms.bound.mean(), weight);
    if (surrogate.terms.kl_per_unit.defined()) accumulate(per_unit, surrogate.terms.kl_per_unit, weight);
  }
  const at::NoGradGuard no_grad;
  check_finite(parameters_.gradients(), loss, found_);
  for (std::size_t i = 0; i < buffers.size(); ++i)
    buffers[i].second.copy_(at::where(found_ > 0, buffers_before[i], buffers[i].second));
  StepReport report;
  report.gradient_norm = clip_global_norm(parameters_.gradients(),
                                          options_.clip_norm > 0 ? options_.clip_norm : INFINITY);
  rate_.fill_(options_.learning_rate->value(clock) * rate_factor_);
  optimizer_->step(parameters_.values(), parameters_.gradients(), rate_, found_);
  if (average_.defined()) update_average(average_, parameters_.values(), options_.ema_decay, found_);
  report.means = {{"elbo", elbo}, {"reconstruction", reconstruction}, {"kl", kl}, {"objective", bound}};
  report.found_non_finite = found_;
  report.kl_per_unit = per_unit;
  return report;
}

EvaluationTerms GradientVi::evaluate(const Batch& batch, RandomSource& source) {
  const at::NoGradGuard no_grad;
  set_training(false);
  const Trace guide_trace = guide_->propose(batch.x, 1, source);
  const Trace model_trace = model_->score(batch.x, guide_trace);
  const BoundTerms terms = objective_->terms(model_trace, guide_trace);
  return {{"elbo", terms.elbo}, {"reconstruction", terms.reconstruction}, {"kl", terms.kl}};
}

std::vector<std::pair<std::string, double>> GradientVi::schedule_values(const Clock& clock) {
  objective_->advance(clock);
  auto values = objective_->schedule_values();
  values.insert(values.begin(), {"learning_rate", options_.learning_rate->value(clock) * rate_factor_});
  return values;
}

NamedTensors GradientVi::rng_state() const {
  NamedTensors out;
  auto add = [&out](const std::string& name, at::Generator generator) {
    const std::lock_guard<std::mutex> lock(generator.mutex());
    out.emplace_back(name, generator.get_state());
  };
  add("cpu", at::detail::getDefaultCPUGenerator());
  const at::Device device = parameters_.values().device();
  if (!device.is_cpu()) add("cuda", at::globalContext().defaultGenerator(device));
  return out;
}

InferenceState GradientVi::state() const {
  const at::NoGradGuard no_grad;
  auto copy = [](const Tensor& tensor) { return tensor.detach().to(at::kCPU).clone(at::MemoryFormat::Contiguous); };
  InferenceState out;
  for (const auto& [name, tensor] : parameters_.named()) out.model.emplace_back(name, copy(tensor));
  for (const auto& [name, tensor] : named_buffers(*model_, *guide_)) out.model.emplace_back(name, copy(tensor));
  if (average_.defined()) append_prefixed(out.model, "ema.", parameters_.split(average_.to(at::kCPU)));
  for (const auto& [name, tensor] : optimizer_->state()) {
    if (tensor.dim() == 1 && tensor.numel() == num_parameters())
      append_prefixed(out.optimizer, name + ".", parameters_.split(tensor.to(at::kCPU)));
    else
      out.optimizer.emplace_back(name, copy(tensor));
  }
  out.random = rng_state();
  return out;
}

namespace {

/// Takes the entries of `stored` whose name begins with `prefix`, without it.
NamedTensors take_prefixed(const NamedTensors& stored, const std::string& prefix, std::set<std::string>& used) {
  NamedTensors out;
  for (const auto& [name, tensor] : stored)
    if (name.compare(0, prefix.size(), prefix) == 0) {
      out.emplace_back(name.substr(prefix.size()), tensor);
      used.insert(name);
    }
  return out;
}

std::string shape_and_type(const Tensor& tensor) {
  std::string out = "[";
  for (std::int64_t i = 0; i < tensor.dim(); ++i) out += (i > 0 ? ", " : "") + std::to_string(tensor.size(i));
  return out + "] of " + std::to_string(8 * tensor.element_size()) + (tensor.is_floating_point() ? "-bit floats" : "-bit integers");
}

const Tensor& find_tensor(const NamedTensors& stored, const std::string& name, const Tensor& like, const std::string& source) {
  for (const auto& [stored_name, tensor] : stored)
    if (stored_name == name) {
      if (tensor.sizes() != like.sizes() || tensor.scalar_type() != like.scalar_type())
        throw DataError(source + ": tensor '" + name + "': expected " + shape_and_type(like) + " as in the model of the configuration, found " +
                            shape_and_type(tensor),
                        "the checkpoint belongs to another configuration");
      return tensor;
    }
  throw DataError(source + ": tensor '" + name + "' is missing", "the checkpoint belongs to another configuration");
}

void refuse_unused(const NamedTensors& stored, const std::set<std::string>& used, const std::string& source) {
  for (const auto& [name, tensor] : stored)
    if (used.count(name) == 0)
      throw DataError(source + ": unexpected tensor '" + name + "'", "the checkpoint belongs to another configuration");
}

}  // namespace

void GradientVi::load(const InferenceState& state, const std::string& source) {
  const at::NoGradGuard no_grad;
  std::set<std::string> used;
  // Every check comes first: a state that does not fit changes nothing.
  std::vector<std::pair<Tensor, Tensor>> copies;
  NamedTensors targets = parameters_.named();
  for (const auto& buffer : named_buffers(*model_, *guide_)) targets.push_back(buffer);
  for (const auto& [name, tensor] : targets) {
    copies.emplace_back(tensor, find_tensor(state.model, name, tensor, source));
    used.insert(name);
  }
  const NamedTensors average = take_prefixed(state.model, "ema.", used);
  refuse_unused(state.model, used, source);
  if (average_.defined()) parameters_.join(average, at::empty_like(average_), source);
  used.clear();
  std::vector<std::pair<Tensor, NamedTensors>> flat_copies;
  for (const auto& [name, tensor] : optimizer_->state()) {
    if (tensor.dim() == 1 && tensor.numel() == num_parameters()) {
      flat_copies.emplace_back(tensor, take_prefixed(state.optimizer, name + ".", used));
      parameters_.join(flat_copies.back().second, at::empty_like(tensor), source);
    } else {
      copies.emplace_back(tensor, find_tensor(state.optimizer, name, tensor, source));
      used.insert(name);
    }
  }
  refuse_unused(state.optimizer, used, source);
  for (auto& [to, from] : copies) to.copy_(from);
  for (auto& [to, named] : flat_copies) parameters_.join(named, to, source);
  if (average_.defined()) parameters_.join(average, average_, source);
  for (const auto& [name, tensor] : state.random) {
    const at::Device device = parameters_.values().device();
    // A checkpoint of another device has no state for this one; the noise is keyed by step, so nothing depends on it.
    if (name == "cuda" && device.is_cpu()) continue;
    at::Generator generator = name == "cpu" ? at::detail::getDefaultCPUGenerator() : at::globalContext().defaultGenerator(device);
    const std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(tensor);
  }
}

void GradientVi::set_retry(std::int64_t seed_offset, double rate_factor) {
  seed_offset_ = seed_offset;
  rate_factor_ = rate_factor;
}

Json GradientVi::explain_non_finite(const std::vector<Batch>& pieces) {
  const at::NoGradGuard no_grad;
  Json out = Json::object();
  GeneratorSource source;
  for (const auto& piece : pieces) {
    if (!piece.x.isfinite().all().item<bool>()) {
      out["first"] = "data";
      out["data"] = summary_of(piece.x);
      return out;
    }
  }
  for (const auto& [name, tensor] : parameters_.named())
    if (!tensor.isfinite().all().item<bool>()) {
      out["first"] = name;
      out["parameter"] = summary_of(tensor);
      return out;
    }
  for (const auto& piece : pieces) {
    const Trace guide_trace = guide_->propose(piece.x, objective_->num_particles(), source);
    const Trace model_trace = model_->score(piece.x, guide_trace);
    std::vector<std::pair<std::string, Tensor>> found;
    for (const auto& site : guide_trace.sites()) {
      for (const auto& [name, tensor] : site.dist().parameters()) found.emplace_back("guide." + site.name() + "." + name, tensor);
      found.emplace_back("guide." + site.name() + ".value", site.value());
    }
    for (const auto& site : model_trace.sites()) {
      for (const auto& [name, tensor] : site.dist().parameters()) found.emplace_back("model." + site.name() + "." + name, tensor);
      found.emplace_back("model." + site.name() + ".log_prob", site.log_prob());
    }
    const BoundTerms terms = objective_->terms(model_trace, guide_trace);
    found.insert(found.end(), {{"kl", terms.kl}, {"reconstruction", terms.reconstruction}, {"bound", terms.bound}});
    for (const auto& [name, tensor] : found) {
      out["terms"][name] = summary_of(tensor);
      if (!out.contains("first") && !tensor.isfinite().all().item<bool>()) out["first"] = name;
    }
    if (out.contains("first")) return out;
  }
  const Tensor bad = parameters_.gradients().isfinite().logical_not().nonzero();
  out["first"] = bad.numel() > 0 ? "gradient of " + parameters_.name_of(bad[0].item<std::int64_t>()) : std::string("bound");
  return out;
}

NamedTensors named_parameters(const GenerativeModel& model, const Guide& guide) {
  NamedTensors out;
  for (const auto& item : model.named_parameters()) out.emplace_back("model." + item.key(), item.value());
  for (const auto& item : guide.named_parameters()) out.emplace_back("guide." + item.key(), item.value());
  return out;
}

NamedTensors named_buffers(const GenerativeModel& model, const Guide& guide) {
  NamedTensors out;
  for (const auto& item : model.named_buffers()) out.emplace_back("model." + item.key(), item.value());
  for (const auto& item : guide.named_buffers()) out.emplace_back("guide." + item.key(), item.value());
  return out;
}

void load_weights(GenerativeModel& model, Guide& guide, const NamedTensors& stored, bool use_average, const std::string& source) {
  const at::NoGradGuard no_grad;
  std::vector<std::pair<Tensor, Tensor>> copies;
  const bool has_average = std::any_of(
      stored.begin(), stored.end(), [](const auto& item) { return item.first.compare(0, 4, "ema.") == 0; });
  if (use_average && !has_average)
    throw UsageError(source + ": no moving average of the weights was kept", "use --weights raw, or train with trainer.ema");
  for (const auto& [name, tensor] : named_parameters(model, guide))
    copies.emplace_back(tensor, find_tensor(stored, (use_average ? "ema." : "") + name, tensor, source));
  for (const auto& [name, tensor] : named_buffers(model, guide))
    copies.emplace_back(tensor, find_tensor(stored, name, tensor, source));
  for (auto& [to, from] : copies) to.copy_(from);
}

}  // namespace elbow
