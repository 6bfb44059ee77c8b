#pragma once

#include <cstdint>
#include <string>

#include "elbow/data/sources/named_set.h"

namespace elbow::data {

/// Standardises the covariates of every split by the population moments of the training rows, which
/// go to `data.covariates`.
/// @throws DataError naming a column that is constant over the training rows
void standardize_covariates(RawData& data, const std::string& file);

/// Standardises rows of covariates by the moments of training. @param rows [N, C] f64
void standardize_covariates_by(Array& rows, const Covariates& covariates);

/// The place of a covariate among them, by its name or number. -1: there is none.
std::int64_t covariate_named(const Covariates& covariates, const std::string& name);

}  // namespace elbow::data
