#!/usr/bin/env python3
"""Variational Bayes for hidden Markov models, iteration by iteration, to compare ours with to 1e-8.

Command:  .deps/oracle/bin/python scripts/make_golden_hidden_markov.py > tests/golden/hidden_markov.json
Needs NumPy and SciPy; scripts/oracle_env makes such an environment.

Beal, "Variational algorithms for approximate Bayesian inference", 2003, chapter 3: Dirichlet posteriors of the initial
and transition probabilities, with normal emissions (Bishop, "Pattern Recognition and Machine Learning", 2006, equations
10.59 to 10.77 and B.79) or categorical ones. The local step is Rabiner's scaled recursion in probabilities, checked
against the sum over all paths for the shortest sequences.
"""

import itertools
import json

import numpy as np
from scipy.special import digamma, gammaln, logsumexp

ITERATIONS = 12


def dirichlet_log(a):
    """E[ln p] under rows of Dirichlet(a)."""
    return digamma(a) - digamma(a.sum(-1, keepdims=True))


def dirichlet_kl(a, b):
    log_beta = lambda c: gammaln(c).sum(-1) - gammaln(c.sum(-1))
    return float(np.sum(log_beta(b) - log_beta(a) + ((a - b) * dirichlet_log(a)).sum(-1)))


class Categorical:
    def __init__(self, states, prior):
        self.prior = {"concentration": np.full((states, prior["num_symbols"]), prior["concentration"])}

    def log_likelihood(self, q, x):
        return dirichlet_log(q["concentration"])[:, x[:, 0].astype(int)].T

    def update(self, x, r):
        hot = np.eye(self.prior["concentration"].shape[1])[x[:, 0].astype(int)]
        return {"concentration": self.prior["concentration"] + r.T @ hot}

    def kl(self, q):
        return dirichlet_kl(q["concentration"], self.prior["concentration"])


class Normal:
    def __init__(self, states, prior):
        d = prior["features"]
        nu = d - 1 + prior["extra_degrees"]
        self.d = d
        self.prior = {
            "location": np.full((states, d), prior["location"]),
            "strength": np.full(states, prior["strength"]),
            "inverse_scale": np.tile(np.eye(d) * nu * prior["prior_variance"], (states, 1, 1)),
            "degrees": np.full(states, float(nu)),
        }

    def expected_log_det(self, q):
        i = np.arange(1, self.d + 1)
        return (
            digamma((q["degrees"][:, None] + 1 - i) / 2).sum(-1)
            + self.d * np.log(2)
            - np.linalg.slogdet(q["inverse_scale"])[1]
        )

    def log_likelihood(self, q, x):
        out = np.empty((len(x), len(q["degrees"])))
        for k, log_det in enumerate(self.expected_log_det(q)):
            delta = x - q["location"][k]
            scale = np.linalg.inv(q["inverse_scale"][k])
            square = q["degrees"][k] * np.einsum("ni,ij,nj->n", delta, scale, delta) + self.d / q["strength"][k]
            out[:, k] = 0.5 * (log_det - self.d * np.log(2 * np.pi) - square)
        return out

    def update(self, x, r):
        out = {key: value.copy() for key, value in self.prior.items()}
        for k in range(r.shape[1]):
            n = r[:, k].sum()
            mean = r[:, k] @ x / n
            scatter = (r[:, k, None] * (x - mean)).T @ (x - mean)
            b, m = self.prior["strength"][k], self.prior["location"][k]
            out["strength"][k] = b + n
            out["location"][k] = (b * m + n * mean) / (b + n)
            out["inverse_scale"][k] += scatter + b * n / (b + n) * np.outer(mean - m, mean - m)
            out["degrees"][k] += n
        return out

    def log_wishart_constant(self, inverse_scale, nu):
        i = np.arange(1, self.d + 1)
        return (
            0.5 * nu * np.linalg.slogdet(inverse_scale)[1]
            - 0.5 * nu * self.d * np.log(2)
            - 0.25 * self.d * (self.d - 1) * np.log(np.pi)
            - gammaln((nu + 1 - i) / 2).sum()
        )

    def kl(self, q):
        p, total = self.prior, 0.0
        for k, log_det in enumerate(self.expected_log_det(q)):
            nu, nu0 = q["degrees"][k], p["degrees"][k]
            b, b0 = q["strength"][k], p["strength"][k]
            scale = np.linalg.inv(q["inverse_scale"][k])
            delta = q["location"][k] - p["location"][k]
            total += (
                self.log_wishart_constant(q["inverse_scale"][k], nu)
                - self.log_wishart_constant(p["inverse_scale"][k], nu0)
                + 0.5 * (nu - nu0) * log_det
                - 0.5 * nu * (self.d - np.trace(p["inverse_scale"][k] @ scale))
                + 0.5 * (self.d * (np.log(b / b0) + b0 / b - 1) + b0 * nu * delta @ scale @ delta)
            )
        return total


def all_paths(log_initial, log_transition, log_b):
    length, states = log_b.shape
    weights = []
    for path in itertools.product(range(states), repeat=length):
        w = log_initial[path[0]] + sum(log_b[t, s] for t, s in enumerate(path))
        weights.append(w + sum(log_transition[i, j] for i, j in zip(path, path[1:])))
    return logsumexp(weights)


