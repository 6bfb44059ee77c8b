#!/usr/bin/env python3
"""Values of expressions of programs, by NumPy and SciPy.

Command:  python3 scripts/oracle/program_expressions.py > tests/golden/program_expressions.json
Needs SciPy and NumPy. {"EXPRESSION": value}; in an expression x is the parameter 0.3 and v the vector (0.5, -1, 2), so that
every function is evaluated on values that depend on parameters.
"""

import json
import math

import numpy as np
from scipy import linalg, special, stats

x, v = 0.3, np.array([0.5, -1.0, 2.0])
S = np.array([[2.0, 0.3, -0.2], [0.3, 1.0, 0.1], [-0.2, 0.1, 0.5]])
S_TEXT = "[[2, x, -0.2], [x, 1, 0.1], [-0.2, 0.1, 0.5]]"
L_TEXT = f"cholesky_decompose({S_TEXT})"
R = np.array([[1.0, 0.3, -0.2], [0.3, 1.0, 0.1], [-0.2, 0.1, 1.0]])
R_TEXT = "[[1, x, -0.2], [x, 1, 0.1], [-0.2, 0.1, 1]]"
P = np.array([0.3, 0.5, 0.2])
X = np.array([[1.0, 2.0, 0.5], [0.3, -1.0, 1.5]])
X_TEXT = "[[1, 2, 0.5], [x, -1, 1.5]]"


def log_lkj(r, eta):
    """Lewandowski, Kurowicka, Joe, 2009, theorem 5: the constant as a product of betas."""
    d = len(r)
    constant = sum(
        (2 * eta - 2 + d - k) * (d - k) * math.log(2) + (d - k) * special.betaln(eta + (d - k - 1) / 2, eta + (d - k - 1) / 2)
        for k in range(1, d)
    )
    return (eta - 1) * np.linalg.slogdet(r)[1] - constant


def log_lkj_cholesky(r, eta):
    factor, d = np.linalg.cholesky(r), len(r)
    return log_lkj(r, eta) + sum((d - i - 1) * math.log(factor[i, i]) for i in range(1, d))


def ordered(k, eta, cuts, cdf):
    edges = [0.0] + [cdf(c - eta) for c in cuts] + [1.0]
    return math.log(edges[k] - edges[k - 1])


def multi_student_t(y, nu, mu, s):
    return stats.multivariate_t(mu, s, df=nu).logpdf(y)


def gp(points, alpha, rho):
    squares = np.subtract.outer(points, points) ** 2
    return alpha**2 * np.exp(-0.5 * squares / rho**2)


