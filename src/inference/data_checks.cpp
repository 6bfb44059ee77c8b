#include "data_checks.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "elbow/core/error.h"
#include "elbow/observe/log.h"

namespace elbow {

void check_support(const ConfigNode& config, const Dataset& dataset) {
  if (config.child("model").type() != "latent") return;  // others look for themselves
  if (dataset.is_corpus())
    config.child("data").refuse("word counts have no likelihood in the model 'latent'",
                                "elbow list model shows the models",
                                "type");
  const ConfigNode likelihood = config.child("model").child("likelihood");
  const std::string name = likelihood.type();
  if (name == "bernoulli" && dataset.gives_grey())
    likelihood.refuse(
        "the data are grey levels, but the likelihood 'bernoulli' scores 0 and 1",
        "set binarize: dynamic for these data, or model.likelihood.type=continuous_bernoulli");
  if (dataset.raw().splits.at("train").images.element == data::Element::u8 || name == "normal")
    return;
  for (const auto& [split, raw] : dataset.raw().splits) {
    const std::vector<float> values = data::to_float(raw.images);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool fits = name == "bernoulli" ? values[i] == 0.0f || values[i] == 1.0f
                                            : values[i] >= 0.0f && values[i] <= 1.0f;
      if (!fits)
        throw DataError((raw.file.empty() ? "data." + config.child("data").type() : raw.file) +
                            ": value " + std::to_string(values[i]) + " in the " + split +
                            " split, but the likelihood '" + name + "' expects " +
                            (name == "bernoulli" ? "0 or 1" : "[0, 1]"),
                        "set model.likelihood.type=normal");
    }
  }
}

void warn_far_from_zero(const Dataset& dataset) {
  constexpr std::int64_t kRows = 4096;
  constexpr double kMost = 1e5;  // leaves six digits of a variance
  if (dataset.is_corpus() || dataset.size("train") == 0) return;
  const std::int64_t width = dataset.event_shape().back();
  const Tensor centre = dataset.data_mean().reshape({-1, width}).nanmean(0);
  Tensor squares = at::zeros({width}, at::kDouble), count = at::zeros({width}, at::kDouble);
  for (std::int64_t begin = 0; begin < dataset.size("train"); begin += kRows) {
    const auto rows = row_range(begin, std::min(dataset.size("train"), begin + kRows));
    const Tensor x = dataset.batch("train", rows, /*epoch=*/0).reshape({-1, width});
    squares += (x - centre).square().nansum(0);
    count += x.isfinite().to(at::kDouble).sum(0);
  }
  const Tensor distance = centre.abs() / (squares / count).sqrt();
  for (std::int64_t d = 0; d < width; ++d) {
    const double found = distance[d].item<double>();
    if (!(found > kMost) || std::isinf(found)) continue;
    log::warning("data: column " + std::to_string(d) + " lies " +
                 std::to_string(static_cast<long long>(found)) +
                 " standard deviations from 0, so that sums of squares keep few digits of its "
                 "variance; set data.standardize: true, or subtract a constant");
    return;
  }
}

}  // namespace elbow
