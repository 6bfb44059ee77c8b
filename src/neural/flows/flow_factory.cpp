#include "actnorm.h"
#include "additive_coupling.h"
#include "affine.h"
#include "affine_coupling.h"
#include "autoregressive_spline.h"
#include "householder.h"
#include "iaf.h"
#include "lu_linear.h"
#include "maf.h"
#include "permutation.h"
#include "planar.h"
#include "radial.h"
#include "spline_coupling.h"
#include "sylvester_householder.h"
#include "sylvester_orthogonal.h"
#include "sylvester_triangular.h"

namespace elbow {
namespace {

using FlowFactory = Factory<ConditionalTransformPtr, const BuildContext&>;

/// Every flow can be repeated; FlowStack reads how often.
FlowFactory::Row with_count(FlowFactory::Row row) {
  row.info.parameters.push_back(
      Parameter::integer("count", "layers of this kind, each with parameters of its own")
          .defaults(1)
          .at_least(1)
          .at_most(10000));
  return row;
}

}  // namespace

Factory<ConditionalTransformPtr, const BuildContext&>& flow_factory() {
  static FlowFactory factory("flow",
                             {FlowFactory::row<PlanarFlow>(),
                              FlowFactory::row<RadialFlow>(),
                              FlowFactory::row<HouseholderFlow>(),
                              FlowFactory::row<SylvesterOrthogonalFlow>(),
                              FlowFactory::row<SylvesterHouseholderFlow>(),
                              FlowFactory::row<SylvesterTriangularFlow>(),
                              FlowFactory::row<ActNorm>(),
                              FlowFactory::row<AffineFlow>(),
                              FlowFactory::row<PermutationFlow>(),
                              FlowFactory::row<LuLinearFlow>(),
                              FlowFactory::row<AffineCouplingFlow>(),
                              FlowFactory::row<AdditiveCouplingFlow>(),
                              FlowFactory::row<SplineCouplingFlow>(),
                              FlowFactory::row<MaskedAutoregressiveFlow>(),
                              FlowFactory::row<InverseAutoregressiveFlow>(),
                              FlowFactory::row<AutoregressiveSplineFlow>()},
                             with_count);
  return factory;
}

}  // namespace elbow
