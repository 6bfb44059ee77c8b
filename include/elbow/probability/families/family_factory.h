#pragma once

#include "elbow/foundations/core/factory.h"
#include "elbow/probability/families/exponential_family.h"

namespace elbow {

using FamilyFactory = Factory<ExponentialFamilyPtr>;

/// The exponential families that global factors of conjugate models are taken from.
FamilyFactory& family_factory();

}  // namespace elbow
