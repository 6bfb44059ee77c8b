#!/usr/bin/env python3
"""Evidence of Bayesian regressions on columns far from 0, in 80 decimal digits, to compare ours with.

Command:  python3 scripts/make_golden_far_regression.py > tests/golden/far_regression.json
Needs mpmath (pip install mpmath).

Everything is computed from the features as they are, without a frame: ln N(y | 0, I / beta + Phi Phi^T / alpha) and the
Student density by a Cholesky factorisation of Phi^T Phi (Bishop, "Pattern Recognition and Machine Learning", 2006, section
3.5), predictive densities of the training examples, and coordinate ascent of the multilevel model (section 10.1) with its
bound. Columns are multiples of 2^-20, so that their sums with the offsets are numbers of float64.
"""

import json
import random

import mpmath
from mpmath import mpf

mpmath.mp.dps = 80
BETA, ALPHA = mpf(4), mpf(1)
NOISE_PRIOR = mpf("1.5"), mpf("0.7")
NUM_GROUPS, CENTRE_VARIANCE, SPREAD_PRIOR, ITERATIONS = 4, mpf(10), (mpf("1.25"), mpf("0.5")), 4

# Columns of u that a case uses, what is added to each, and to the response.
CASES = [
    ("one far", [0, 1, 2], [1e8, 0, 0]),
    ("two at the same place", [0, 1, 2], [1e8, 1e8, 0]),
    ("two nearer", [0, 1, 2], [1e7, 1e7, 0]),
    ("two, not alike", [0, 1, 2], [1e8, 1e7, 0]),
    ("on both sides", [0, 1, 2], [1e8, -3e8, 0]),
    ("all", [0, 1, 2], [1e8, -3e8, 1e7]),
    ("UTM and a time stamp", [0, 1, 2], [5.4e6, 5e5, 1.7e9]),
    ("one twice", [0, 1, 2, 0], [1e8, 0, 0, 1e8]),
    ("one beside its mirror", [0, 1, 2, 3], [1e8, 0, 0, 1e8]),
    ("a constant", [0, 1, 4], [1e8, 1e6, 1e6]),
    ("one and the response", [0, 1, 2], [1e8, 0, 0], 1e8),
    ("time stamps", [0, 1, 2], [1.7e9, 0, 0], 1.7e9),
    ("all and the response", [0, 1, 2], [1e8, -3e8, 1e7], -1e8),
    ("one twice and the response", [0, 1, 2, 0], [1e8, 0, 0, 1e8], 1e9),
]


def columns(n):
    generator = random.Random(7)
    u = [[round(generator.gauss(0, 1) * 2**20) / 2**20 for _ in range(3)] for _ in range(n)]
    y = [round((1 + 2 * a - b + 0.5 * c + 0.5 * generator.gauss(0, 1)) * 2**20) / 2**20 for a, b, c in u]
    return [row + [-row[0], 0.0] for row in u], y


def normal_equations(phi, y, noise):
    """Lambda, its Cholesky factor, the weights and ln |Lambda|."""
    precision = noise * (phi.T * phi) + ALPHA * mpmath.eye(phi.cols)
    factor = mpmath.cholesky(precision)
    weights = mpmath.cholesky_solve(precision, noise * (phi.T * y))
    return precision, weights, 2 * sum(mpmath.log(factor[j, j]) for j in range(phi.cols))


def known(phi, y):
    """ln evidence and the mean log predictive density of the examples."""
    n, p = phi.rows, phi.cols
    precision, weights, log_det = normal_equations(phi, y, BETA)
    square = BETA * ((y.T * y)[0] - (y.T * phi * weights)[0])
    evidence = (p * mpmath.log(ALPHA) + n * mpmath.log(BETA / (2 * mpmath.pi)) - square - log_det) / 2
    covariance, mean, density = precision**-1, phi * weights, mpf(0)
    for i in range(n):
        variance = 1 / BETA + (phi[i, :] * covariance * phi[i, :].T)[0]
        density -= (mpmath.log(2 * mpmath.pi * variance) + (y[i] - mean[i]) ** 2 / variance) / 2
    return evidence, density / n


def factorised(phi, y):
    """Bound of independent weights: the exact mean and variances 1 / Lambda_jj."""
    precision, weights, _ = normal_equations(phi, y, BETA)
    rest, second, log_2pi = y - phi * weights, phi.T * phi, mpmath.log(2 * mpmath.pi)
    out = phi.rows * (mpmath.log(BETA) - log_2pi) / 2 - BETA * (rest.T * rest)[0] / 2
    for j in range(phi.cols):
        variance = 1 / precision[j, j]
        out -= BETA * second[j, j] * variance / 2
        out += (mpmath.log(ALPHA) - ALPHA * (weights[j] ** 2 + variance) + 1 + mpmath.log(variance)) / 2
    return out


