#pragma once

#include "elbow/core/factory.h"
#include "elbow/families/exponential_family.h"

namespace elbow {

using FamilyFactory = Factory<ExponentialFamilyPtr>;

/// The exponential families that global factors of conjugate models are taken from.
FamilyFactory& family_factory();

}  // namespace elbow
