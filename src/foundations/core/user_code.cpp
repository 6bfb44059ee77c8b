#include "elbow/foundations/core/user_code.h"

#include <atomic>
#include <filesystem>

namespace elbow {
namespace {
std::atomic<bool> is_allowed{false};
}  // namespace

bool is_user_code(const std::string& file) {
  return std::filesystem::path(file).extension() == ".pt";
}

void allow_user_code() { is_allowed = true; }
bool is_user_code_allowed() { return is_allowed; }

}  // namespace elbow
