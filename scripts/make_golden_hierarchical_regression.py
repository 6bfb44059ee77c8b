#!/usr/bin/env python3
"""Coordinate ascent of hierarchical regression, iteration by iteration, to compare ours with.

Command:  python3 scripts/make_golden_hierarchical_regression.py > tests/golden/hierarchical_regression.json
Needs NumPy and SciPy; scripts/oracle_env makes such an environment.

Written from Bishop, "Pattern Recognition and Machine Learning", 2006, section 10.1, for q(w_1) ... q(w_G) q(m) q(alpha)
q(beta): expectations are taken example by example and group by group, entropies and log densities are SciPy's.
"""

import json

import numpy
import scipy.special
import scipy.stats
from scipy.special import digamma


def gamma_term(prior, a, b):
    """E[ln p] + entropy of gamma factors, summed."""
    a0, b0 = prior
    log_mean, mean = digamma(a) - numpy.log(b), a / b
    log_p = a0 * numpy.log(b0) - scipy.special.gammaln(a0) + (a0 - 1) * log_mean - b0 * mean
    return float(numpy.sum(log_p + scipy.stats.gamma(a, scale=1 / b).entropy()))


def normal_entropy(covariance):
    return float(scipy.stats.multivariate_normal(numpy.zeros(len(covariance)), covariance).entropy())


class Model:
    def __init__(self, rows, num_groups, config):
        self.config, self.g = config, num_groups
        self.group, self.y = rows[:, 1].astype(int), rows[:, -1]
        self.phi = numpy.column_stack([numpy.ones(len(rows)), rows[:, 0], rows[:, 2]])
        self.p = self.phi.shape[1]
        self.w, self.w_cov = numpy.zeros((num_groups, self.p)), numpy.array([numpy.eye(self.p)] * num_groups)
        self.m, self.m_cov = numpy.array([0.1, -0.2, 0.3]), 0.5 * numpy.eye(self.p)
        self.a_alpha, self.b_alpha = numpy.full(self.p, 2.0), numpy.array([1.0, 2.0, 3.0])
        self.a_beta, self.b_beta = numpy.array([2.0]), numpy.array([3.0])

    def error(self):
        out = 0.0
        for phi, y, g in zip(self.phi, self.y, self.group):
            out += (y - self.w[g] @ phi) ** 2 + phi @ self.w_cov[g] @ phi
        return out

    def deviations(self):
        out = numpy.zeros(self.p)
        for g in range(self.g):
            out += (self.w[g] - self.m) ** 2 + numpy.diag(self.w_cov[g]) + numpy.diag(self.m_cov)
        return out

    def bound(self):
        c, n = self.config, len(self.y)
        log_beta, beta = digamma(self.a_beta[0]) - numpy.log(self.b_beta[0]), self.a_beta[0] / self.b_beta[0]
        log_alpha = digamma(self.a_alpha) - numpy.log(self.b_alpha)
        alpha, log_2pi = self.a_alpha / self.b_alpha, numpy.log(2 * numpy.pi)
        out = 0.5 * n * (log_beta - log_2pi) - 0.5 * beta * self.error()
        out += 0.5 * numpy.sum(self.g * (log_alpha - log_2pi) - alpha * self.deviations())
        v = c["centre_variance"]
        out -= 0.5 * (self.p * numpy.log(2 * numpy.pi * v) + (self.m @ self.m + numpy.trace(self.m_cov)) / v)
        out += sum(normal_entropy(s) for s in self.w_cov) + normal_entropy(self.m_cov)
        out += gamma_term(c["spread_prior"], self.a_alpha, self.b_alpha)
        return float(out + gamma_term(c["noise_prior"], self.a_beta, self.b_beta))

    def update(self):
        c, beta = self.config, self.a_beta[0] / self.b_beta[0]
        alpha = self.a_alpha / self.b_alpha
        for g in range(self.g):
            phi, y = self.phi[self.group == g], self.y[self.group == g]
            self.w_cov[g] = numpy.linalg.inv(beta * phi.T @ phi + numpy.diag(alpha))
            self.w[g] = self.w_cov[g] @ (beta * phi.T @ y + alpha * self.m)
        self.m_cov = numpy.diag(1 / (1 / c["centre_variance"] + self.g * alpha))
        self.m = self.m_cov @ (alpha * self.w.sum(0))
        self.a_alpha = numpy.full(self.p, c["spread_prior"][0] + 0.5 * self.g)
        self.b_alpha = c["spread_prior"][1] + 0.5 * self.deviations()
        self.a_beta = numpy.array([c["noise_prior"][0] + 0.5 * len(self.y)])
        self.b_beta = numpy.array([c["noise_prior"][1] + 0.5 * self.error()])

    def state(self):
        inverse = numpy.linalg.inv
        return {
            "coefficients": {"location": self.w.tolist(), "precision": [inverse(s).tolist() for s in self.w_cov]},
            "centre": {"location": self.m.tolist(), "precision": inverse(self.m_cov).tolist()},
            "spread": {"concentration": self.a_alpha.tolist(), "rate": self.b_alpha.tolist()},
            "noise": {"concentration": self.a_beta.tolist(), "rate": self.b_beta.tolist()},
        }


def main():
    random = numpy.random.default_rng(12)
    groups, n = 5, 30
    group = random.integers(0, groups - 1, size=n)  # the last group has no example
    x = random.normal(size=(n, 2))
    w = numpy.array([1.0, -0.5, 2.0]) + numpy.array([0.8, 0.3, 0.1]) * random.normal(size=(groups, 3))
    y = w[group, 0] + numpy.sum(w[group, 1:] * x, axis=1) + 0.3 * random.normal(size=n)
    rows = numpy.round(numpy.column_stack([x[:, 0], group, x[:, 1], y]), 6)
    config = {"centre_variance": 4.0, "spread_prior": (0.8, 0.3), "noise_prior": (0.4, 0.2)}
    model = Model(rows, groups, config)
    start, trace = model.state(), []
    for _ in range(12):
        before = model.bound()
        model.update()
        trace.append({"bound": before, "after": model.state()})
    command = "python3 scripts/make_golden_hierarchical_regression.py > tests/golden/hierarchical_regression.json"
    case = {"config": config, "num_groups": groups, "x": rows.tolist(), "start": start, "iterations": trace}
    print(json.dumps({"command": command, **case}))


main()
