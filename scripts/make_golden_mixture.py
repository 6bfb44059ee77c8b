#!/usr/bin/env python3
"""Reference runs of mixtures: variational Bayes, EM and k-means, iteration by iteration, from given starts.

Command:  python3 scripts/make_golden_mixture.py > tests/golden/mixture.json
Needs NumPy, SciPy and scikit-learn; scripts/oracle_env makes such an environment.

Variational Bayes is written from the textbook's updates (Bishop, Pattern Recognition and Machine Learning, 2006,
sections 10.2 and 2.3), in ordinary parameters: no natural parameter appears. Each bound is E[ln p(x, z)] + H[q(z)]
minus the divergences of the global factors from their priors, each divergence from its own formula. EM of the full
Gaussian mixture is scikit-learn's GaussianMixture without a covariance floor; k-means is Lloyd's algorithm.
"""

import json
import sys
import warnings

import numpy as np
from scipy.special import digamma, gammaln, logsumexp, multigammaln
from sklearn.mixture import GaussianMixture

ITERATIONS = 12


def kl_gamma(a, b, a0, b0):
    return (a - a0) * digamma(a) - gammaln(a) + gammaln(a0) + a0 * (np.log(b) - np.log(b0)) + a * (b0 - b) / b


def kl_dirichlet(a, a0):
    total = a.sum(-1, keepdims=True)
    return (
        gammaln(total[..., 0])
        - gammaln(a).sum(-1)
        - gammaln(a0.sum(-1))
        + gammaln(a0).sum(-1)
        + ((a - a0) * (digamma(a) - digamma(total))).sum(-1)
    )


def kl_wishart(w, nu, w0, nu0):
    d = w.shape[0]
    e_log_det = digamma((nu - np.arange(d)) / 2).sum() + d * np.log(2) + np.linalg.slogdet(w)[1]

    def log_b(scale, degrees):
        return (
            -degrees / 2 * np.linalg.slogdet(scale)[1]
            - degrees * d / 2 * np.log(2)
            - multigammaln(degrees / 2, d)
        )

    return (
        log_b(w, nu)
        - log_b(w0, nu0)
        + (nu - nu0) / 2 * e_log_det
        - nu * d / 2
        + nu / 2 * np.trace(np.linalg.inv(w0) @ w)
    )


class Full:
    """Normal-Wishart, Bishop equations 10.58 to 10.67."""

    name, config = "normal_full", {"location": 0.2, "strength": 0.7, "extra_degrees": 1.5, "prior_variance": 1.3}

    def __init__(self, x, k):
        d = x.shape[1]
        self.x, self.k, self.d = x, k, d
        self.nu0 = d - 1 + self.config["extra_degrees"]
        self.kappa0, self.m0 = self.config["strength"], np.full(d, self.config["location"])
        self.w0 = np.linalg.inv(np.eye(d) * self.nu0 * self.config["prior_variance"])

    def update(self, r):
        n = r.sum(0)
        self.kappa, self.nu = self.kappa0 + n, self.nu0 + n
        self.m = (self.kappa0 * self.m0 + r.T @ self.x) / self.kappa[:, None]
        self.w = []
        for j in range(self.k):
            mean = r[:, j] @ self.x / n[j]
            scatter = (r[:, j, None] * (self.x - mean)).T @ (self.x - mean)
            gap = mean - self.m0
            self.w.append(
                np.linalg.inv(
                    np.linalg.inv(self.w0) + scatter + self.kappa0 * n[j] / (self.kappa0 + n[j]) * np.outer(gap, gap)
                )
            )

    def scores(self):
        out = []
        for j in range(self.k):
            gap = self.x - self.m[j]
            e_log_det = (
                digamma((self.nu[j] - np.arange(self.d)) / 2).sum()
                + self.d * np.log(2)
                + np.linalg.slogdet(self.w[j])[1]
            )
            quadratic = self.d / self.kappa[j] + self.nu[j] * np.einsum("nd,de,ne->n", gap, self.w[j], gap)
            out.append(0.5 * (e_log_det - quadratic - self.d * np.log(2 * np.pi)))
        return np.stack(out, 1)

    def divergence(self):
        out = 0.0
        for j in range(self.k):
            gap = self.m[j] - self.m0
            ratio = self.kappa0 / self.kappa[j]
            out += 0.5 * (
                self.d * (ratio - 1 - np.log(ratio)) + self.kappa0 * self.nu[j] * gap @ self.w[j] @ gap
            ) + kl_wishart(self.w[j], self.nu[j], self.w0, self.nu0)
        return out

    def parameters(self):
        inverse = np.stack([np.linalg.inv(w) for w in self.w])
        return {"location": self.m, "strength": self.kappa, "inverse_scale": inverse, "degrees": self.nu}


