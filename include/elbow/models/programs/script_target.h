#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "elbow/probability/targets/target.h"

namespace elbow {

/// A log density that PyTorch wrote as TorchScript. The module has
///
///     log_density(theta: Tensor) -> Tensor   # [B, D] -> [B], unconstrained, float64
///     dim: int                               # D, an attribute or a method without arguments
///     constrain(theta: Tensor) -> Tensor     # optional: [B, D] -> [B, Q], what people read
///     names: List[str]                       # optional: of the Q numbers; else theta[1], ...
///
/// It is evaluated in float64 on the CPU. A value of NaN or +infinity counts as a rejected point,
/// as does -infinity.
class ScriptTarget : public Target {
 public:
  /// Runs the file's code. Checks it first: one value for each point, the same one when asked
  /// again or beside other points, and gradients that agree with differences, at three points of
  /// U(-2, 2).
  /// @throws UsageError unless user code is allowed @throws DataError
  static std::shared_ptr<const ScriptTarget> from_file(const std::string& file);
  ~ScriptTarget() override;

  std::string name() const override { return "torchscript"; }
  std::int64_t size() const override { return size_; }
  std::optional<double> log_normaliser() const override { return std::nullopt; }
  std::vector<TargetQuantity> quantities() const override;
  Tensor quantities_at(const Tensor& z) const override;
  Rejections rejections() const override;

  const std::string& bytes() const { return bytes_; }

 protected:
  Tensor log_density_of(const Tensor& z) const override;

 private:
  struct Script;
  ScriptTarget(std::string file, std::string bytes);
  void read_facts();
  void name_quantities();
  void check() const;
  /// @param points [B, D] @return [B], whatever the script says
  Tensor values_at(const Tensor& points) const;
  Tensor call(const char* method, const Tensor& points) const;
  [[noreturn]] void refuse(const std::string& message, const std::string& help) const;

  std::string file_, bytes_;
  std::unique_ptr<Script> script_;
  std::int64_t size_ = 0;
  std::vector<std::string> names_;
  bool has_constrain_ = false;
  mutable std::mutex mutex_;
  mutable Rejections rejections_;
};

}  // namespace elbow
