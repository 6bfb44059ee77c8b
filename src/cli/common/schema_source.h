#pragma once

#include <string>

#include "elbow/foundations/config/schema.h"

namespace elbow::cli {

/// The text of a C++ file that defines elbow::kSchemaJson and elbow::kSchemaJsonSize, so that the
/// front end carries the schema without LibTorch. ASCII; literal pieces below 16 KB.
std::string schema_source(const Schema& schema);

}  // namespace elbow::cli
