// AutogradGradient: what was not finite in a step, found by taking the step once more.
#include <ATen/TensorOperators.h>
#include <ATen/ops/isfinite.h>

#include "elbow/inference/methods/autograd_gradient.h"
#include "elbow/neural/nn/dropout.h"

namespace elbow {

namespace {

bool is_all_finite(const Tensor& tensor) { return tensor.isfinite().all().item<bool>(); }

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

/// Looks at terms in the order in which a step makes them, and keeps the name of the first that is
/// not finite.
class Findings {
 public:
  void look_at(const std::string& name, const Tensor& tensor) {
    if (!tensor.defined()) return;
    const bool is_first = !has_found() && !is_all_finite(tensor);
    // A term that comes again, e.g. of the other of two antithetic draws, is shown where it fails.
    if (is_first || !terms_.contains(name)) terms_[name] = summary_of(tensor);
    if (is_first) first_ = name;
  }
  void look_at(const std::string& who, const Trace& trace) {
    for (const Site& site : trace.sites()) {
      const std::string name = who + "." + site.name();
      for (const auto& [parameter, tensor] : site.dist().parameters())
        look_at(name + "." + parameter, tensor);
      if (who == "guide")
        look_at(name + ".value", site.value());
      else
        look_at(name + ".log_prob", site.log_prob());
    }
  }
  void look_at(const BoundTerms& terms) {
    look_at("kl", terms.kl);
    look_at("reconstruction", terms.reconstruction);
    look_at("bound", terms.bound);
  }
  bool has_found() const { return !first_.empty(); }
  Json json() const { return {{"first", first_}, {"terms", terms_}}; }

 private:
  std::string first_;
  Json terms_ = Json::object();
};

}  // namespace

Json AutogradGradient::explain_non_finite(const MicroBatches& micro_batches, const Clock& clock) {
  for (std::size_t i = 0; i < micro_batches.size(); ++i)
    if (const Tensor x = micro_batches[i].x; !is_all_finite(x))
      return {{"first", "data"}, {"data", summary_of(x)}};
  for (const auto& [name, tensor] : parameters_.named())
    if (!is_all_finite(tensor)) return {{"first", name}, {"parameter", summary_of(tensor)}};
  const double size = static_cast<double>(micro_batches.num_examples());
  Findings findings;
  const Proposals::Witness witness = [&findings](const char* who, const Trace& trace) {
    findings.look_at(who, trace);
  };
  for (std::size_t i = 0; i < micro_batches.size(); ++i) {
    const at::Generator noise = noise_of(clock, i);
    StepNoise source(noise);
    const GeneratedMasks masks(noise);
    const Batch batch = micro_batches[i];
    Proposals proposals(model_, guide_, batch, {source, num_examples_}, witness);
    const Surrogate surrogate = estimator_.estimate(objective_, proposals);
    findings.look_at(surrogate.terms);
    findings.look_at("loss", surrogate.loss);
    findings.look_at("loss of the guide", surrogate.guide_loss);
    if (findings.has_found()) return findings.json();
    back_propagate(surrogate, groups_, static_cast<double>(batch.size()) / size);
    const Tensor bad = parameters_.gradients().isfinite().logical_not().nonzero();
    if (bad.numel() > 0)
      return {{"first", "gradient of " + parameters_.name_of(bad[0].item<std::int64_t>())},
              {"terms", findings.json().at("terms")}};
  }
  // On a GPU later steps may have moved the weights before the flag of this one was read.
  return {{"terms", findings.json().at("terms")}};
}

}  // namespace elbow
