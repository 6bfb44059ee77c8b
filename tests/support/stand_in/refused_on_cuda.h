#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

namespace elbow::stand_in {

/// When a call of an operator is refused.
enum class RefusedWhen {
  always,
  floating_point,  ///< the first operand is of floating point or complex
  weights,         ///< weights are given
  reduced,         ///< the reduction is a mean or a sum, not none
  product,         ///< the reduction is "prod" or "multiply"
  maximum          ///< the mode is the maximum
};

/// The ATen operators for which LibTorch 2.11.0 raises "does not have a deterministic
/// implementation" on CUDA tensors after `setDeterministicAlgorithms(true, /*warn_only=*/false)`.
/// A name stands for all its overloads, out= forms too, but where an overload is named.
///
/// Read from the calls of `Context::alertNotDeterministic` in the wheel's libtorch_cuda.so and
/// libtorch_cpu.so, and from the documentation of `torch.use_deterministic_algorithms`. Not here:
/// gather's, index_select's and indexing's gradients, scatter, scatter_add, index_add, index_copy
/// and index_put have a deterministic form that the mode chooses.
inline const std::map<std::string, RefusedWhen>& refused_operators() {
  static const std::map<std::string, RefusedWhen> operators{
      // The documentation lists it; the kernel of 2.11.0 does not raise, and those of earlier
      // versions do.
      {"aten::cumsum", RefusedWhen::floating_point},
      {"aten::cumsum_", RefusedWhen::floating_point},
      {"aten::histc", RefusedWhen::floating_point},
      {"aten::bincount", RefusedWhen::weights},
      // The medians that also say where they lie; of a whole tensor there is one that does not.
      {"aten::median.dim", RefusedWhen::always},
      {"aten::median.dim_values", RefusedWhen::always},
      {"aten::nanmedian.dim", RefusedWhen::always},
      {"aten::nanmedian.dim_values", RefusedWhen::always},
      {"aten::put", RefusedWhen::always},
      {"aten::put_", RefusedWhen::always},
      {"aten::index_reduce", RefusedWhen::always},
      {"aten::index_reduce_", RefusedWhen::always},
      {"aten::scatter_reduce", RefusedWhen::product},
      {"aten::scatter_reduce_", RefusedWhen::product},
      {"aten::scatter.reduce", RefusedWhen::product},
      {"aten::scatter_.reduce", RefusedWhen::product},
      {"aten::nll_loss2d_forward", RefusedWhen::reduced},
      {"aten::_ctc_loss_backward", RefusedWhen::always},
      {"aten::_embedding_bag_dense_backward", RefusedWhen::maximum},
      {"aten::max_unpool2d", RefusedWhen::always},
      {"aten::max_unpool3d", RefusedWhen::always},
      {"aten::avg_pool3d_backward", RefusedWhen::always},
      {"aten::max_pool3d_with_indices_backward", RefusedWhen::always},
      {"aten::fractional_max_pool2d_backward", RefusedWhen::always},
      {"aten::fractional_max_pool3d_backward", RefusedWhen::always},
      {"aten::_adaptive_avg_pool2d_backward", RefusedWhen::always},
      {"aten::_adaptive_avg_pool3d_backward", RefusedWhen::always},
      {"aten::adaptive_avg_pool3d_backward", RefusedWhen::always},
      {"aten::adaptive_max_pool2d_backward", RefusedWhen::always},
      {"aten::grid_sampler_2d_backward", RefusedWhen::always},
      {"aten::grid_sampler_3d_backward", RefusedWhen::always},
      {"aten::reflection_pad1d_backward", RefusedWhen::always},
      {"aten::reflection_pad3d_backward", RefusedWhen::always},
      // Python's padding has a deterministic form; the kernels, which C++ calls, have none.
      {"aten::replication_pad1d_backward", RefusedWhen::always},
      {"aten::replication_pad2d_backward", RefusedWhen::always},
      {"aten::replication_pad3d_backward", RefusedWhen::always},
      {"aten::upsample_linear1d_backward", RefusedWhen::always},
      {"aten::upsample_bilinear2d_backward", RefusedWhen::always},
      {"aten::upsample_bicubic2d_backward", RefusedWhen::always},
      {"aten::upsample_trilinear3d_backward", RefusedWhen::always},
      {"aten::_upsample_bilinear2d_aa_backward", RefusedWhen::always},
      {"aten::_upsample_bicubic2d_aa_backward", RefusedWhen::always},
  };
  return operators;
}

/// When this operator is refused; nothing for one that never is.
/// @param name, overload as the dispatcher has them: "aten::median", "dim"
inline std::optional<RefusedWhen> refusal_of(const std::string& name, const std::string& overload) {
  const auto& operators = refused_operators();
  for (const auto& key : {name, name + "." + overload})
    if (const auto found = operators.find(key); found != operators.end()) return found->second;
  return std::nullopt;
}

/// The names alone, as `refused_operators` writes them.
inline const std::set<std::string>& refused_in_deterministic_mode() {
  static const std::set<std::string> names = [] {
    std::set<std::string> out;
    for (const auto& [name, when] : refused_operators()) out.insert(name);
    return out;
  }();
  return names;
}

}  // namespace elbow::stand_in
