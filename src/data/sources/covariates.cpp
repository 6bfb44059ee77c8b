#include "elbow/data/sources/covariates.h"

#include "elbow/foundations/core/error.h"
#include "numeric_table.h"

namespace elbow::data {

void standardize_covariates_by(Array& rows, const Covariates& covariates) {
  auto* values = rows.as<double>();
  for (std::int64_t i = 0; i < rows.count(); ++i) {
    const std::size_t column = static_cast<std::size_t>(i) % covariates.mean.size();
    values[i] = (values[i] - covariates.mean[column]) / covariates.deviation[column];
  }
}

void standardize_covariates(RawData& data, const std::string& file) {
  Covariates& covariates = data.covariates;
  const Array& train = data.splits.at("train").covariates;
  Moments moments = moments_of(train, covariates.size(), [&](std::int64_t column) {
    throw DataError("data.covariates: expected columns that vary over the " +
                        std::to_string(train.shape.front()) + " training rows of " + file +
                        ", found '" + covariates.name_of(static_cast<std::size_t>(column)) +
                        "' constant",
                    "remove it there: it tells the model nothing");
  });
  covariates.mean = std::move(moments.mean);
  covariates.deviation = std::move(moments.deviation);
  for (auto& entry : data.splits) standardize_covariates_by(entry.second.covariates, covariates);
}

NumericTable covariate_columns(const NumericTable& table,
                               const std::vector<std::int64_t>& columns,
                               const std::string& path,
                               const std::string& help) {
  NumericTable out = table;
  keep_columns(out, columns);
  refuse_non_finite(out, path, help);
  return out;
}

std::int64_t covariate_named(const Covariates& covariates, const std::string& name) {
  for (std::size_t i = 0; i < covariates.numbers.size(); ++i)
    if (covariates.name_of(i) == name || std::to_string(covariates.numbers[i]) == name)
      return static_cast<std::int64_t>(i);
  return -1;
}

}  // namespace elbow::data
