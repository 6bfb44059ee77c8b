#!/usr/bin/env python3
"""Reference values of every distribution, to compare ours with to 1e-10.

Command:  python3 scripts/make_golden_values.py > tests/golden/distributions.json
Needs PyTorch (torch.distributions, float64), SciPy and mpmath; scripts/oracle_env makes such an environment.

Normal and categorical come from torch.distributions, checked against SciPy; Bernoulli from torch.distributions,
where it is exact, and mpmath for large logits; the continuous Bernoulli from mpmath with 60 digits, by numerical
integration of its unnormalised density, since PyTorch's series near 1/2 keeps fewer than ten. The other families stand
in scripts/golden.
"""

import json
import sys

import mpmath
import numpy
import scipy.stats
import torch
from torch import distributions

from golden import continuous, counts, relaxed, vectors

mpmath.mp.dps = 60
FLOAT64 = torch.float64


def tensor(values):
    return torch.tensor(values, dtype=FLOAT64)


def numbers(values):
    return [float(v) for v in torch.as_tensor(values).reshape(-1)]


def normal_case():
    loc, log_scale, value = [0.3, -2.0, 0.0, 5.0], [-1.2, 0.0, 0.7, -4.0], [0.1, 1.5, -3.0, 5.01]
    q_loc, q_log_scale = [0.0, 1.0, 0.2, 4.9], [0.0, 0.5, -0.4, -3.5]
    p = distributions.Normal(tensor(loc), tensor(log_scale).exp())
    q = distributions.Normal(tensor(q_loc), tensor(q_log_scale).exp())
    log_prob = p.log_prob(tensor(value))
    numpy.testing.assert_allclose(log_prob, scipy.stats.norm.logpdf(value, loc, numpy.exp(log_scale)), rtol=1e-13)
    return {
        "parameters": {"loc": loc, "log_scale": log_scale},
        "other": {"loc": q_loc, "log_scale": q_log_scale},
        "value": value,
        "log_prob": numbers(log_prob),
        "mean": numbers(p.mean),
        "variance": numbers(p.variance),
        "entropy": numbers(p.entropy()),
        "kl": numbers(distributions.kl_divergence(p, q)),
    }


def summed(case, name):
    """The same numbers as one event."""
    out = dict(case)
    for key in ("log_prob", "entropy", "kl"):
        out[key] = [sum(case[key])]
    return {name: out}


def coin(logit):
    """Probability, its complement's logarithm and the entropy of a coin, in 60 digits."""
    l = mpmath.mpf(logit)
    return 1 / (1 + mpmath.exp(-l)), -mpmath.log1p(mpmath.exp(l))


def bernoulli_case():
    logits, value = [-40.0, -3.0, 0.0, 0.8, 25.0], [0.0, 1.0, 1.0, 0.0, 1.0]
    q_logits = [-35.0, 0.5, -1.0, 0.8, 20.0]
    out = {"parameters": {"logits": logits}, "other": {"logits": q_logits}, "value": value}
    for key in ("log_prob", "mean", "variance", "entropy", "kl"):
        out[key] = []
    for l, q, x in zip(logits, q_logits, value):
        p1, log_p0 = coin(l)
        q1, log_q0 = coin(q)
        log_p1, log_q1 = log_p0 + mpmath.mpf(l), log_q0 + mpmath.mpf(q)
        p0 = 1 / (1 + mpmath.exp(mpmath.mpf(l)))
        out["log_prob"].append(float(log_p1 if x else log_p0))
        out["mean"].append(float(p1))
        out["variance"].append(float(p1 * p0))
        out["entropy"].append(float(-p1 * log_p1 - p0 * log_p0))
        out["kl"].append(float(p1 * (log_p1 - log_q1) + p0 * (log_p0 - log_q0)))
    moderate = slice(1, 4)
    p = distributions.Bernoulli(logits=tensor(logits[moderate]))
    numpy.testing.assert_allclose(p.log_prob(tensor(value[moderate])), out["log_prob"][moderate], rtol=1e-12)
    numpy.testing.assert_allclose(p.entropy(), out["entropy"][moderate], rtol=1e-12)
    return out