def chain(log_initial, log_transition, log_b):
    """ln Z, q(z_t) and summed q(z_t, z_t+1) by the scaled recursion."""
    length, states = log_b.shape
    shift = log_b.max(-1)
    b, a = np.exp(log_b - shift[:, None]), np.exp(log_transition)
    alpha, beta, c = np.empty((length, states)), np.ones((length, states)), np.empty(length)
    for t in range(length):
        alpha[t] = (np.exp(log_initial) if t == 0 else alpha[t - 1] @ a) * b[t]
        c[t] = alpha[t].sum()
        alpha[t] /= c[t]
    for t in range(length - 2, -1, -1):
        beta[t] = a @ (b[t + 1] * beta[t + 1]) / c[t + 1]
    pairs = np.zeros((states, states))
    for t in range(length - 1):
        pairs += alpha[t][:, None] * a * (b[t + 1] * beta[t + 1])[None] / c[t + 1]
    log_z = np.log(c).sum() + shift.sum()
    if states**length <= 3**7:
        np.testing.assert_allclose(log_z, all_paths(log_initial, log_transition, log_b), rtol=1e-12)
    return log_z, alpha * beta, pairs


def run(sequences, prior, emission, start):
    initial, transitions, components = start
    steps, iterations = np.concatenate(sequences), []
    for _ in range(ITERATIONS):
        bound, firsts, pairs, gammas = 0.0, 0.0, 0.0, []
        for x in sequences:
            log_z, gamma, xi = chain(
                dirichlet_log(initial), dirichlet_log(transitions), emission.log_likelihood(components, x)
            )
            bound, firsts, pairs = bound + log_z, firsts + gamma[0], pairs + xi
            gammas.append(gamma)
        bound -= dirichlet_kl(initial, prior["initial"]) + dirichlet_kl(transitions, prior["transitions"])
        bound -= emission.kl(components)
        initial, transitions = prior["initial"] + firsts, prior["transitions"] + pairs
        components = emission.update(steps, np.concatenate(gammas))
        iterations.append({"bound": bound, "after": parameters(initial, transitions, components)})
    bounds = [i["bound"] for i in iterations]
    assert all(b >= a - 1e-9 for a, b in zip(bounds, bounds[1:])), bounds
    return iterations


def parameters(initial, transitions, components):
    return {
        "initial": {"concentration": initial.tolist()},
        "transitions": {"concentration": transitions.tolist()},
        "components": {key: value.tolist() for key, value in components.items()},
    }


def padded(sequences):
    longest = max(map(len, sequences))
    return [x.tolist() + [[None] * x.shape[1]] * (longest - len(x)) for x in sequences]


def case(config, lengths, draw, rng):
    states = config["num_states"]
    prior = {
        "initial": np.full(states, config["initial_concentration"]),
        "transitions": np.full((states, states), config["transition_concentration"])
        + np.eye(states) * config["self_transition"],
    }
    emission = (Normal if config["component"]["type"] == "normal_full" else Categorical)(states, config["emission"])
    sequences = []
    for length in lengths:
        z = [rng.integers(states)]
        while len(z) < length:
            z.append(z[-1] if rng.random() < 0.8 else rng.integers(states))
        sequences.append(np.array([draw(s) for s in z]))
    steps = np.concatenate(sequences)
    responsibilities = rng.dirichlet(np.ones(states), len(steps))
    start = (
        prior["initial"] + rng.random(states),
        prior["transitions"] + 3 * rng.random((states, states)),
        emission.update(steps, responsibilities),
    )
    return {
        "config": {key: value for key, value in config.items() if key != "emission"},
        "x": padded(sequences),
        "start": parameters(*start),
        "iterations": run(sequences, prior, emission, start),
    }


def main():
    rng = np.random.default_rng(20)
    normal = {"location": 0.5, "strength": 0.3, "extra_degrees": 2.5, "prior_variance": 0.8}
    means = np.array([[-3.0, 0.0], [1.0, 2.5], [4.0, -2.0]])
    gaussian = {
        "num_states": 3,
        "initial_concentration": 1.5,
        "transition_concentration": 0.6,
        "self_transition": 2.0,
        "component": {"type": "normal_full", **normal},
        "emission": {"features": 2, **normal},
    }
    symbols = {"num_symbols": 4, "concentration": 0.7}
    categorical = {
        "num_states": 2,
        "initial_concentration": 1.0,
        "transition_concentration": 1.2,
        "self_transition": 0.0,
        "component": {"type": "categorical", **symbols},
        "emission": symbols,
    }
    odds = np.array([[0.7, 0.2, 0.05, 0.05], [0.05, 0.05, 0.3, 0.6]])
    out = {
        "command": ".deps/oracle/bin/python scripts/make_golden_hidden_markov.py > tests/golden/hidden_markov.json",
        "cases": {
            "normal": case(gaussian, [9, 6, 1, 14], lambda s: means[s] + rng.normal(size=2), rng),
            "categorical": case(categorical, [8, 5, 11], lambda s: [float(rng.choice(4, p=odds[s]))], rng),
        },
    }
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
