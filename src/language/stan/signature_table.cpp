// The functions that a program may call. Stan Functions Reference 2.36.
#include "signature_table.h"

namespace elbow::stan {

const char* const kUnary =
    "abs acos acosh asin asinh atan atanh cbrt ceil cos cosh digamma erf erfc exp exp2 expm1 fabs "
    "floor inv inv_cloglog inv_logit inv_Phi inv_sqrt inv_square lgamma log log10 log1m log1m_exp "
    "log1m_inv_logit log1p log1p_exp log2 log_inv_logit logit Phi Phi_approx round "
    "sin sinh sqrt square step tan tanh tgamma trigamma trunc";

const char* const kBinary =
    "atan2 beta binomial_coefficient_log choose falling_factorial fdim fmax fmin fmod hypot lbeta "
    "lchoose lmultiply log_diff_exp log_falling_factorial log_rising_factorial multiply_log pow "
    "rising_factorial operator^ operator.^";

const char* const kLogical =
    "operator== operator!= operator< operator<= operator> operator>= operator&& operator||";

const char* const kVarying =
    "rep_array append_array to_array_1d size num_elements dims reverse head tail segment sort_asc "
    "sort_desc to_vector to_row_vector to_matrix is_nan is_inf fma";

const TableRow kListed[] = {
    // Operators
    {"operator+ operator-",
     "int(int,int) real(real,real) vector(vector,vector) row_vector(row_vector,row_vector) "
     "matrix(matrix,matrix) vector(vector,real) vector(real,vector) row_vector(row_vector,real) "
     "row_vector(real,row_vector) matrix(matrix,real) matrix(real,matrix) int(int) real(real) "
     "vector(vector) row_vector(row_vector) matrix(matrix)"},
    {"operator*",
     "int(int,int) real(real,real) vector(vector,real) vector(real,vector) "
     "row_vector(row_vector,real) row_vector(real,row_vector) matrix(matrix,real) "
     "matrix(real,matrix) real(row_vector,vector) matrix(vector,row_vector) vector(matrix,vector) "
     "row_vector(row_vector,matrix) matrix(matrix,matrix)"},
    {"operator/",
     "int(int,int) real(real,real) vector(vector,real) row_vector(row_vector,real) "
     "matrix(matrix,real) row_vector(row_vector,matrix) matrix(matrix,matrix)"},
    {"operator\\", "vector(matrix,vector) matrix(matrix,matrix)"},
    {"operator.*",
     "real(real,real) vector(vector,vector) row_vector(row_vector,row_vector) "
     "matrix(matrix,matrix)"},
    {"operator./",
     "real(real,real) vector(vector,vector) row_vector(row_vector,row_vector) "
     "matrix(matrix,matrix) "
     "vector(vector,real) vector(real,vector) row_vector(row_vector,real) "
     "row_vector(real,row_vector) matrix(matrix,real) matrix(real,matrix)"},
    {"operator% operator%/%", "int(int,int)"},
    {"operator!", "int(int) int(real)"},
    {"operator' transpose", "row_vector(vector) vector(row_vector) matrix(matrix)"},
    // Numbers
    {"pi e sqrt2 log2_ log10_ not_a_number positive_infinity negative_infinity machine_precision",
     "real()"},
    {"int_step", "int(real)"},
    {"log_mix", "real(real,real,real) real(vector,vector) real(vector,row_vector)"},
    {"log_sum_exp",
     "real(real,real) real(vector) real(row_vector) real(matrix) real(array[] real)"},
    {"inc_beta", "real(real,real,real)"},
    {"gamma_p gamma_q", "real(real,real)"},
    // Sums
    {"sum", "int(array[] int) real(array[] real) real(vector) real(row_vector) real(matrix)"},
    {"prod", "int(array[] int) real(array[] real) real(vector) real(row_vector) real(matrix)"},
    {"mean sd variance", "real(array[] real) real(vector) real(row_vector) real(matrix)"},
    {"min max",
     "int(int,int) int(array[] int) real(array[] real) real(vector) real(row_vector) real(matrix)"},
    {"norm1 norm2", "real(vector) real(row_vector) real(array[] real)"},
    {"dot_self", "real(vector) real(row_vector)"},
    {"dot_product",
     "real(vector,vector) real(vector,row_vector) real(row_vector,vector) "
     "real(row_vector,row_vector) real(array[] real,array[] real)"},
    {"distance squared_distance",
     "real(vector,vector) real(vector,row_vector) real(row_vector,vector) "
     "real(row_vector,row_vector)"},
    {"columns_dot_self", "row_vector(matrix)"},
    {"rows_dot_self", "vector(matrix)"},
    {"columns_dot_product", "row_vector(matrix,matrix)"},
    {"rows_dot_product", "vector(matrix,matrix)"},
    {"cumulative_sum",
     "array[] int(array[] int) array[] real(array[] real) vector(vector) row_vector(row_vector)"},
    {"softmax log_softmax", "vector(vector)"},
    {"quantile", "real(vector,real) real(row_vector,real) real(array[] real,real)"},
    {"rank", "int(array[] int,int) int(array[] real,int) int(vector,int) int(row_vector,int)"},
    // Making and cutting
    {"rep_vector", "vector(real,int)"},
    {"rep_row_vector", "row_vector(real,int)"},
    {"rep_matrix", "matrix(real,int,int) matrix(vector,int) matrix(row_vector,int)"},
    {"zeros_vector ones_vector", "vector(int)"},
    {"zeros_row_vector ones_row_vector", "row_vector(int)"},
    {"zeros_array ones_array", "array[] real(int)"},
    {"zeros_int_array ones_int_array", "array[] int(int)"},
    {"linspaced_vector", "vector(int,real,real)"},
    {"linspaced_row_vector", "row_vector(int,real,real)"},
    {"linspaced_array", "array[] real(int,real,real)"},
    {"linspaced_int_array", "array[] int(int,int,int)"},
    {"one_hot_vector", "vector(int,int)"},
    {"identity_matrix", "matrix(int)"},
    {"diag_matrix", "matrix(vector)"},
    {"add_diag", "matrix(matrix,real) matrix(matrix,vector) matrix(matrix,row_vector)"},
    {"diagonal", "vector(matrix)"},
    {"diag_pre_multiply", "matrix(vector,matrix) matrix(row_vector,matrix)"},
    {"diag_post_multiply", "matrix(matrix,vector) matrix(matrix,row_vector)"},
    {"rows cols", "int(vector) int(row_vector) int(matrix)"},
    {"row", "row_vector(matrix,int)"},
    {"col", "vector(matrix,int)"},
    {"block", "matrix(matrix,int,int,int,int)"},
    {"sub_row", "row_vector(matrix,int,int,int)"},
    {"sub_col", "vector(matrix,int,int,int)"},
    {"append_row",
     "vector(vector,vector) vector(real,vector) vector(vector,real) matrix(matrix,matrix) "
     "matrix(matrix,row_vector) matrix(row_vector,matrix) matrix(row_vector,row_vector)"},
    {"append_col",
     "row_vector(row_vector,row_vector) row_vector(real,row_vector) row_vector(row_vector,real) "
     "matrix(matrix,matrix) matrix(matrix,vector) matrix(vector,matrix) matrix(vector,vector)"},
    {"sort_indices_asc sort_indices_desc",
     "array[] int(array[] int) array[] int(array[] real) array[] int(vector) "
     "array[] int(row_vector)"},
    // Linear algebra
    {"cholesky_decompose inverse inverse_spd matrix_exp symmetrize_from_lower_tri",
     "matrix(matrix)"},
    {"determinant log_determinant log_determinant_spd trace", "real(matrix)"},
    {"eigenvalues_sym singular_values", "vector(matrix)"},
    {"eigenvectors_sym", "matrix(matrix)"},
    {"crossprod tcrossprod multiply_lower_tri_self_transpose", "matrix(matrix)"},
    {"quad_form", "real(matrix,vector) matrix(matrix,matrix)"},
    {"quad_form_sym", "real(matrix,vector) matrix(matrix,matrix)"},
    {"quad_form_diag", "matrix(matrix,vector) matrix(matrix,row_vector)"},
    {"trace_quad_form", "real(matrix,matrix) real(matrix,vector)"},
    {"mdivide_left mdivide_left_spd mdivide_left_tri_low",
     "vector(matrix,vector) matrix(matrix,matrix)"},
    {"mdivide_right mdivide_right_spd mdivide_right_tri_low",
     "row_vector(row_vector,matrix) matrix(matrix,matrix)"},
    {"gp_exp_quad_cov",
     "matrix(array[] real,real,real) matrix(array[] vector,real,real) "
     "matrix(array[] real,array[] real,real,real) matrix(array[] vector,array[] vector,real,real)"},
    // Densities of more than one number
    {"categorical_lpmf categorical_logit_lpmf", "real(ints,vector)"},
    {"multinomial_lpmf multinomial_logit_lpmf", "real(array[] int,vector)"},
    {"dirichlet_lpdf", "real(vector,vector)"},
    {"multi_normal_lpdf multi_normal_prec_lpdf multi_normal_cholesky_lpdf",
     "real(vectors,vectors,matrix)"},
    {"multi_student_t_lpdf", "real(vectors,real,vectors,matrix)"},
    {"lkj_corr_lpdf lkj_corr_cholesky_lpdf", "real(matrix,real)"},
    {"wishart_lpdf inv_wishart_lpdf", "real(matrix,real,matrix)"},
    {"ordered_logistic_lpmf ordered_probit_lpmf", "real(ints,reals,vector)"},
    {"bernoulli_logit_glm_lpmf",
     "real(array[] int,matrix,real,vector) real(array[] int,matrix,vector,vector)"},
    {"poisson_log_glm_lpmf",
     "real(array[] int,matrix,real,vector) real(array[] int,matrix,vector,vector)"},
    {"neg_binomial_2_log_glm_lpmf",
     "real(array[] int,matrix,real,vector,real) real(array[] int,matrix,vector,vector,real)"},
    {"normal_id_glm_lpdf",
     "real(vector,matrix,real,vector,real) real(vector,matrix,vector,vector,real) "
     "real(vector,matrix,real,vector,vector) real(vector,matrix,vector,vector,vector)"},
    // Draws of more than one number
    {"categorical_rng categorical_logit_rng", "int(vector)"},
    {"multinomial_rng", "array[] int(vector,int)"},
    {"dirichlet_rng", "vector(vector)"},
    {"multi_normal_rng multi_normal_prec_rng multi_normal_cholesky_rng", "vector(vector,matrix)"},
    {"ordered_logistic_rng", "int(real,vector)"},
};
const int kNumListed = sizeof kListed / sizeof kListed[0];

const char* const kContinuous[] = {
    "normal reals reals",
    "std_normal",
    "student_t reals reals reals",
    "cauchy reals reals",
    "double_exponential reals reals",
    "logistic reals reals",
    "gumbel reals reals",
    "lognormal reals reals",
    "chi_square reals",
    "inv_chi_square reals",
    "scaled_inv_chi_square reals reals",
    "exponential reals",
    "gamma reals reals",
    "inv_gamma reals reals",
    "weibull reals reals",
    "frechet reals reals",
    "rayleigh reals",
    "loglogistic reals reals",
    "pareto reals reals",
    "pareto_type_2 reals reals reals",
    "beta reals reals",
    "beta_proportion reals reals",
    "von_mises! reals reals",
    "uniform reals reals",
    "exp_mod_normal reals reals reals",
    "skew_normal! reals reals reals",
    "skew_double_exponential reals reals reals",
};
const int kNumContinuous = sizeof kContinuous / sizeof kContinuous[0];

const char* const kDiscrete[] = {
    "bernoulli reals",
    "bernoulli_logit! reals",
    "binomial ints reals",
    "binomial_logit! ints reals",
    "beta_binomial ints reals reals",
    "poisson reals",
    "poisson_log! reals",
    "neg_binomial reals reals",
    "neg_binomial_2 reals reals",
    "neg_binomial_2_log! reals reals",
    "hypergeometric! ints ints ints",
    "discrete_range ints ints",
};
const int kNumDiscrete = sizeof kDiscrete / sizeof kDiscrete[0];

}  // namespace elbow::stan
