#!/usr/bin/env python3
"""Normalisers, moments and densities of the targets, to compare ours with.

Command:  python3 scripts/make_target_constants.py > tests/golden/targets.json
Needs NumPy and SciPy; scripts/oracle_env makes such an environment.

The energies u1 to u4 are those of Rezende and Mohamed, "Variational inference with normalizing flows", 2015,
arXiv:1505.05770, table 1; u2 to u4 are improper in z1, so they are confined by (z1^4 + z2^4) / (2 * 8^4). Their integrals
are trapezoid sums over a grid that reaches into exp(-40) of the mass, where the rule converges geometrically; the sum with
twice the step must agree to 1e-11. Where another way exists it is taken too: SciPy's adaptive quadrature of the z1-marginal.
The numbers stand in src/probability/targets/energy.cpp.
"""

import json
import sys

import numpy
import scipy.integrate
import scipy.special
import scipy.stats


def w1(z1):
    return numpy.sin(2 * numpy.pi * z1 / 4)


def w2(z1):
    return 3 * numpy.exp(-0.5 * ((z1 - 1) / 0.6) ** 2)


def w3(z1):
    return 3 * scipy.special.expit((z1 - 1) / 0.3)


def confinement(z1, z2):
    return -0.5 * (z1**4 + z2**4) / 8**4


def u1(z1, z2):
    ring = 0.5 * ((numpy.hypot(z1, z2) - 2) / 0.4) ** 2
    return numpy.logaddexp(-0.5 * ((z1 - 2) / 0.6) ** 2, -0.5 * ((z1 + 2) / 0.6) ** 2) - ring


def u2(z1, z2):
    return -0.5 * ((z2 - w1(z1)) / 0.4) ** 2


def u3(z1, z2):
    return numpy.logaddexp(-0.5 * ((z2 - w1(z1)) / 0.35) ** 2, -0.5 * ((z2 - w1(z1) + w2(z1)) / 0.35) ** 2)


def u4(z1, z2):
    return numpy.logaddexp(-0.5 * ((z2 - w1(z1)) / 0.4) ** 2, -0.5 * ((z2 - w1(z1) + w3(z1)) / 0.35) ** 2)


ENERGIES = {"u1": u1, "u2": u2, "u3": u3, "u4": u4}
# ln Z, E[z1], E[z2], E[z1^2], E[z2^2] and entropy, found before by other code: six decimals must agree.
KNOWN = {
    "u1": (1.877502, 0, 0, 3.303502, 1.395278, 2.660012),
    "u2": (2.850138, 0, 0, 30.591283, 0.659849, 3.600174),
    "u3": (3.409720, -0.000052, -0.130651, 30.592797, 0.731856, 3.549236),
    "u4": (3.475975, -0.014874, -0.610317, 30.577591, 2.393881, 3.857553),
}


def density_of(name):
    if name == "u1":
        return u1
    return lambda z1, z2: ENERGIES[name](z1, z2) + confinement(z1, z2)


def integrals(name, step):
    """ln Z, first and second moments and the entropy by the trapezoid rule; the integrand vanishes at the ends."""
    reach = (6, 6) if name == "u1" else (24, 10)
    lines = [numpy.arange(-int(r / step), int(r / step) + 1) * step for r in reach]
    z1, z2 = numpy.meshgrid(*lines, indexing="ij")
    log_density = density_of(name)(z1, z2)
    mass = numpy.exp(log_density) * step * step
    total = mass.sum()
    mean = lambda f: float((mass * f).sum() / total)
    log_z = float(numpy.log(total))
    return numpy.array([log_z, mean(z1), mean(z2), mean(z1 * z1), mean(z1 * z2), mean(z2 * z2), log_z - mean(log_density)])


def marginal_log_normaliser(name):
    """ln Z once more: the integral over z2 by Gauss and Legendre on short pieces, that over z1 adaptive."""
    nodes, weights = numpy.polynomial.legendre.leggauss(40)
    edges = numpy.linspace(-10, 10, 81)
    half = (edges[1] - edges[0]) / 2
    z2 = (edges[:-1, None] + half + half * nodes).ravel()
    weight = numpy.tile(half * weights, 80)
    marginal = lambda z1: float(numpy.sum(weight * numpy.exp(density_of(name)(z1, z2))))
    pieces = numpy.arange(-24, 24, 0.5)
    return float(numpy.log(sum(scipy.integrate.quad(marginal, a, a + 0.5, epsabs=1e-13, epsrel=1e-13)[0] for a in pieces)))


def energy_constants(name):
    # The tip of u1's cone, whose weight is 1e-7, spoils the geometric convergence: a finer grid.
    step = 0.01 if name == "u1" else 0.025
    values, coarse = integrals(name, step), integrals(name, 2 * step)
    numpy.testing.assert_allclose(values, coarse, rtol=1e-11, atol=1e-11)
    numpy.testing.assert_allclose(values[0], marginal_log_normaliser(name), rtol=0, atol=1e-9)
    numpy.testing.assert_allclose(values[[0, 1, 2, 3, 5, 6]], KNOWN[name], rtol=0, atol=6e-7)
    log_z, m1, m2, m11, m12, m22, entropy = (float(v) for v in values)
    return {
        "log_normaliser": log_z,
        "mean": [m1, m2],
        "covariance": [m11 - m1 * m1, m12 - m1 * m2, m12 - m1 * m2, m22 - m2 * m2],
        "entropy": entropy,
    }


