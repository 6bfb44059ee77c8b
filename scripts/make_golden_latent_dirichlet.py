#!/usr/bin/env python3
"""Variational Bayes for latent Dirichlet allocation, iteration by iteration, to compare ours with to 1e-8.

Command:  .deps/oracle/bin/python scripts/make_golden_latent_dirichlet.py > tests/golden/latent_dirichlet.json
Needs NumPy, SciPy and scikit-learn; scripts/oracle_env makes such an environment.

Blei, Ng, Jordan, "Latent Dirichlet allocation", 2003, sections 5.2 to 5.4 and equation 15, with phi written out. alpha and
eta are found by root finding on the derivatives of the bound. One E- and M-step of scikit-learn's
LatentDirichletAllocation from the same topics, without its early stop, stands beside.
"""

import json

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma, gammaln
from sklearn.decomposition import LatentDirichletAllocation

ITERATIONS = 10


def elog(a):
    return digamma(a) - digamma(a.sum(-1, keepdims=True))


def log_normaliser(a):
    return gammaln(a.sum(-1)) - gammaln(a).sum(-1)


def phi_of(gamma, lam, words):
    log_phi = elog(gamma)[None] + elog(lam)[:, words].T
    phi = np.exp(log_phi - log_phi.max(-1, keepdims=True))
    return phi / phi.sum(-1, keepdims=True)


def e_step(counts, gamma, lam, alpha, sweeps):
    words = np.flatnonzero(counts)
    for _ in range(sweeps):
        gamma = alpha + counts[words] @ phi_of(gamma, lam, words)
    return gamma, phi_of(gamma, lam, words), words


def document_terms(counts, gamma, phi, words, lam, alpha):
    """E[ln p(w, z, theta)] and the entropy of q(z) q(theta)."""
    n, theta = counts[words], elog(gamma)
    joint = np.sum(n[:, None] * phi * (theta[None] + elog(lam)[:, words].T))
    joint += log_normaliser(alpha) + ((alpha - 1) * theta).sum()
    entropy = -np.sum(n[:, None] * phi * np.log(phi))
    entropy -= log_normaliser(gamma) + ((gamma - 1) * theta).sum()
    return joint, entropy


def log_root(slope):
    return np.exp(brentq(slope, -30, 30, xtol=1e-15, rtol=8.9e-16))


def best_symmetric(mean_log, size):
    return log_root(lambda u: digamma(size * np.exp(u)) - digamma(np.exp(u)) + mean_log)


def best_asymmetric(mean_log):
    """Every alpha_k follows from their sum, which has one root."""
    given = lambda total: [log_root(lambda u: digamma(np.exp(u)) - digamma(total) - m) for m in mean_log]
    return np.array(given(np.exp(brentq(lambda u: sum(given(np.exp(u))) / np.exp(u) - 1, -8, 8, xtol=1e-15))))


def one_iteration(x, gammas, lam, alpha, eta, config):
    bounds, entropy, statistics, with_words = [], 0.0, np.zeros_like(lam), []
    for d, counts in enumerate(x):
        if counts.sum() == 0:
            gammas[d], share = alpha.copy(), 0.0
            bounds.append(share)
            continue
        if gammas[d] is None:
            gammas[d] = alpha + counts.sum() / len(alpha)
        gammas[d], phi, words = e_step(counts, gammas[d], lam, alpha, config["sweeps"])
        statistics[:, words] += (counts[words][:, None] * phi).T
        joint, own = document_terms(counts, gammas[d], phi, words, lam, alpha)
        bounds.append(joint + own)
        entropy += own
        with_words.append(elog(gammas[d]))
    prior = np.full_like(lam, eta)
    topics = (log_normaliser(prior) - log_normaliser(lam) + ((prior - lam) * elog(lam)).sum(-1)).sum()
    lam = eta + statistics
    mean_log = np.mean(with_words, 0)
    if config["learn_alpha"] == "symmetric":
        alpha = np.full_like(alpha, best_symmetric(mean_log.mean(), len(alpha)))
    if config["learn_alpha"] == "asymmetric":
        alpha = best_asymmetric(mean_log)
    if config["learn_eta"]:
        eta = best_symmetric(elog(lam).mean(), lam.shape[1])
    report = {"bound": sum(bounds) + topics, "documents": bounds, "entropy": entropy}
    return lam, alpha, eta, {**report, "lambda": lam.tolist(), "alpha": alpha.tolist(), "eta": eta}


def run(x, lam, config, is_warm):
    alpha, eta, gammas = np.full(len(lam), config["alpha"]), config["eta"], [None] * len(x)
    iterations = []
    for _ in range(ITERATIONS):
        lam, alpha, eta, report = one_iteration(x, gammas, lam, alpha, eta, config)
        iterations.append(report)
        gammas = gammas if is_warm else [None] * len(x)
    bounds = [i["bound"] for i in iterations]
    assert not is_warm or all(b >= a - 1e-9 for a, b in zip(bounds, bounds[1:])), bounds
    return iterations


def scikit_learn(x, lam, config):
    model = LatentDirichletAllocation(
        n_components=len(lam),
        doc_topic_prior=config["alpha"],
        topic_word_prior=config["eta"],
        max_doc_update_iter=config["sweeps"],
        mean_change_tol=0.0,
    )
    model._check_params = lambda *_: None
    model._init_latent_vars(x.shape[1])
    model.components_ = lam.copy()
    model.exp_dirichlet_component_ = np.exp(elog(lam))
    # The documents begin at gamma = 1: random_init=False.
    gamma, statistics = model._e_step(x, cal_sstats=True, random_init=False)
    return {"lambda": (config["eta"] + statistics).tolist(), "gamma": gamma.tolist()}


def corpus(rng, documents, topics, words):
    beta = rng.dirichlet(np.full(words, 0.3), topics)
    theta = rng.dirichlet(np.full(topics, 0.5), documents)
    lengths = rng.integers(5, 40, documents)
    return np.array([rng.multinomial(n, p / p.sum()) for n, p in zip(lengths, theta @ beta)], dtype=float)


def main():
    rng = np.random.default_rng(2003)
    x = corpus(rng, 9, 3, 12)
    x[4] = 0
    lam = rng.gamma(100, 0.01, (3, 12))
    base = {"num_topics": 3, "alpha": 0.4, "eta": 0.2, "sweeps": 6, "learn_alpha": "none", "learn_eta": False}
    cases = {}
    for name, changes, is_warm in [
        ("fixed", {}, False),
        ("warm", {"sweeps": 2}, True),
        ("symmetric", {"learn_alpha": "symmetric"}, True),
        ("asymmetric", {"learn_alpha": "asymmetric", "learn_eta": True, "sweeps": 20}, True),
    ]:
        config = {**base, **changes}
        cases[name] = {"config": config, "is_warm": is_warm, "iterations": run(x, lam, config, is_warm)}
    out = {
        "command": ".deps/oracle/bin/python scripts/make_golden_latent_dirichlet.py > tests/golden/latent_dirichlet.json",
        "x": x.tolist(),
        "lambda": lam.tolist(),
        "cases": cases,
        "scikit_learn": {"config": base, **scikit_learn(x, lam, base)},
    }
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