class Diagonal:
    """Normal-gamma for each feature."""

    name, config = "normal_diagonal", {"location": -0.1, "strength": 0.5, "concentration": 1.4, "prior_variance": 0.8}

    def __init__(self, x, k):
        self.x, self.k = x, k
        self.a0 = self.config["concentration"]
        self.b0 = self.a0 * self.config["prior_variance"]
        self.kappa0, self.m0 = self.config["strength"], self.config["location"]

    def update(self, r):
        n = r.sum(0)[:, None]
        mean = r.T @ self.x / n
        scatter = np.stack([(r[:, j, None] * (self.x - mean[j]) ** 2).sum(0) for j in range(self.k)])
        self.kappa = self.kappa0 + n * np.ones_like(mean)
        self.m = (self.kappa0 * self.m0 + n * mean) / self.kappa
        self.a = self.a0 + n / 2 * np.ones_like(mean)
        self.b = self.b0 + 0.5 * scatter + self.kappa0 * n * (mean - self.m0) ** 2 / (2 * self.kappa)

    def scores(self):
        tau = self.a / self.b
        out = []
        for j in range(self.k):
            quadratic = 1 / self.kappa[j] + tau[j] * (self.x - self.m[j]) ** 2
            out.append(
                0.5 * (digamma(self.a[j]) - np.log(self.b[j]) - np.log(2 * np.pi) - quadratic).sum(1)
            )
        return np.stack(out, 1)

    def divergence(self):
        ratio = self.kappa0 / self.kappa
        normal = 0.5 * (
            ratio - 1 - np.log(ratio) + self.kappa0 * self.a / self.b * (self.m - self.m0) ** 2
        )
        return (normal + kl_gamma(self.a, self.b, self.a0, self.b0)).sum()

    def parameters(self):
        return {
            "location": self.m[..., None],
            "precision": self.kappa[..., None, None],
            "concentration": self.a,
            "rate": self.b,
        }


class Unit:
    """Known variance."""

    name, config = "normal_unit", {"variance": 0.6, "location": 0.1, "location_variance": 4.0}

    def __init__(self, x, k):
        self.x, self.k = x, k
        self.v, self.m0, self.v0 = (self.config[key] for key in ("variance", "location", "location_variance"))

    def update(self, r):
        n = r.sum(0)[:, None]
        self.s = 1 / (1 / self.v0 + n / self.v) * np.ones((1, self.x.shape[1]))
        self.m = self.s * (self.m0 / self.v0 + r.T @ self.x / self.v)

    def scores(self):
        square = (self.x[:, None] - self.m) ** 2 + self.s
        return -0.5 * (square / self.v + np.log(2 * np.pi * self.v)).sum(2)

    def divergence(self):
        return 0.5 * ((self.s + (self.m - self.m0) ** 2) / self.v0 - 1 - np.log(self.s / self.v0)).sum()

    def parameters(self):
        return {"location": self.m[..., None], "precision": (1 / self.s)[..., None, None]}


class Poisson:
    name, config = "poisson", {"concentration": 1.3, "rate": 0.4}

    def __init__(self, x, k):
        self.x, self.k = x, k

    def update(self, r):
        self.a = self.config["concentration"] + r.T @ self.x
        self.b = self.config["rate"] + r.sum(0)[:, None] * np.ones((1, self.x.shape[1]))

    def scores(self):
        return (
            self.x @ (digamma(self.a) - np.log(self.b)).T
            - (self.a / self.b).sum(1)
            - gammaln(self.x + 1).sum(1, keepdims=True)
        )

    def divergence(self):
        return kl_gamma(self.a, self.b, self.config["concentration"], self.config["rate"]).sum()

    def parameters(self):
        return {"concentration": self.a, "rate": self.b}


class Bernoulli:
    name, config = "bernoulli", {"a": 0.8, "b": 1.2}

    def __init__(self, x, k):
        self.x, self.k = x, k

    def update(self, r):
        self.a = self.config["a"] + r.T @ self.x
        self.b = self.config["b"] + r.T @ (1 - self.x)

    def scores(self):
        total = digamma(self.a + self.b)
        return self.x @ (digamma(self.a) - total).T + (1 - self.x) @ (digamma(self.b) - total).T

    def divergence(self):
        q = np.stack([self.a, self.b], -1)
        p = np.broadcast_to([self.config["a"], self.config["b"]], q.shape)
        return kl_dirichlet(q, p).sum()

    def parameters(self):
        return {"a": self.a, "b": self.b}


class Multinomial:
    name, config = "multinomial", {"concentration": 0.9, "draw_total": 1}

    def __init__(self, x, k):
        self.x, self.k = x, k

    def update(self, r):
        self.a = self.config["concentration"] + r.T @ self.x

    def scores(self):
        e_log = digamma(self.a) - digamma(self.a.sum(1, keepdims=True))
        base = gammaln(self.x.sum(1) + 1) - gammaln(self.x + 1).sum(1)
        return self.x @ e_log.T + base[:, None]

    def divergence(self):
        return kl_dirichlet(self.a, np.full_like(self.a, self.config["concentration"])).sum()

    def parameters(self):
        return {"concentration": self.a}