PLANE = [[0.0, 0.0], [1.3, -0.4], [-2.1, 0.05], [0.9, -2.2], [-7.5, 3.0], [12.0, -8.0], [100.0, -100.0], [2.0, 1e-9]]


def energy_cases():
    out = {}
    z1, z2 = numpy.array(PLANE).T
    for name, energy in ENERGIES.items():
        out[name] = {"config": {"type": name}, "points": PLANE, "log_density": density_of(name)(z1, z2).tolist()}
        out[name].update(energy_constants(name))
        if name != "u1":
            config = {"type": name, "confined": False}
            out[name + "_free"] = {"config": config, "points": PLANE, "log_density": energy(z1, z2).tolist()}
    return out


def gaussian_case():
    mean, covariance = [0.5, -1.0, 2.0], [[2.0, 0.6, -0.3], [0.6, 1.0, 0.2], [-0.3, 0.2, 0.5]]
    points = [[0.5, -1.0, 2.0], [0.0, 0.0, 0.0], [3.0, -4.0, 5.0], [100.0, -100.0, 100.0]]
    return {
        "config": {"type": "gaussian", "mean": mean, "covariance": numpy.ravel(covariance).tolist(), "correlation": None},
        "points": points,
        "log_density": scipy.stats.multivariate_normal(mean, covariance).logpdf(points).tolist(),
    }


def banana_case():
    scale, bend = 10.0, 0.03
    z1, z2 = numpy.array(PLANE).T
    density = scipy.stats.norm.logpdf(z1, 0, scale) + scipy.stats.norm.logpdf(z2, bend * (z1**2 - scale**2), 1)
    return {
        "config": {"type": "banana", "scale": scale, "bend": bend},
        "points": PLANE,
        "log_density": density.tolist(),
    }


def funnel_case():
    points = [[0.0, 0.0, 0.0, 0.0], [-4.0, 0.1, -0.2, 0.05], [6.0, 20.0, -3.0, 0.5], [-30.0, 0.0, 0.0, 0.0], [3.0, 100.0, 0.0, 1.0]]
    density = [
        scipy.stats.norm.logpdf(v, 0, 3) + numpy.sum(scipy.stats.norm.logpdf(x, 0, numpy.exp(v / 2)))
        for v, *x in points
    ]
    return {"config": {"type": "funnel", "size": 4}, "points": points, "log_density": [float(d) for d in density]}


def mixture_case():
    means, scales, weights = [[-2.0, 0.5], [1.5, -1.0], [0.0, 3.0]], [0.5, 1.2, 0.3], [0.5, 0.3, 0.2]
    terms = [
        numpy.log(w) + scipy.stats.multivariate_normal(m, s * s).logpdf(PLANE)
        for m, s, w in zip(means, scales, weights)
    ]
    config = {"type": "mixture", "size": 2, "means": numpy.ravel(means).tolist(), "scale": scales, "weights": [5.0, 3.0, 2.0]}
    return {"config": config, "points": PLANE, "log_density": scipy.special.logsumexp(terms, axis=0).tolist()}


def eight_schools_case():
    """Noncentered: mu ~ N(0, 5^2), tau half-Cauchy of scale 5, eta ~ N(0, 1), y ~ N(mu + tau eta, sigma^2); of ln tau."""
    gains = numpy.array([28, 8, -3, 7, -1, 1, 18, 12.0])
    errors = numpy.array([15, 10, 16, 11, 9, 11, 10, 18.0])
    points = [[0.0] * 10, [4.0, 1.0, 0.5, -0.3, 0.2, 0.0, -0.6, -0.2, 0.7, 0.1],
              [-7.5, -3.0, 1.5, -1.0, 2.0, 0.25, -2.5, 0.75, 1.0, -0.5], [1.0, 4.5, 0.1, 0.2, -0.1, 0.3, 0.0, -0.2, 0.05, 0.4]]
    density = []
    for z in numpy.array(points):
        mu, tau, eta = z[0], numpy.exp(z[1]), z[2:]
        density.append(scipy.stats.norm.logpdf(mu, 0, 5) + scipy.stats.halfcauchy.logpdf(tau, 0, 5) + z[1]
                       + scipy.stats.norm.logpdf(eta).sum() + scipy.stats.norm.logpdf(gains, mu + tau * eta, errors).sum())
    return {"config": {"type": "eight_schools"}, "points": points, "log_density": [float(d) for d in density]}


def main():
    cases = energy_cases()
    cases.update(gaussian=gaussian_case(), banana=banana_case(), funnel=funnel_case(), mixture=mixture_case(),
                 eight_schools=eight_schools_case())
    command = "python3 scripts/make_target_constants.py > tests/golden/targets.json"
    json.dump({"command": command, "cases": cases}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
