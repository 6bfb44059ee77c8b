#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace elbow {

/// One named tensor among numbers that stand side by side in a flat vector, row by row.
struct Block {
  std::string name;
  std::vector<std::int64_t> shape;
};
/// The blocks of a flat vector, in order and without gaps.
using Layout = std::vector<Block>;

}  // namespace elbow
