#include "sylvester_orthogonal.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_qr.h>
#include <ATen/ops/randn.h>

#include "elbow/probability/transforms/sylvester.h"
#include "flow_keys.h"
#include "sylvester_parameters.h"

namespace elbow {
namespace {

std::vector<FlowParameter> orthogonal_start(const ConfigNode& node, std::int64_t size) {
  const std::int64_t num_vectors = node.integer("num_vectors");
  if (num_vectors > size)
    node.refuse("must be at most the number of latents (" + std::to_string(size) + "), got " +
                    std::to_string(num_vectors),
                "orthogonal directions are no more than dimensions",
                "num_vectors");
  auto out = sylvester_parameters(num_vectors);
  out.push_back({"basis", at::randn({size, num_vectors})});
  return out;
}

/// Zeros from an encoder mean the first coordinates: QR has no gradient at a zero matrix.
Tensor basis_of(const Tensor& raw) {
  return raw + at::eye(raw.size(-2), raw.size(-1), raw.options());
}

TransformPtr orthogonal_transform(const std::vector<Tensor>& tensors) {
  return std::make_shared<Sylvester>(
      SylvesterBasis::orthogonal, basis_of(tensors[3]), tensors[0], tensors[1], tensors[2]);
}

}  // namespace

ComponentInfo SylvesterOrthogonalFlow::info() {
  return sylvester_info("sylvester_orthogonal",
                        "planar layers along several orthogonal directions at once",
                        "section 4.1")
      .takes({Parameter::integer("num_vectors", "directions M, at most the number of latents")
                  .defaults(1)
                  .at_least(1)});
}

SylvesterOrthogonalFlow::SylvesterOrthogonalFlow(const ConfigNode& node,
                                                 const BuildContext& context)
    : ParameterFlow(is_amortized(node, context),
                    orthogonal_start(node, context.event_size()),
                    /*has_inverse=*/false,
                    orthogonal_transform),
      num_vectors_(node.integer("num_vectors")),
      size_(context.event_size()) {
  stack_by(kernels::StackedLayer::sylvester_basis, num_vectors_);
}

Tensor SylvesterOrthogonalFlow::kernel_parameters(const Tensor& flat) const {
  const std::int64_t basis_size = size_ * num_vectors_, rest = flat.size(-1) - basis_size;
  const Tensor raw = flat.narrow(-1, rest, basis_size).unflatten(-1, {size_, num_vectors_});
  const Tensor q = std::get<0>(at::linalg_qr(basis_of(raw), /*mode=*/"reduced"));
  return at::cat({flat.narrow(-1, 0, rest), q.flatten(-2)}, -1);
}

TransformPtr SylvesterOrthogonalFlow::kernel_transform(const Tensor& flat) const {
  const std::vector<Tensor> tensors = pieces_of(flat);
  return std::make_shared<Sylvester>(
      SylvesterBasis::given, tensors[3], tensors[0], tensors[1], tensors[2]);
}

}  // namespace elbow
