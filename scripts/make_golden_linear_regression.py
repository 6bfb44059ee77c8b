#!/usr/bin/env python3
"""Coordinate ascent of Bayesian linear regression and values of Student's t, to compare ours with.

Command:  python3 scripts/make_golden_linear_regression.py > tests/golden/linear_regression.json
Needs NumPy and SciPy; scripts/oracle_env makes such an environment.

Written from Bishop, "Pattern Recognition and Machine Learning", 2006, sections 10.1 and 10.3: every term of the bound
is an expectation of a log density or an entropy by SciPy. The predictive densities are integrals by quadrature.
"""

import json

import numpy
import scipy.integrate
import scipy.stats
from scipy.special import digamma


def entropy_of_gamma(a, b):
    return float(numpy.sum(scipy.stats.gamma(a, scale=1 / b).entropy()))


def expected_log_gamma_density(prior, a, b):
    """E[ln Gamma(t | prior)] under t ~ Gamma(a, b), summed."""
    a0, b0 = prior
    constant = a0 * numpy.log(b0) - scipy.special.gammaln(a0)
    return float(numpy.sum(constant + (a0 - 1) * (digamma(a) - numpy.log(b)) - b0 * a / b))


def case(name, config, rows, noise_prior, weight_prior, iterations):
    is_ard, is_factorised = config["weight_prior"] == "ard", config["posterior"] == "factorised"
    phi = numpy.column_stack([numpy.ones(len(rows)), rows[:, :-1]])
    y, (n, p) = rows[:, -1], phi.shape
    count = p if is_ard else 1
    mean, covariance = numpy.zeros(p), numpy.eye(p)
    a_alpha, b_alpha = numpy.full(count, 2.0), numpy.full(count, 2.0)
    a_beta, b_beta = numpy.array([2.0]), numpy.array([1.5])

    def state():
        precision = numpy.linalg.inv(covariance)
        weights = {"location": mean.tolist(), "precision": precision.tolist()}
        if is_factorised:
            weights = {"location": mean[:, None].tolist(), "precision": numpy.diag(precision)[:, None, None].tolist()}
        return {
            "weights": weights,
            "weight_precision": {"concentration": a_alpha.tolist(), "rate": b_alpha.tolist()},
            "noise": {"concentration": a_beta.tolist(), "rate": b_beta.tolist()},
        }

    def squared_error():
        return float(numpy.sum((y - phi @ mean) ** 2) + numpy.sum(phi @ covariance * phi))

    def squares():
        each = mean**2 + numpy.diag(covariance)
        return each if is_ard else numpy.array([each.sum()])

    def bound():
        log_beta, beta = digamma(a_beta[0]) - numpy.log(b_beta[0]), a_beta[0] / b_beta[0]
        log_alpha = digamma(a_alpha) - numpy.log(b_alpha)
        each = 1 if is_ard else p
        out = 0.5 * n * (log_beta - numpy.log(2 * numpy.pi)) - 0.5 * beta * squared_error()
        out += 0.5 * float(numpy.sum(each * (log_alpha - numpy.log(2 * numpy.pi)) - a_alpha / b_alpha * squares()))
        out += scipy.stats.multivariate_normal(mean, covariance).entropy()
        for prior, a, b in ((noise_prior, a_beta, b_beta), (weight_prior, a_alpha, b_alpha)):
            out += expected_log_gamma_density(prior, a, b) + entropy_of_gamma(a, b)
        return float(out)

    start, trace = state(), []
    for _ in range(iterations):
        before = bound()
        beta, alpha = a_beta[0] / b_beta[0], numpy.broadcast_to(a_alpha / b_alpha, p)
        precision = beta * phi.T @ phi + numpy.diag(alpha)
        mean = numpy.linalg.solve(precision, beta * phi.T @ y)
        covariance = numpy.diag(1 / numpy.diag(precision)) if is_factorised else numpy.linalg.inv(precision)
        a_alpha = numpy.full(count, weight_prior[0] + 0.5 * p / count)
        b_alpha = weight_prior[1] + 0.5 * squares()
        a_beta = numpy.array([noise_prior[0] + 0.5 * n])
        b_beta = numpy.array([noise_prior[1] + 0.5 * squared_error()])
        trace.append({"bound": before, "after": state()})
    return {
        "name": name,
        "config": config,
        "noise_prior": noise_prior,
        "weight_prior": weight_prior,
        "x": rows.tolist(),
        "start": start,
        "iterations": trace,
    }


def rows_of(seed, n, weights, noise):
    random = numpy.random.default_rng(seed)
    x = random.normal(size=(n, len(weights) - 1))
    x[:, -1] += 0.5 * x[:, 0]
    y = weights[0] + x @ numpy.array(weights[1:]) + noise * random.normal(size=n)
    return numpy.column_stack([x, y])


def student_t():
    out = {"cdf": [], "half_width": []}
    for dof in (0.3, 1.0, 2.5, 7.0, 39.9, 274.0, 5e4, 1e7):
        for x in (-30.0, -2.0, -1e-3, 0.4, 1.7, 6.0):
            out["cdf"].append([x, dof, float(scipy.stats.t.cdf(x, dof))])
        for mass in (0.01, 0.5, 0.9, 0.99, 0.9999):
            out["half_width"].append([mass, dof, float(scipy.stats.t.isf(0.5 * (1 - mass), dof))])
    return out


def mixture():
    """ln of the integral of N(d; 0, v + 1 / t) Gamma(t; a, b), its mass inside a half width, and its variance."""
    out = []
    for v, a, b in ((0.3, 137.5, 30.0), (0.0, 4.0, 2.0), (1.5, 2.5, 0.7)):
        gamma = scipy.stats.gamma(a, scale=1 / b)
        low, high = gamma.ppf(1e-15), gamma.isf(1e-15)
        points = [gamma.ppf(q) for q in (1e-9, 1e-3, 0.1, 0.5, 0.9, 0.999)]

        def average(f):
            return scipy.integrate.quad(
                lambda t: f(numpy.sqrt(v + 1 / t)) * gamma.pdf(t), low, high, points=points, limit=500, epsrel=1e-13
            )[0]

        for deviation in (0.0, 0.8, -2.5):
            density = average(lambda s: scipy.stats.norm.pdf(deviation, scale=s))
            inside = average(lambda s: 1 - 2 * scipy.stats.norm.sf(abs(deviation), scale=s))
            out.append([v, a, b, deviation, float(numpy.log(density)), inside])
    return out


def main():
    rows = rows_of(5, 24, [0.7, -1.2, 0.0, 2.0], 0.6)
    cases = [
        case("full, ard", {"posterior": "full", "weight_prior": "ard"}, rows, (0.3, 0.2), (0.05, 0.02), 12),
        case("full, learned", {"posterior": "full", "weight_prior": "learned"}, rows, (1.3, 0.4), (0.5, 0.8), 12),
        case("factorised, ard", {"posterior": "factorised", "weight_prior": "ard"}, rows, (0.3, 0.2), (0.5, 0.1), 12),
    ]
    command = "python3 scripts/make_golden_linear_regression.py > tests/golden/linear_regression.json"
    print(json.dumps({"command": command, "cases": cases, "student_t": student_t(), "mixture": mixture()}))


main()
