#include "elbow/data/dataset/batch.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones_like.h>

#include <utility>

#include "resident.h"

namespace elbow {
namespace {

constexpr Tensor Batch::*kParts[] = {&Batch::x,
                                     &Batch::covariates,
                                     &Batch::y,
                                     &Batch::lengths,
                                     &Batch::labels,
                                     &Batch::library_size,
                                     &Batch::seen};

/// The same of every tensor that is there.
template <class Change>
Batch with_each_part(const Batch& batch, const Change& change) {
  Batch out;
  for (Tensor Batch::*part : kParts)
    if ((batch.*part).defined()) out.*part = change(batch.*part);
  return out;
}

}  // namespace

Batch Batch::clone() const {
  Batch out = with_each_part(*this, [](const Tensor& part) { return part.clone(); });
  out.indices = indices;
  return out;
}

bool Batch::has_shapes_of(const Batch& other) const {
  for (Tensor Batch::*part : kParts) {
    const Tensor &own = this->*part, &its = other.*part;
    if (own.defined() != its.defined() || (own.defined() && own.sizes() != its.sizes()))
      return false;
  }
  return true;
}

void Batch::overwrite_by(const Batch& other) {
  for (Tensor Batch::*part : kParts)
    if ((this->*part).defined()) (this->*part).copy_(other.*part);
  indices = other.indices;
}

Batch Batch::narrow(std::int64_t begin, std::int64_t count) const {
  Batch out =
      with_each_part(*this, [&](const Tensor& part) { return part.narrow(0, begin, count); });
  if (!indices.empty())
    out.indices.assign(indices.begin() + begin, indices.begin() + begin + count);
  return out;
}

Tensor encoder_input(const Batch& batch) {
  if (!batch.seen.defined()) return batch.x;
  return at::cat({batch.x, batch.seen.to(batch.x.scalar_type())}, /*dim=*/1);
}

Tensor encoder_input_without_gaps(const Tensor& x) {
  return at::cat({x, at::ones_like(x)}, /*dim=*/1);
}

Batch Batch::select(const std::vector<std::int64_t>& positions) const {
  const Tensor index = index_on(x.device(), positions);
  Batch out =
      with_each_part(*this, [&](const Tensor& part) { return part.index_select(0, index); });
  for (const std::int64_t i : positions)
    if (!indices.empty()) out.indices.push_back(indices[static_cast<std::size_t>(i)]);
  return out;
}

Batch batch_with_response(Tensor x, std::vector<std::int64_t> indices, std::int64_t num_responses) {
  Batch out{std::move(x), std::move(indices)};
  if (num_responses == 0) return out;
  const std::int64_t last = out.x.size(-1) - 1;
  out.covariates = out.x.narrow(-1, 0, last);
  out.y = out.x.select(-1, last);
  return out;
}

}  // namespace elbow
