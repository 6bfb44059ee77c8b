#pragma once

#include "elbow/flows/conditional_transform.h"

namespace elbow {

using FlowRow = Factory<ConditionalTransformPtr, const FlowShapes&>::Row;

/// One row of the factory per layer; each stands beside what builds it.
FlowRow planar_row();
FlowRow radial_row();
FlowRow householder_row();
FlowRow sylvester_orthogonal_row();
FlowRow sylvester_householder_row();
FlowRow sylvester_triangular_row();
FlowRow actnorm_row();
FlowRow affine_row();
FlowRow permutation_row();
FlowRow lu_linear_row();
FlowRow affine_coupling_row();
FlowRow additive_coupling_row();
FlowRow spline_coupling_row();
FlowRow maf_row();
FlowRow iaf_row();
FlowRow autoregressive_spline_row();

Json flow_properties(bool has_inverse, bool amortizable);

/// The key `amortized`: parameters from the encoder instead of learned ones.
Parameter amortized_parameter();
/// Its value. @throws ConfigError when there is no encoder
bool is_amortized(const ConfigNode& node, const FlowShapes& shapes);

/// The keys of a spline, and the bijector they ask for.
std::vector<Parameter> spline_parameters();
struct ElementBijector spline_from(const ConfigNode& node);

/// The key `max_log_scale` of affine couplings and autoregressive flows.
Parameter max_log_scale_parameter();

/// `first` and then `second`.
std::vector<Parameter> joined(std::vector<Parameter> first, const std::vector<Parameter>& second);

}  // namespace elbow
