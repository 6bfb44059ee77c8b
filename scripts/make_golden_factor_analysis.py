#!/usr/bin/env python3
"""Coordinate ascent of variational factor analysis, iteration by iteration, to compare ours with.

Command:  python3 scripts/make_golden_factor_analysis.py > tests/golden/factor_analysis.json
Needs NumPy and SciPy; scripts/oracle_env makes such an environment.

Written from Bishop, "Variational principal components", 1999, and Ghahramani and Beal, 2000, with the mean of a feature
as the last entry of its row of loadings. Expectations are taken example by example and feature by feature; entropies
are SciPy's.
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


class Model:
    def __init__(self, x, config, factors, seed):
        self.x, self.config, self.q = x, config, factors
        self.n, self.d = x.shape
        random = numpy.random.default_rng(seed)
        self.location = 0.5 * random.normal(size=(self.d, factors + 1))
        self.covariance = numpy.array([0.05 * (1 + i) * numpy.eye(factors + 1) for i in range(self.d)])
        self.noises = self.d if config["noise"] == "diagonal" else 1
        self.a_tau, self.b_tau = numpy.full(self.noises, 3.0), numpy.full(self.noises, 2.5)
        self.is_ard = config["loading_prior"] == "ard"
        self.a_alpha, self.b_alpha = numpy.full(factors, 2.0), numpy.full(factors, 1.5)

    def alpha(self):
        return self.a_alpha / self.b_alpha if self.is_ard else numpy.full(self.q, self.config["precision"])

    def tau(self):
        return numpy.broadcast_to(self.a_tau / self.b_tau, self.d)

    def infer(self):
        q, tau = self.q, self.tau()
        precision = numpy.eye(q)
        for d in range(self.d):
            w = self.location[d, :q]
            precision += tau[d] * (numpy.outer(w, w) + self.covariance[d][:q, :q])
        self.z_covariance = numpy.linalg.inv(precision)
        self.z = numpy.zeros((self.n, q))
        for n in range(self.n):
            drive = numpy.zeros(q)
            for d in range(self.d):
                w, mu = self.location[d, :q], self.location[d, q]
                drive += tau[d] * (w * (self.x[n, d] - mu) - self.covariance[d][:q, q])
            self.z[n] = self.z_covariance @ drive

    def second(self, n):
        """E[(z, 1) (z, 1)^T]."""
        z = numpy.append(self.z[n], 1.0)
        out = numpy.outer(z, z)
        out[: self.q, : self.q] += self.z_covariance
        return out

    def errors(self):
        """Sum over examples of E[(x - w . z - mu)^2], [D]."""
        out = numpy.zeros(self.d)
        for d in range(self.d):
            row = numpy.outer(self.location[d], self.location[d]) + self.covariance[d]
            for n in range(self.n):
                z = numpy.append(self.z[n], 1.0)
                out[d] += self.x[n, d] ** 2 - 2 * self.x[n, d] * self.location[d] @ z + numpy.sum(row * self.second(n))
        return out

    def squares(self):
        return sum(self.location[d] ** 2 + numpy.diag(self.covariance[d]) for d in range(self.d))

    def bound(self):
        c, q = self.config, self.q
        log_tau = numpy.broadcast_to(digamma(self.a_tau) - numpy.log(self.b_tau), self.d)
        out = 0.5 * numpy.sum(self.n * (log_tau - numpy.log(2 * numpy.pi)) - self.tau() * self.errors())
        out -= 0.5 * sum(numpy.trace(self.second(n)) - 1 + q * numpy.log(2 * numpy.pi) for n in range(self.n))
        out += self.n * scipy.stats.multivariate_normal(numpy.zeros(q), self.z_covariance).entropy()
        log_alpha = digamma(self.a_alpha) - numpy.log(self.b_alpha) if self.is_ard else numpy.log(self.alpha())
        precision = numpy.append(self.alpha(), c["mean_precision"])
        log_precision = numpy.append(log_alpha, numpy.log(c["mean_precision"]))
        out += 0.5 * numpy.sum(self.d * (log_precision - numpy.log(2 * numpy.pi)) - precision * self.squares())
        for d in range(self.d):
            out += scipy.stats.multivariate_normal(self.location[d], self.covariance[d]).entropy()
        out += gamma_term(c["noise_prior"], self.a_tau, self.b_tau)
        if self.is_ard:
            out += gamma_term(c["relevance_prior"], self.a_alpha, self.b_alpha)
        return float(out)

    def update(self):
        c, q, tau = self.config, self.q, self.tau()
        z = numpy.column_stack([self.z, numpy.ones(self.n)])
        total = sum(self.second(n) for n in range(self.n))
        prior = numpy.diag(numpy.append(self.alpha(), c["mean_precision"]))
        for d in range(self.d):
            self.covariance[d] = numpy.linalg.inv(prior + tau[d] * total)
            self.location[d] = self.covariance[d] @ (tau[d] * z.T @ self.x[:, d])
        a0, b0 = c["relevance_prior"]
        self.a_alpha = numpy.full(q, a0 + 0.5 * self.d)
        self.b_alpha = b0 + 0.5 * self.squares()[:q]
        a0, b0 = c["noise_prior"]
        errors = self.errors() if self.noises > 1 else numpy.array([self.errors().sum()])
        self.a_tau = numpy.full(self.noises, a0 + 0.5 * self.n * self.d / self.noises)
        self.b_tau = b0 + 0.5 * errors

    def state(self):
        precision = [numpy.linalg.inv(c).tolist() for c in self.covariance]
        out = {
            "loadings": {"location": self.location.tolist(), "precision": precision},
            "noise": {"concentration": self.a_tau.tolist(), "rate": self.b_tau.tolist()},
        }
        if self.is_ard:
            out["relevance"] = {"concentration": self.a_alpha.tolist(), "rate": self.b_alpha.tolist()}
        return out


def case(name, config, x, factors, iterations):
    model = Model(x, config, factors, 2)
    start, trace = model.state(), []
    for _ in range(iterations):
        model.infer()
        before = model.bound()
        model.update()
        trace.append({"bound": before, "after": model.state()})
    return {
        "name": name,
        "config": config,
        "num_factors": factors,
        "x": x.tolist(),
        "start": start,
        "iterations": trace,
    }


def main():
    random = numpy.random.default_rng(9)
    weights = numpy.array([[1.5, 0.2], [-1.0, 0.9], [0.3, -1.1], [0.8, 0.4]])
    x = random.normal(size=(18, 2)) @ weights.T + 0.4 * random.normal(size=(18, 4)) + [1.0, -0.5, 0.0, 2.0]
    x = numpy.round(x, 6)
    base = {"mean_precision": 0.05, "noise_prior": (0.6, 0.3), "relevance_prior": (0.2, 0.1), "precision": 0.7}
    cases = [
        case("isotropic, ard", {**base, "noise": "isotropic", "loading_prior": "ard"}, x, 3, 10),
        case("diagonal, ard", {**base, "noise": "diagonal", "loading_prior": "ard"}, x, 2, 10),
        case("diagonal, fixed", {**base, "noise": "diagonal", "loading_prior": "fixed"}, x, 2, 10),
    ]
    command = "python3 scripts/make_golden_factor_analysis.py > tests/golden/factor_analysis.json"
    print(json.dumps({"command": command, "cases": cases}))


main()
