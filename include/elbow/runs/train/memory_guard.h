#pragma once

#include <cstddef>

namespace elbow {

/// From here on a tensor that does not fit into what memory is left is refused, wherever its size
/// comes from. Linux promises more memory than there is and kills whoever uses it, so that without
/// this nobody would say which size was too large. Call once, before other threads begin.
void guard_memory();

/// @throws UsageError naming both sizes when so many bytes at once are more than is left
void check_tensor_size(std::size_t bytes);

}  // namespace elbow
