#include "elbow/foundations/io/json_file.h"

#include "elbow/foundations/io/sys.h"
#include "strict_json.h"

namespace elbow::io {
namespace {

constexpr std::size_t kMaxJsonBytes = std::size_t{64} << 20;
constexpr std::size_t kMaxJsonDepth = 64;

}  // namespace

Json read_json(const std::string& path) {
  const std::string text = read_file(path, kMaxJsonBytes);
  return parse_strict_json(text, {path, /*first_byte=*/0, kMaxJsonDepth}).value;
}

void write_json(const std::string& path, const Json& value, bool durable) {
  const auto replace = Json::error_handler_t::replace;
  write_file(path, value.dump(2, ' ', /*ensure_ascii=*/false, replace) + "\n", durable);
}

}  // namespace elbow::io
