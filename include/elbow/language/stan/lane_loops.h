#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <vector>

#include "elbow/language/stan/syntax.h"

namespace elbow::stan {

/// A loop whose passes do not look at each other: all of them can be taken at once, each in a lane
/// of its own. Numbers that differ between lanes depend on the loop's variable, on what is declared
/// inside, or on the elements of outer variables that the loop itself assigns.
struct LaneScope {
  int variable = -1;                   ///< slot of the loop's variable
  std::set<int> locals;                ///< slots of what is declared inside
  std::map<int, std::size_t> written;  ///< slots of what is assigned by elements, and which of its
                                       ///< indices is the loop's variable
  bool varies(const Expr& expr) const;
};

/// A number that is the product of two vectors: x[n] * beta, dot_product(a, b).
bool is_product_of_vectors(const Expr& expr);

/// The variable and all of its indices: x[i][j] has those of x[i, j]. The variable is null for an
/// index of anything else.
struct IndexedVariable {
  const Expr* variable = nullptr;
  std::vector<const Index*> indices;
};
IndexedVariable indexed_variable(const Expr& expr);

/// Completes `lanes` of every loop of the program that allows it.
void find_lane_loops(Program& program);

}  // namespace elbow::stan
