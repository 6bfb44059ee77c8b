#include "elbow/probability/transforms/composed.h"

#include <c10/util/Exception.h>

#include <algorithm>

#include "linear_algebra.h"

namespace elbow {

Composed::Composed(std::vector<TransformPtr> parts) : parts_(std::move(parts)) {
  for (std::size_t i = 1; i < parts_.size(); ++i)
    TORCH_CHECK(parts_[i - 1]->output_event_ndims() == parts_[i]->event_ndims(),
                "composed: ",
                parts_[i - 1]->name(),
                " returns events with ",
                parts_[i - 1]->output_event_ndims(),
                " dimension(s), but ",
                parts_[i]->name(),
                " after it takes events with ",
                parts_[i]->event_ndims());
}

std::pair<Tensor, Tensor> Composed::forward_and_log_det(const Tensor& x) const {
  if (parts_.empty()) return {x, no_log_det(x)};
  auto [value, total] = parts_.front()->forward_and_log_det(x);
  for (std::size_t i = 1; i < parts_.size(); ++i) {
    auto [next, log_det] = parts_[i]->forward_and_log_det(value);
    value = std::move(next);
    total = total + log_det;
  }
  return {value, total};
}

std::pair<Tensor, Tensor> Composed::inverse_and_log_det(const Tensor& y) const {
  if (parts_.empty()) return {y, no_log_det(y)};
  auto [value, total] = parts_.back()->inverse_and_log_det(y);
  for (std::size_t i = parts_.size() - 1; i-- > 0;) {
    auto [next, log_det] = parts_[i]->inverse_and_log_det(value);
    value = std::move(next);
    total = total + log_det;
  }
  return {value, total};
}

bool Composed::has_inverse() const {
  return std::all_of(
      parts_.begin(), parts_.end(), [](const TransformPtr& part) { return part->has_inverse(); });
}

std::int64_t Composed::event_ndims() const {
  return parts_.empty() ? 1 : parts_.front()->event_ndims();
}

std::int64_t Composed::output_event_ndims() const {
  return parts_.empty() ? 1 : parts_.back()->output_event_ndims();
}

Shape Composed::forward_shape(const Shape& x) const {
  Shape out = x;
  for (const TransformPtr& part : parts_) out = part->forward_shape(out);
  return out;
}

Shape Composed::inverse_shape(const Shape& y) const {
  Shape out = y;
  for (auto part = parts_.rbegin(); part != parts_.rend(); ++part)
    out = (*part)->inverse_shape(out);
  return out;
}

TransformPtr Composed::map_parameters(const ParameterMap& map) const {
  std::vector<TransformPtr> parts;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const std::string prefix = std::to_string(i) + ".";
    parts.push_back(parts_[i]->map_parameters(
        [&](const std::string& name, const Tensor& value) { return map(prefix + name, value); }));
  }
  return std::make_shared<Composed>(std::move(parts));
}

}  // namespace elbow