def categorical_case():
    logits = [[0.1, -2.0, 1.3, 0.0], [30.0, 0.0, -5.0, 1.0], [-1.0, -1.0, -1.0, -1.0]]
    q_logits = [[0.0, 0.0, 0.0, 0.0], [3.0, 0.0, -1.0, 1.0], [1.0, -1.0, 2.0, -2.0]]
    value = [2, 3, 0]
    p = distributions.Categorical(logits=tensor(logits))
    q = distributions.Categorical(logits=tensor(q_logits))
    index = torch.arange(4, dtype=FLOAT64)
    mean = (p.probs * index).sum(-1)
    return {
        "parameters": {"logits": logits},
        "other": {"logits": q_logits},
        "value": value,
        "log_prob": numbers(p.log_prob(torch.tensor(value))),
        "mean": numbers(mean),
        "variance": numbers((p.probs * (index - mean[:, None]) ** 2).sum(-1)),
        "entropy": numbers(p.entropy()),
        "kl": numbers(distributions.kl_divergence(p, q)),
    }


def one_hot_categorical_case():
    logits = [[[0.1, -2.0, 1.3], [0.0, 0.7, -1.0]], [[30.0, 0.0, -5.0], [-1.0, -1.0, -1.0]]]
    q_logits = [[[0.0, 0.0, 0.0], [1.0, -0.5, 0.2]], [[3.0, 0.0, -1.0], [1.0, -1.0, 2.0]]]
    value = [[0.0, 0.0, 1.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 1.0, 0.0]]
    p = distributions.Independent(distributions.OneHotCategorical(logits=tensor(logits)), 1)
    q = distributions.Independent(distributions.OneHotCategorical(logits=tensor(q_logits)), 1)
    return {
        "parameters": {"logits": logits},
        "other": {"logits": q_logits},
        "value": value,
        "log_prob": numbers(p.log_prob(tensor(value).reshape(2, 2, 3))),
        "mean": numbers(p.mean),
        "variance": numbers(p.variance),
        "entropy": numbers(p.entropy()),
        "kl": numbers(distributions.kl_divergence(p, q)),
    }


class ContinuousBernoulli:
    """By integration of e^(l x) over [0, 1]: no formula shared with the code under test."""

    def __init__(self, logit):
        self.logit = mpmath.mpf(logit)
        points = [0, 1] if abs(self.logit) < 30 else [0, 10 / abs(self.logit), 1 - 10 / abs(self.logit), 1]
        self.moments = [
            mpmath.quad(lambda x, k=k: x**k * mpmath.exp(self.logit * x), points) for k in range(3)
        ]
        self.log_partition = mpmath.log(self.moments[0])
        self.mean = self.moments[1] / self.moments[0]
        self.variance = self.moments[2] / self.moments[0] - self.mean**2

    def log_prob(self, x):
        return self.logit * mpmath.mpf(x) - self.log_partition


def continuous_bernoulli_case():
    logits = [-60.0, -5.0, -1.0001, -0.9999, -1e-3, 0.0, 1e-9, 0.3, 1.5, 12.0]
    q_logits = [-50.0, 2.0, 0.5, -3.0, 1.0, 0.7, -0.2, 0.0, 1.0, 20.0]
    value = [0.01, 0.3, 0.0, 1.0, 0.5, 0.9, 0.25, 0.75, 0.6, 0.99]
    out = {"parameters": {"logits": logits}, "other": {"logits": q_logits}, "value": value}
    for key in ("log_prob", "mean", "variance", "entropy", "kl"):
        out[key] = []
    for l, ql, x in zip(logits, q_logits, value):
        p, q = ContinuousBernoulli(l), ContinuousBernoulli(ql)
        out["log_prob"].append(float(p.log_prob(x)))
        out["mean"].append(float(p.mean))
        out["variance"].append(float(p.variance))
        out["entropy"].append(float(p.log_partition - p.logit * p.mean))
        kl = (p.logit - q.logit) * p.mean - p.log_partition + q.log_partition
        out["kl"].append(float(kl))
    peer = distributions.ContinuousBernoulli(logits=tensor(logits[7:]))
    numpy.testing.assert_allclose(peer.log_prob(tensor(value[7:])), out["log_prob"][7:], rtol=1e-6)
    return out


def main():
    normal = normal_case()
    cases = {
        "normal": normal,
        "bernoulli": bernoulli_case(),
        "categorical": categorical_case(),
        "one_hot_categorical": one_hot_categorical_case(),
        "continuous_bernoulli": continuous_bernoulli_case(),
    }
    cases.update(summed(normal, "diag_normal"))
    cases.update(summed(normal, "independent"))
    cases.update(continuous.cases())
    cases.update(vectors.cases())
    cases.update(counts.cases())
    cases.update(relaxed.cases())
    document = {
        "command": "python3 scripts/make_golden_values.py > tests/golden/distributions.json",
        "versions": {"torch": torch.__version__.split("+")[0], "scipy": scipy.__version__, "mpmath": mpmath.__version__},
        "cases": cases,
    }
    json.dump(document, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
