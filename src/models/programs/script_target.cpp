#include "elbow/models/programs/script_target.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <sstream>

#include "elbow/data/sources/named_set.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/user_code.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/probability/distributions/random_source.h"

namespace elbow {

struct ScriptTarget::Script {
  torch::jit::Module module;
};

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t kLargestSize = 1'000'000;
const char* const kContract =
    "save torch.jit.script of a module with log_density(theta: Tensor[B, D]) -> Tensor[B] and an "
    "int `dim` (docs/programs.md, \"A density from PyTorch\")";

/// What the interpreter says, without the trace of its source.
std::string last_line(const std::string& message) {
  std::istringstream lines(message);
  std::string line, out;
  while (std::getline(lines, line)) {
    const auto begin = line.find_first_not_of(" \t");
    if (begin == std::string::npos || line.compare(begin, 14, "Exception rais") == 0) {
      if (!out.empty() && begin != std::string::npos) break;
      continue;
    }
    const bool is_pointer = line.find_first_not_of(" ~.<>-HERE", begin) == std::string::npos;
    if (!is_pointer) out = line.substr(begin);
  }
  constexpr std::size_t kMost = 300;
  return out.substr(0, kMost);
}

}  // namespace

ScriptTarget::~ScriptTarget() = default;

void ScriptTarget::refuse(const std::string& message, const std::string& help) const {
  throw DataError(file_ + ": " + message, help);
}

std::shared_ptr<const ScriptTarget> ScriptTarget::from_file(const std::string& file) {
  if (!is_user_code_allowed())
    throw UsageError(file + ": a TorchScript density is code, which can do whatever you can",
                     "read where it comes from, then add --allow-code");
  const std::string path = data::find_file(file);
  if (!io::is_file(path)) throw DataError(path + ": there is no such file", "check model.path");
  std::shared_ptr<ScriptTarget> out(new ScriptTarget(file, io::read_file(path)));
  out->read_facts();
  out->check();
  out->rejections_ = {};
  return out;
}

ScriptTarget::ScriptTarget(std::string file, std::string bytes)
    : file_(std::move(file)), bytes_(std::move(bytes)), script_(std::make_unique<Script>()) {
  std::istringstream in(bytes_);
  try {
    script_->module = torch::jit::load(in, at::Device(at::kCPU));
    script_->module.eval();
    const at::NoGradGuard no_grad;
    // As module.to(torch.float64) does in Python: indices and masks stay what they are.
    const auto widen = [](const at::Tensor& one) {
      one.set_requires_grad(false);
      if (at::isFloatingType(one.scalar_type())) one.set_data(one.to(at::kDouble));
    };
    for (const at::Tensor& one : script_->module.parameters()) widen(one);
    for (const at::Tensor& one : script_->module.buffers()) widen(one);
  } catch (const std::exception&) {
    refuse("this is no TorchScript archive", kContract);
  }
}

void ScriptTarget::read_facts() {
  const torch::jit::Module& module = script_->module;
  const auto fact = [&](const char* name) -> c10::IValue {
    if (module.hasattr(name)) return module.attr(name);
    if (const auto method = module.find_method(name)) return (*method)({});
    return {};
  };
  try {
    if (!module.find_method("log_density")) refuse("it has no method log_density", kContract);
    const c10::IValue size = fact("dim"), names = fact("names");
    if (!size.isInt()) refuse("it has no int `dim`", kContract);
    size_ = size.toInt();
    if (size_ < 1 || size_ > kLargestSize)
      refuse("dim is " + std::to_string(size_), "dim is the length of theta, from 1 to 1000000");
    has_constrain_ = module.find_method("constrain").has_value();
    if (names.isList())
      for (const c10::IValue& one : names.toListRef()) names_.push_back(one.toStringRef());
    name_quantities();
  } catch (const c10::Error& error) {
    refuse(last_line(error.what_without_backtrace()), kContract);
  }
}

void ScriptTarget::name_quantities() {
  std::int64_t count = size_;
  if (has_constrain_) {
    const at::NoGradGuard no_grad;
    constexpr std::int64_t kPoints = 3;
    const Tensor found = call("constrain", at::zeros({kPoints, size_}, at::kDouble));
    if (found.dim() != 2 || found.size(0) != kPoints || found.size(1) < 1)
      refuse("constrain does not return [B, Q] for theta [B, D]", kContract);
    count = found.size(1);
  }
  if (names_.empty())
    for (std::int64_t i = 1; i <= count; ++i)
      names_.push_back((has_constrain_ ? "q[" : "theta[") + std::to_string(i) + "]");
  if (static_cast<std::int64_t>(names_.size()) != count)
    refuse(std::to_string(names_.size()) + " names of " + std::to_string(count) + " numbers",
           has_constrain_ ? "name what constrain returns" : "name the elements of theta");
  const std::set<std::string> different(names_.begin(), names_.end());
  if (different.size() != names_.size() || different.count("") > 0)
    refuse("a name is there twice, or empty", "give each number a name of its own");
}

Tensor ScriptTarget::call(const char* method, const Tensor& points) const {
  try {
    // The optimiser would learn shapes from the first calls, so that a resumed run could round
    // differently.
    const torch::jit::GraphOptimizerEnabledGuard eager(false);
    const c10::IValue out = script_->module.get_method(method)({points.to(at::kCPU, at::kDouble)});
    if (out.isTensor()) return out.toTensor();
  } catch (const Error&) {
    throw;
  } catch (const c10::Error& error) {
    refuse(std::string(method) + " failed: " + last_line(error.what_without_backtrace()),
           "try it in Python on torch.zeros(3, dim, dtype=torch.float64)");
  } catch (const std::exception& error) {
    refuse(std::string(method) + " failed: " + last_line(error.what()),
           "try it in Python on torch.zeros(3, dim, dtype=torch.float64)");
  }
  refuse(std::string(method) + " returned no tensor", kContract);
}

