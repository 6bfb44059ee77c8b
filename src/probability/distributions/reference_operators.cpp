#include "elbow/probability/distributions/reference_operators.h"

#include <atomic>

namespace elbow {

namespace {

std::atomic<int> num_living_references{0};

}  // namespace

ReferenceOperators::ReferenceOperators() { ++num_living_references; }
ReferenceOperators::~ReferenceOperators() { --num_living_references; }
bool ReferenceOperators::are_asked_for() { return num_living_references > 0; }

}  // namespace elbow
