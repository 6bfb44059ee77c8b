"""Reference values of counts, ordered classes and levels of a grid, with 60 digits by mpmath from the textbook formulas;
where SciPy has the distribution, it agrees."""

import mpmath
import numpy
import scipy.stats

mpmath.mp.dps = 60
mpf = mpmath.mpf


def floats(values):
    return [float(v) for v in values]


def poisson_case():
    log_rate = [-18.420680743952367, -18.420680743952367, 0.0, 1.2, 2.302585092994046, 6.9, 13.815510557964274, 0.0]
    value = [0.0, 1.0, 0.0, 7.0, 10.0, 1000.0, 1000000.0, 1000000.0]
    rates = [mpmath.exp(mpf(l)) for l in log_rate]
    log_prob = floats(x * mpf(l) - r - mpmath.loggamma(mpf(x) + 1) for x, l, r in zip(value, log_rate, rates))
    numpy.testing.assert_allclose(log_prob, scipy.stats.poisson.logpmf(value, numpy.exp(log_rate)), rtol=1e-8)
    return {
        "parameters": {"log_rate": log_rate},
        "other": {"log_rate": [0.5] * len(log_rate)},
        "value": value,
        "log_prob": log_prob,
        "mean": floats(rates),
        "variance": floats(rates),
    }


def negative_binomial_log_mass(x, log_mean, log_dispersion):
    m, r = mpmath.exp(mpf(log_mean)), mpmath.exp(-mpf(log_dispersion))
    return (mpmath.loggamma(x + r) - mpmath.loggamma(r) - mpmath.loggamma(mpf(x) + 1) + r * mpmath.log(r / (r + m))
            + x * mpmath.log(m / (r + m)))


NEGATIVE_BINOMIAL = {
    "log_mean": [0.0, 1.5, -18.420680743952367, 13.815510557964274, 14.0, 3.0, 9.0, 0.0, 2.0],
    "log_dispersion": [0.0, -1.0, 1.0, 0.0, -2.0, -10.0, -25.0, 2.0, 4.0],
}
COUNTS = [0.0, 3.0, 1.0, 1000000.0, 2000000.0, 25.0, 8000.0, 1000000.0, 0.0]


def negative_binomial_case():
    p = NEGATIVE_BINOMIAL
    pairs = list(zip(p["log_mean"], p["log_dispersion"]))
    log_prob = floats(negative_binomial_log_mass(x, m, d) for x, (m, d) in zip(COUNTS, pairs))
    r, m = numpy.exp(-numpy.array(p["log_dispersion"])), numpy.exp(p["log_mean"])
    peer = scipy.stats.nbinom.logpmf(COUNTS, r, r / (r + m))
    moderate = [0, 1, 2, 3, 5, 8]  # SciPy subtracts large logarithms of the gamma function
    numpy.testing.assert_allclose(numpy.array(log_prob)[moderate], peer[moderate], rtol=1e-7)
    mean = [mpmath.exp(mpf(m)) for m, _ in pairs]
    return {
        "parameters": p,
        "other": p,
        "value": COUNTS,
        "log_prob": log_prob,
        "mean": floats(mean),
        "variance": floats(m + m**2 * mpmath.exp(mpf(d)) for m, (_, d) in zip(mean, pairs)),
    }


def zero_inflated_negative_binomial_case():
    p = dict(NEGATIVE_BINOMIAL, zero_logit=[0.0, -2.0, 3.0, 1.0, -1.0, 0.5, -30.0, 2.0, 30.0])
    rows = list(zip(p["zero_logit"], p["log_mean"], p["log_dispersion"]))
    log_prob, means, variances = [], [], []
    for x, (g, m, d) in zip(COUNTS, rows):
        share = 1 / (1 + mpmath.exp(-mpf(g)))
        counted = (1 - share) * mpmath.exp(negative_binomial_log_mass(x, m, d))
        log_prob.append(float(mpmath.log(counted + (share if x == 0 else 0))))
        mean = mpmath.exp(mpf(m))
        second = mean + mean**2 * (1 + mpmath.exp(mpf(d)))
        means.append((1 - share) * mean)
        variances.append((1 - share) * second - means[-1] ** 2)
    return {
        "parameters": p,
        "other": p,
        "value": COUNTS,
        "log_prob": log_prob,
        "mean": floats(means),
        "variance": floats(variances),
    }


def sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


def of_masses(masses, values):
    """Moments and entropy of a distribution on a few values."""
    mean = sum(p * v for p, v in zip(masses, values))
    variance = sum(p * (v - mean) ** 2 for p, v in zip(masses, values))
    return mean, variance, -sum(p * mpmath.log(p) for p in masses)


def ordinal_case():
    p = {"loc": [0.3, -2.0, 40.0, 0.0], "first_cut": [-1.0, 0.0, 0.5, -1.0],
         "log_gaps": [[0.0, 0.5], [-1.0, 2.0], [0.0, 0.0], [-30.0, 1.0]]}
    value, out = [1, 3, 0, 1], {"log_prob": [], "mean": [], "variance": [], "entropy": []}
    for x, loc, first, gaps in zip(value, p["loc"], p["first_cut"], p["log_gaps"]):
        cuts = [mpf(first)]
        for gap in gaps:
            cuts.append(cuts[-1] + mpmath.exp(mpf(gap)))
        below = [mpf(0)] + [sigmoid(c - mpf(loc)) for c in cuts] + [mpf(1)]
        masses = [b - a for a, b in zip(below, below[1:])]
        out["log_prob"].append(float(mpmath.log(masses[x])))
        for key, number in zip(("mean", "variance", "entropy"), of_masses(masses, range(4))):
            out[key].append(float(number))
    return {"parameters": p, "other": p, "value": value, **out}


def discretized_logistic_case():
    """On the levels k / 255, as grey pixels have them; value[5:] are ends and tails."""
    p = {"loc": [0.5, 0.2, -0.3, 1.4, 0.5, 0.9, 0.1, 0.5, 0.5],
         "log_scale": [-3.0, -1.0, -2.0, -2.5, -7.0, -7.0, -7.0, 12.0, -4.0]}
    level = [128, 3, 0, 255, 128, 0, 255, 17, 0]
    out = {"log_prob": [], "mean": [], "variance": [], "entropy": []}
    for k, loc, log_scale in zip(level, p["loc"], p["log_scale"]):
        scale, step = mpmath.exp(mpf(log_scale)), mpf(1) / 255
        edges = [(i + mpf(1) / 2) * step for i in range(255)]
        # 60 digits leave 20 of a mass of 1e-40 when 1 is subtracted; the upper half is counted from above.
        masses = [sigmoid((edges[0] - mpf(loc)) / scale)]
        for a, b in zip(edges, edges[1:]):
            u, l = (b - mpf(loc)) / scale, (a - mpf(loc)) / scale
            masses.append(sigmoid(u) - sigmoid(l) if u < 0 else sigmoid(-l) - sigmoid(-u))
        masses.append(sigmoid((mpf(loc) - edges[-1]) / scale))
        out["log_prob"].append(float(mpmath.log(masses[k])))
        for key, number in zip(("mean", "variance", "entropy"), of_masses(masses, [i * step for i in range(256)])):
            out[key].append(float(number))
    return {"parameters": p, "other": p, "value": [k / 255 for k in level], **out}


def cases():
    return {
        "poisson": poisson_case(), "negative_binomial": negative_binomial_case(),
        "zero_inflated_negative_binomial": zero_inflated_negative_binomial_case(), "ordinal": ordinal_case(),
        "discretized_logistic": discretized_logistic_case(),
    }