Tensor ScriptTarget::values_at(const Tensor& points) const {
  const Tensor out = call("log_density", points);
  std::ostringstream shape;
  shape << out.sizes();
  if (out.dim() != 1 || out.size(0) != points.size(0))
    refuse(
        "log_density of " + std::to_string(points.size(0)) + " points has the shape " + shape.str(),
        "it has to be one number for each row of theta: sum over the last dimension alone");
  if (!at::isFloatingType(out.scalar_type()))
    refuse("log_density returns no floating-point numbers", kContract);
  return out.to(at::kDouble);
}

Tensor ScriptTarget::log_density_of(const Tensor& z) const {
  std::vector<std::int64_t> shape = z.sizes().vec();
  shape.pop_back();
  const Tensor found = values_at(z.reshape({-1, size_}));
  const Tensor holds = at::isfinite(found.detach());
  const std::int64_t rejected = found.numel() - holds.sum().item<std::int64_t>();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    rejections_.evaluated += found.numel();
    rejections_.rejected += rejected;
    if (rejected > 0 && rejections_.first_reason.empty()) {
      const double first =
          found.detach()[holds.logical_not().nonzero()[0].item<std::int64_t>()].item<double>();
      rejections_.first_reason = "log_density is " + std::string(std::isnan(first) ? "NaN"
                                                                 : first > 0       ? "infinity"
                                                                                   : "-infinity");
    }
  }
  const Tensor out =
      rejected == 0 ? found : at::where(holds, found, at::full_like(found, -kInfinity));
  return out.reshape(shape).to(z.options().requires_grad(false));
}

Rejections ScriptTarget::rejections() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return rejections_;
}

std::vector<TargetQuantity> ScriptTarget::quantities() const {
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  std::vector<TargetQuantity> out;
  for (const std::string& one : names_) out.push_back({one, kUnknown, kUnknown});
  return out;
}

Tensor ScriptTarget::quantities_at(const Tensor& z) const {
  if (!has_constrain_) return z;
  std::vector<std::int64_t> shape = z.sizes().vec();
  shape.back() = static_cast<std::int64_t>(names_.size());
  const at::NoGradGuard no_grad;
  const Tensor flat = z.reshape({-1, size_}), found = call("constrain", flat);
  if (found.dim() != 2 || found.size(0) != flat.size(0) || found.size(1) != shape.back())
    refuse("constrain does not return " + std::to_string(shape.back()) + " numbers for each point",
           "it has to be a tensor [B, Q] for theta [B, D], with as many names");
  return found.reshape(shape).to(z.options());
}

void ScriptTarget::check() const {
  constexpr std::int64_t kTried = 100, kChecked = 3, kDirections = 4;
  const auto generator = seeded_generator(at::kCPU, 1);
  const Tensor tried = at::rand({kTried, size_}, generator, at::TensorOptions(at::kDouble)) * 4 - 2;
  const Tensor values = values_at(tried).detach();
  const Tensor where = at::isfinite(values).nonzero().flatten();
  if (where.numel() < kChecked)
    refuse("at no three of 100 points between -2 and 2 log_density is finite",
           "theta is unconstrained: transform it first, and add the logarithm of the Jacobian");
  const Tensor rows = where.narrow(0, 0, kChecked), chosen = values.index_select(0, rows);
  Tensor points = tried.index_select(0, rows).clone().set_requires_grad(true);
  const Tensor again = values_at(points), gap = (again.detach() - chosen).abs();
  constexpr double kRounding = 1e-8;
  if ((gap > kRounding * chosen.abs().clamp_min(1)).any().item<bool>())
    refuse("log_density of a point depends on the other points, or is random",
           "each row of theta has a value of its own, the same each time");
  if (!again.requires_grad())
    refuse("no gradient flows through log_density", "leave out detach() and torch.no_grad()");
  const Tensor gradient = torch::autograd::grad({again.sum()}, {points}).front();
  const at::NoGradGuard no_grad;
  for (std::int64_t i = 0; i < kDirections; ++i) {
    Tensor direction = at::randn({kChecked, size_}, generator, at::TensorOptions(at::kDouble));
    direction = direction / direction.norm(2, {1}, /*keepdim=*/true);
    const Tensor slope = (gradient * direction).sum(1);
    Tensor least = at::full_like(slope, kInfinity);
    for (const double step : {1e-4, 1e-5, 1e-6}) {
      const Tensor ahead = values_at(points + step * direction),
                   behind = values_at(points - step * direction);
      least = at::minimum(least,
                          ((ahead - behind) / (2 * step) - slope)
                              .abs()
                              .nan_to_num(kInfinity, kInfinity, kInfinity));
    }
    constexpr double kWrong = 1e-3;
    const Tensor scale = at::maximum(gradient.norm(2, {1}), chosen.abs() * 1e-3).clamp_min(1);
    if ((least > kWrong * scale).any().item<bool>())
      refuse(
          "the gradient of log_density is not that of its values (differences in random "
          "directions at three points)",
          "a custom backward may be wrong, or part of the value is detached");
  }
}

}  // namespace elbow
