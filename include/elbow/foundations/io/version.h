#pragma once

namespace elbow::io {

/// The version that manifests and `--version` name; a test holds it equal to the project's in
/// CMakeLists.txt.
inline constexpr char kElbowVersion[] = "0.1.0";

}  // namespace elbow::io
