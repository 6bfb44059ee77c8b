#pragma once

namespace elbow {

/// I_x(a, b), the regularised incomplete beta function, for a, b > 0 and x in [0, 1], to 1e-13.
/// Press et al., "Numerical Recipes", 3rd edition, 2007, section 6.4.
double incomplete_beta(double a, double b, double x);
/// P(T <= x) of Student's t with `dof` > 0 degrees of freedom.
double student_t_cdf(double x, double dof);
/// The x with P(|T| <= x) = mass, for mass in (0, 1).
double student_t_half_width(double mass, double dof);
/// ln Gamma(a + 1/2) - ln Gamma(a), without the cancellation of two large numbers.
double log_gamma_half_step(double a);

}  // namespace elbow