expit, logit, lse = special.expit, special.logit, special.logsumexp
CASES = {
    # numbers
    "log_sum_exp(v)": lse(v),
    "log_sum_exp(x, 2)": lse([x, 2]),
    "log_diff_exp(2, x)": 2 + math.log(-math.expm1(x - 2)),
    "log_mix(x, 1, -2)": math.log(x * math.e + (1 - x) * math.exp(-2)),
    "log_mix([x, 0.5, 0.2]', v)": lse(np.log(P) + v),
    "log1m_exp(-x)": math.log(1 - math.exp(-x)),
    "log1p_exp(x)": math.log1p(math.exp(x)),
    "log1m_inv_logit(x)": math.log(1 - expit(x)),
    "lchoose(7, 2 + x)": -special.betaln(7 - 2.3 + 1, 2.3 + 1) - math.log(8),
    "lbeta(x, 2)": special.betaln(x, 2),
    "lmultiply(2, x)": 2 * math.log(x),
    "log_falling_factorial(5 + x, 3)": math.log(5.3 * 4.3 * 3.3),
    "log_rising_factorial(x, 3)": math.log(0.3 * 1.3 * 2.3),
    "inv_cloglog(x)": 1 - math.exp(-math.exp(x)),
    "Phi(x)": stats.norm.cdf(x),
    "inv_Phi(x)": stats.norm.ppf(x),
    "Phi_approx(x)": expit(0.07056 * x**3 + 1.5976 * x),
    "cbrt(-x)": -np.cbrt(x),
    "fmod(5, x + 1)": math.fmod(5, 1.3),
    "fdim(x, 0.1)": 0.2,
    "hypot(x, 0.4)": 0.5,
    "inc_beta(2, 3, x)": special.betainc(2, 3, x),
    "gamma_p(2, x)": special.gammainc(2, x),
    "gamma_q(2, x)": special.gammaincc(2, x),
    "digamma(x) + trigamma(x)": special.digamma(x) + special.polygamma(1, x),
    "erf(x) + erfc(x)": 1.0,
    "round(-2.5 - x)": -3.0,
    "step(x) + int_step(x)": 2.0,
    "fma(x, 2, 1)": 1.6,
    # sums
    "mean(v)": v.mean(),
    "sd(v)": v.std(ddof=1),
    "variance(v)": v.var(ddof=1),
    "min(v) + 2 * max(v)": 3.0,
    "prod(v)": -1.0,
    "norm1(v)": 3.5,
    "norm2(v)": math.sqrt(5.25),
    "distance(v, [0, x, 1]')": np.linalg.norm(v - [0, x, 1]),
    "squared_distance(v, [0, x, 1]')": ((v - [0, x, 1]) ** 2).sum(),
    "dot_product(v, [1, x, 2]')": v @ [1, x, 2],
    "cumulative_sum(v)[2]": -0.5,
    "softmax(v)[3]": special.softmax(v)[2],
    "log_softmax(v)[1]": special.log_softmax(v)[0],
    "quantile(v, 0.3)": np.quantile(v, 0.3),
    "rows_dot_product([[1, 2], [3, 4]], [[x, 1], [1, x]])[2]": 3 + 4 * x,
    "columns_dot_product([[1, 2], [3, 4]], [[x, 1], [1, x]])[2]": 2 + 4 * x,
    "columns_dot_self([[x, 2], [3, 4]])[1]": 9.09,
    "rows_dot_self([[x, 2], [3, 4]])[1]": 4.09,
    # making, cutting, joining
    "rep_matrix(v, 2)[2, 1]": -1.0,
    "rep_matrix(v', 2)[2, 1]": 0.5,
    "sum(rep_array(x, 2, 3)[2])": 0.9,
    "sum(append_row(v, x))": 1.8,
    "append_col(v, v)[2, 2]": -1.0,
    "append_row([[1, 2]], [[x, 4]])[2, 1]": x,
    "sum(append_array({x, 1}, {2, x}))": 3.6,
    "to_matrix(v, 1, 3)[1, 3]": 2.0,
    "to_matrix({1, 2, x, 4}, 2, 2)[1, 2]": x,
    "to_vector([[1, x], [2, 3]])[3]": x,
    "sum(to_array_1d([[1, x], [2, 3]])[3:])": 3.3,
    "head(v, 2)[2] + tail(v, 1)[1] + sum(segment(v, 2, 2))": 2.0,
    "reverse(v)[1]": 2.0,
    "sort_asc(v)[1] + 10 * sort_desc(v)[1]": 19.0,
    "sort_indices_asc(v)[1]": 2,
    "rank(v, 1)": 1,
    "block([[1, 2, 3], [4, x, 6], [7, 8, 9]], 2, 2, 2, 1)[1, 1]": x,
    "sub_row([[1, 2, 3], [4, x, 6]], 2, 2, 2)[1]": x,
    "sub_col([[1, 2], [4, x], [7, 8]], 2, 2, 2)[1]": x,
    "linspaced_vector(5, x, 1.1)[3]": 0.7,
    "one_hot_vector(3, 2)[2] + zeros_vector(2)[1] + ones_row_vector(2)[2]": 2.0,
    "sum(diag_matrix(v))": 1.5,
    "sum(add_diag([[1, x], [x, 1]], 2))": 6.6,
    "sum(diagonal([[x, 1], [2, 3]]))": 3.3,
    "diag_pre_multiply(v, [[1, 2], [3, 4], [5, 6]])[2, 2]": -4.0,
    "diag_post_multiply([[1, 2, 3], [3, 4, 5]], v)[2, 3]": 10.0,
    "size(v) + rows(v) * 10 + cols(v) * 100 + num_elements([[1, 2], [3, 4]]) * 1000": 4133,
    "dims([[1, 2, x], [3, 4, 5]])[2]": 3,
    # linear algebra
    f"{L_TEXT}[2, 1]": np.linalg.cholesky(S)[1, 0],
    f"log_determinant({S_TEXT})": np.linalg.slogdet(S)[1],
    f"determinant({S_TEXT})": np.linalg.det(S),
    f"trace({S_TEXT})": 3.5,
    f"sum(inverse({S_TEXT}))": np.linalg.inv(S).sum(),
    f"sum(mdivide_left({S_TEXT}, v))": np.linalg.solve(S, v).sum(),
    f"sum(mdivide_right(v', {S_TEXT}))": np.linalg.solve(S.T, v).sum(),
    f"sum(mdivide_left_tri_low({L_TEXT}, v))": np.linalg.solve(np.linalg.cholesky(S), v).sum(),
    f"sum(mdivide_right_tri_low(v', {L_TEXT}))": np.linalg.solve(np.linalg.cholesky(S).T, v).sum(),
    f"sum(v' / {S_TEXT})": np.linalg.solve(S.T, v).sum(),
    f"quad_form({S_TEXT}, v)": v @ S @ v,
    f"trace_quad_form({S_TEXT}, [[1, 2], [3, x], [0, 1]])": np.trace(
        np.array([[1, 2], [3, x], [0, 1]]).T @ S @ np.array([[1, 2], [3, x], [0, 1]])
    ),
    f"quad_form_diag({S_TEXT}, v)[1, 3]": 0.5 * -0.2 * 2,
    f"eigenvalues_sym({S_TEXT})[1]": np.linalg.eigvalsh(S)[0],
    f"singular_values({X_TEXT})[1]": np.linalg.svd(X)[1][0],
    f"sum(matrix_exp({S_TEXT}))": linalg.expm(S).sum(),
    f"crossprod({X_TEXT})[1, 2]": (X.T @ X)[0, 1],
    f"tcrossprod({X_TEXT})[1, 2]": (X @ X.T)[0, 1],
    f"multiply_lower_tri_self_transpose({L_TEXT})[1, 2]": S[0, 1],
    "gp_exp_quad_cov({0, x, 2}, 1.5, 0.7)[1, 2]": gp(np.array([0, x, 2]), 1.5, 0.7)[0, 1],
    "gp_exp_quad_cov({0, 1}, {x, 2}, 1.5, 0.7)[2, 1]": 1.5**2 * math.exp(-0.5 * 0.49 / 0.49),
    "gp_exp_quad_cov({v, 2 * v}, 1.5, 2)[1, 2]": 1.5**2 * math.exp(-0.5 * 5.25 / 4),
    # densities of more than one number
    f"multi_normal_lpdf(v | [0, x, 1]', {S_TEXT})": stats.multivariate_normal([0, x, 1], S).logpdf(v),
    f"multi_normal_cholesky_lpdf(v | [0, x, 1]', {L_TEXT})": stats.multivariate_normal([0, x, 1], S).logpdf(v),
    f"multi_normal_prec_lpdf(v | [0, x, 1]', {S_TEXT})": stats.multivariate_normal([0, x, 1], np.linalg.inv(S)).logpdf(v),
    f"multi_normal_lpdf({{v, 2 * v}} | [0, x, 1]', {S_TEXT})": stats.multivariate_normal([0, x, 1], S).logpdf([v, 2 * v]).sum(),
    f"multi_student_t_lpdf(v | 4 + x, [0, x, 1]', {S_TEXT})": multi_student_t(v, 4.3, [0, x, 1], S),
    f"wishart_lpdf({S_TEXT} | 5 + x, {R_TEXT})": stats.wishart(5.3, R).logpdf(S),
    f"inv_wishart_lpdf({S_TEXT} | 5 + x, {R_TEXT})": stats.invwishart(5.3, R).logpdf(S),
    f"lkj_corr_lpdf({R_TEXT} | 2)": log_lkj(R, 2),
    f"lkj_corr_lpdf({R_TEXT} | 0.5 + x)": log_lkj(R, 0.8),
    f"lkj_corr_cholesky_lpdf(cholesky_decompose({R_TEXT}) | 0.5 + x)": log_lkj_cholesky(R, 0.8),
    "dirichlet_lpdf([x, 0.5, 0.2]' | [1.5, x, 4]')": stats.dirichlet([1.5, x, 4]).logpdf(P),
    "multinomial_lpmf({2, 0, 3} | [x, 0.5, 0.2]')": stats.multinomial(5, P).logpmf([2, 0, 3]),
    "multinomial_logit_lpmf({2, 0, 3} | v)": stats.multinomial(5, special.softmax(v)).logpmf([2, 0, 3]),
    "categorical_lpmf({1, 3, 3} | [x, 0.5, 0.2]')": np.log(P)[[0, 2, 2]].sum(),
    "categorical_logit_lpmf(2 | v)": special.log_softmax(v)[1],
    "ordered_logistic_lpmf(2 | x, [-1, 0.5, 2]')": ordered(2, x, [-1, 0.5, 2], expit),
    "ordered_logistic_lpmf({1, 4, 3} | v, [-1, 0.5, 2]')": sum(
        ordered(k, eta, [-1, 0.5, 2], expit) for k, eta in zip([1, 4, 3], v)
    ),
    "ordered_probit_lpmf({1, 4, 3} | v, [-1, 0.5, 2]')": sum(
        ordered(k, eta, [-1, 0.5, 2], stats.norm.cdf) for k, eta in zip([1, 4, 3], v)
    ),
    f"bernoulli_logit_glm_lpmf({{1, 0}} | {X_TEXT}, x, v)": stats.bernoulli(expit(x + X @ v)).logpmf([1, 0]).sum(),
    f"poisson_log_glm_lpmf({{1, 3}} | {X_TEXT}, [x, 1]', v)": stats.poisson(np.exp([x, 1] + X @ v)).logpmf([1, 3]).sum(),
    f"neg_binomial_2_log_glm_lpmf({{1, 3}} | {X_TEXT}, x, v, 2)": stats.nbinom(
        2, 2 / (2 + np.exp(x + X @ v))
    ).logpmf([1, 3]).sum(),
    f"normal_id_glm_lpdf([1, 2]' | {X_TEXT}, x, v, 0.7)": stats.norm(x + X @ v, 0.7).logpdf([1, 2]).sum(),
    # vectorised densities
    "normal_lpdf(v | x, 2)": stats.norm(x, 2).logpdf(v).sum(),
    "normal_lpdf({1, 2, x} | v, [1, x, 2]')": stats.norm(v, [1, x, 2]).logpdf([1, 2, x]).sum(),
    "poisson_lpmf({0, 2, 5} | exp(v))": stats.poisson(np.exp(v)).logpmf([0, 2, 5]).sum(),
    "binomial_lpmf({1, 2} | {3, 5}, [x, 0.5])": stats.binom([3, 5], [x, 0.5]).logpmf([1, 2]).sum(),
    "normal_lccdf(v | x, 2)": stats.norm(x, 2).logsf(v).sum(),
    "normal_cdf(v | x, 2)": np.prod(stats.norm(x, 2).cdf(v)),
}


def main():
    print("{\n" + ",\n".join(f"{json.dumps(key)}: {json.dumps(float(value))}" for key, value in CASES.items()) + "\n}")


if __name__ == "__main__":
    main()
