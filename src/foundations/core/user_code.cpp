#include "elbow/foundations/core/user_code.h"

#include <atomic>

namespace elbow {
namespace {
std::atomic<bool> is_allowed{false};
}  // namespace

void allow_user_code() { is_allowed = true; }
bool is_user_code_allowed() { return is_allowed; }

}  // namespace elbow