class DirichletWeights:
    name, config = "dirichlet", {"concentration": 0.3}

    def update(self, r):
        self.alpha = self.config["concentration"] + r.sum(0)

    def expected_log(self):
        return digamma(self.alpha) - digamma(self.alpha.sum())

    def divergence(self):
        return kl_dirichlet(self.alpha, np.full_like(self.alpha, self.config["concentration"]))


class StickBreaking:
    name, config = "stick_breaking", {"concentration": 0.7}

    def update(self, r):
        n = r.sum(0)
        after = n[::-1].cumsum()[::-1] - n
        self.ab = np.stack([1 + n[:-1], self.config["concentration"] + after[:-1]], -1)

    def expected_log(self):
        total = digamma(self.ab.sum(1))
        kept, passed = digamma(self.ab[:, 0]) - total, digamma(self.ab[:, 1]) - total
        return np.append(kept, 0) + np.append(0, passed.cumsum())

    def divergence(self):
        return kl_dirichlet(self.ab, np.broadcast_to([1.0, self.config["concentration"]], self.ab.shape)).sum()


def plain(value):
    return np.asarray(value).tolist()


def variational(component, weights, x, r):
    model, share = component(x, r.shape[1]), weights()
    bounds = []
    for _ in range(ITERATIONS):
        model.update(r)
        share.update(r)
        score = model.scores() + share.expected_log()
        norm = logsumexp(score, axis=1, keepdims=True)
        begin = r
        r = np.exp(score - norm)
        entropy = -np.where(r > 0, r * np.log(np.where(r > 0, r, 1)), 0).sum()
        bounds.append((r * score).sum() + entropy - model.divergence() - share.divergence())
    return {
        "component": {"type": component.name, **component.config},
        "weights": {"type": weights.name, **weights.config},
        "x": plain(x),
        "start": plain(begin if ITERATIONS == 0 else START[id(x)]),
        "elbo": bounds,
        "responsibilities": plain(r),
        "parameters": {name: plain(value) for name, value in model.parameters().items()},
    }


START = {}


def cases(rng):
    centres = rng.normal(size=(3, 2)) * 3
    blobs = centres[rng.integers(3, size=70)] + rng.normal(size=(70, 2)) * [0.7, 1.1]
    counts = rng.poisson(rng.gamma(2, 2, size=(3, 4))[rng.integers(3, size=60)]).astype(float)
    bits = (rng.random((60, 5)) < rng.beta(0.5, 0.5, size=(3, 5))[rng.integers(3, size=60)]).astype(float)
    words = np.stack([rng.multinomial(12, p) for p in rng.dirichlet(np.full(5, 0.4), size=3)[rng.integers(3, size=50)]])
    for component, weights, x in (
        (Full, DirichletWeights, blobs),
        (Full, StickBreaking, blobs),
        (Diagonal, DirichletWeights, blobs),
        (Unit, DirichletWeights, blobs),
        (Poisson, DirichletWeights, counts),
        (Bernoulli, StickBreaking, bits),
        (Multinomial, DirichletWeights, words.astype(float)),
    ):
        START[id(x)] = rng.dirichlet(np.ones(3), size=len(x))
        yield variational(component, weights, x, START[id(x)])


def em(rng):
    """scikit-learn's own loop, one iteration at a time; lower_bound_ is the mean log-likelihood before the M-step."""
    x = np.concatenate([rng.normal(size=(60, 2)) @ [[1, 0.4], [0, 0.6]] + [2, 0], rng.normal(size=(40, 2)) - [1, 1]])
    means, weights = np.array([[1.0, 0.5], [-0.5, -0.5]]), np.array([0.5, 0.5])
    precisions = np.stack([np.eye(2), np.eye(2) * 1.5])
    out = []
    for iterations in range(1, 16):
        model = GaussianMixture(
            2,
            reg_covar=0,
            tol=0,
            max_iter=iterations,
            weights_init=weights,
            means_init=means,
            precisions_init=precisions,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(x)
        out.append(model.lower_bound_)
    return {
        "x": plain(x),
        "means": plain(means),
        "weights": plain(weights),
        "precisions": plain(precisions),
        "log_likelihood": out,
    }


def lloyd(rng):
    x = rng.normal(size=(80, 2)) + rng.integers(0, 3, size=(80, 1)) * [2.0, 1.0]
    centres = x[rng.choice(80, 4, replace=False)]
    begin, assignments = centres.copy(), []
    for _ in range(10):
        owner = ((x[:, None] - centres) ** 2).sum(2).argmin(1)
        assignments.append(plain(owner))
        centres = np.stack([x[owner == k].mean(0) for k in range(4)])
    return {"x": plain(x), "centres": plain(begin), "assignments": assignments}


def main():
    rng = np.random.default_rng(20261121)
    json.dump({"variational": list(cases(rng)), "em": em(rng), "lloyd": lloyd(rng)}, sys.stdout)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
