#include "regression_rows.h"

#include <ATen/TensorOperators.h>

#include <string>

#include "elbow/foundations/core/error.h"

namespace elbow {

std::int64_t count_inputs(const ConfigNode& node, const DataContext& data) {
  if (data.num_responses != 1)
    node.refuse(
        "regression needs one response column, the data have " + std::to_string(data.num_responses),
        "set data.response");
  return data.event_shape.at(0) - 1;
}

RegressionRows regression_rows(const Tensor& x, std::int64_t num_inputs) {
  const bool has_response = x.size(-1) == num_inputs + 1;
  if (!has_response && x.size(-1) != num_inputs)
    throw DataError("expected " + std::to_string(num_inputs) + " input columns, or these and the " +
                        "response, got " + std::to_string(x.size(-1)) + " columns",
                    "give the columns that the model was trained on, in the same order");
  if (!x.isfinite().all().item<bool>())
    throw DataError("a value of the data is not finite", "fill in or leave out what is missing");
  RegressionRows out;
  out.inputs = x.narrow(-1, 0, num_inputs);
  if (has_response) out.response = x.select(-1, num_inputs);
  return out;
}

void check_response(const Tensor& response) {
  if (!response.defined()) throw DataError("the response column is missing", "set data.response");
}

}  // namespace elbow
