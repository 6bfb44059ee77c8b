#include "prior_conflict.h"

#include <ATen/TensorOperators.h>

#include "elbow/runs/evaluate/evaluation.h"
#include "short_number.h"

namespace elbow {
namespace {

constexpr std::int64_t kMostRows = 4096;
/// Prior standard deviations that no column lies off by chance.
constexpr double kFarFromPrior = 10;
/// Nats that the prior takes off the bound of an example: less is lost in the data.
constexpr double kCostOfPrior = 0.01;

/// Rows of numbers of some training examples, without what pads sequences. [M, D] float64
Tensor some_rows_of(const Dataset& dataset, std::uint64_t seed) {
  const auto rows = choose_rows(dataset.size("train"), kMostRows, seed);
  const Tensor x = dataset.batch("train", rows, /*epoch=*/0).x.to(at::kCPU, at::kDouble);
  const Tensor flat = x.reshape({-1, x.size(-1)});
  return flat.index_select(0, flat.isfinite().all(1).nonzero().squeeze(1));
}

std::string column_name(const Dataset& dataset, std::int64_t column) {
  const Json facts = dataset.facts();
  const Json names = facts.value("columns", Json::array());
  const auto i = static_cast<std::size_t>(column);
  return i < names.size() ? "of '" + names[i].get<std::string>() + "'"
                          : "of column " + std::to_string(column + 1);
}

}  // namespace

void judge_location_prior(const ConjugateModel& model,
                          const Dataset& dataset,
                          std::uint64_t seed,
                          std::vector<Finding>& out) {
  if (dataset.is_corpus()) return;
  const Tensor x = some_rows_of(dataset, seed);
  if (x.size(0) < 2) return;
  const Tensor middle = x.mean(0), spread = x.std(0, /*unbiased=*/false);
  const auto prior = model.location_prior(spread);
  if (!prior) return;
  // A column that does not vary has no scale to measure by.
  const Tensor distance =
      ((middle - prior->location).abs() / prior->scale).masked_fill(spread.eq(0), 0.0);
  const auto n = static_cast<double>(dataset.size("train"));
  const Tensor is_far =
      distance.gt(kFarFromPrior) & (distance.square() * (0.5 / n)).gt(kCostOfPrior);
  const std::int64_t count = is_far.sum().item<std::int64_t>();
  if (count == 0) return;
  const std::int64_t worst = distance.argmax().item<std::int64_t>();
  const std::string others =
      count > 1 ? " (and " + std::to_string(count - 1) + " more columns)" : "";
  out.push_back({"prior_conflict",
                 "the mean " + column_name(dataset, worst) + ", " +
                     short_number(middle[worst].item<double>()) + ", lies " +
                     short_number(distance[worst].item<double>()) +
                     " standard deviations of its prior away from " +
                     short_number(prior->location[worst].item<double>()) +
                     ", where the prior is centred" + others +
                     ": the prior works against the data and lowers the bound",
                 "standardise the columns (data.standardize=true), or " + prior->wider +
                     " for a wider prior"});
}

}  // namespace elbow
