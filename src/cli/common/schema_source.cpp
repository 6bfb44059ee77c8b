#include "cli/common/schema_source.h"

namespace elbow::cli {
namespace {

constexpr std::size_t kPieceSize = 12000;

/// A delimiter whose closing sequence does not occur in the text.
std::string free_delimiter(const std::string& text) {
  std::string delimiter = "json";
  while (text.find(")" + delimiter + "\"") != std::string::npos) delimiter += "_";
  return delimiter;
}

}  // namespace

std::string schema_source(const Schema& schema) {
  const std::string json = schema.to_json().dump(-1, ' ', /*ensure_ascii=*/true);
  const std::string delimiter = free_delimiter(json);
  std::string out =
      "// Written by `trainer --write-schema-source`.\n"
      "namespace elbow {\n"
      "extern const char kSchemaJson[];\n"
      "extern const unsigned long kSchemaJsonSize;\n"
      "const char kSchemaJson[] =\n";
  for (std::size_t at = 0; at < json.size(); at += kPieceSize) {
    out += "R\"" + delimiter + "(" + json.substr(at, kPieceSize) + ")" + delimiter + "\"\n";
  }
  return out + ";\nconst unsigned long kSchemaJsonSize = " + std::to_string(json.size()) +
         ";\n}  // namespace elbow\n";
}

}  // namespace elbow::cli