def normal_gamma(phi, y):
    """ln evidence with a learned noise precision that multiplies the prior's."""
    n, (a, b) = phi.rows, NOISE_PRIOR
    _, weights, log_det = normal_equations(phi, y, mpf(1))
    a_n, b_n = a + mpf(n) / 2, b + ((y.T * y)[0] - (y.T * phi * weights)[0]) / 2
    out = phi.cols * mpmath.log(ALPHA) / 2 - log_det / 2 - n * mpmath.log(2 * mpmath.pi) / 2
    return out + a * mpmath.log(b) - a_n * mpmath.log(b_n) + mpmath.loggamma(a_n) - mpmath.loggamma(a)


def multilevel(phi, y):
    """Bounds after 1, 2, ... iterations; example n is in group n mod NUM_GROUPS, the noise is known."""
    n, p, v, (a0, b0) = phi.rows, phi.cols, CENTRE_VARIANCE, SPREAD_PRIOR
    groups = [range(g, n, NUM_GROUPS) for g in range(NUM_GROUPS)]
    parts = [mpmath.matrix([phi[i, :].tolist()[0] for i in rows]) for rows in groups]
    responses = [mpmath.matrix([y[i] for i in rows]) for rows in groups]
    m, spread, out = mpmath.zeros(p, 1), [a0 / b0] * p, []
    for _ in range(ITERATIONS):
        precisions = [BETA * (f.T * f) + mpmath.diag(spread) for f in parts]
        covariances = [precision**-1 for precision in precisions]
        right = [BETA * (f.T * r) + mpmath.diag(spread) * m for f, r in zip(parts, responses)]
        weights = [covariance * r for covariance, r in zip(covariances, right)]
        of_m = [1 / (1 / v + NUM_GROUPS * s) for s in spread]
        m = mpmath.matrix([of_m[j] * spread[j] * sum(w[j] for w in weights) for j in range(p)])
        deviations = [
            sum((w[j] - m[j]) ** 2 + c[j, j] + of_m[j] for w, c in zip(weights, covariances)) for j in range(p)
        ]
        a, rates = a0 + mpf(NUM_GROUPS) / 2, [b0 + d / 2 for d in deviations]
        spread, log_2pi = [a / b for b in rates], mpmath.log(2 * mpmath.pi)
        error = mpf(0)
        for f, r, w, c in zip(parts, responses, weights, covariances):
            rest, second = r - f * w, f.T * f
            error += (rest.T * rest)[0] + sum((second * c)[j, j] for j in range(p))
        bound = n * (mpmath.log(BETA) - log_2pi) / 2 - BETA * error / 2
        for precision in precisions:
            factor = mpmath.cholesky(precision)
            bound += p * (1 + log_2pi) / 2 - sum(mpmath.log(factor[j, j]) for j in range(p))
        for j in range(p):
            log_spread = mpmath.digamma(a) - mpmath.log(rates[j])
            bound += (NUM_GROUPS * (log_spread - log_2pi) - spread[j] * deviations[j]) / 2
            bound += (1 + mpmath.log(of_m[j] / v) - (m[j] ** 2 + of_m[j]) / v) / 2
            bound += a0 * mpmath.log(b0) - mpmath.loggamma(a0) + (a0 - 1) * log_spread - b0 * spread[j]
            bound += a - mpmath.log(rates[j]) + mpmath.loggamma(a) + (1 - a) * mpmath.digamma(a)
        out.append(bound)
    return out


def main():
    u, y = columns(40)
    cases = []
    for name, chosen, offsets, *level in CASES:
        response = mpmath.matrix([mpf(v) + mpf(level[0] if level else 0) for v in y])
        phi = mpmath.matrix([[1] + [mpf(row[j]) + mpf(c) for j, c in zip(chosen, offsets)] for row in u])
        evidence, density = known(phi, response)
        case = {"name": name, "columns": chosen, "offsets": offsets}
        if level:
            case["response"] = level[0]
        case["evidence"], case["density"] = float(evidence), float(density)
        case["factorised"] = float(factorised(phi, response))
        case["normal_gamma"] = float(normal_gamma(phi, response))
        case["multilevel"] = [float(bound) for bound in multilevel(phi, response)]
        cases.append(case)
    # Powers of 2000 + k / 8 are numbers of float64 up to the third.
    years = [2000 + round(80 * row[0]) / 8 for row in u]
    powers = mpmath.matrix([[mpf(x) ** k for k in range(4)] for x in years])
    evidence, density = known(powers, mpmath.matrix(y))
    cubic = {"x": years, "evidence": float(evidence), "density": float(density)}
    command = "python3 scripts/make_golden_far_regression.py > tests/golden/far_regression.json"
    print(json.dumps({"command": command, "u": u, "y": y, "cases": cases, "cubic": cubic}))


main()
