#!/usr/bin/env python3
"""Log densities and gradients of the Stan programs in tests/programs, from formulas written by hand.

Command:  python3 scripts/oracle/program_densities.py [--data DIR] [--check] [--simulate] > tests/golden/programs.json
Needs JAX, NumPy and SciPy (pip install jax numpy scipy). DIR holds NAME.json.gz of posteriordb (default
$ELBOW_DATA/posteriordb/data); data that we simulated stand in tests/programs/data/NAME.json and come first.

No Stan file is read: each program is a function below. Densities are on unconstrained space, float64, with every
constant (propto = false) and the Jacobians of Stan's Reference Manual 2.36. Of the five points two are U(-2, 2) and
three near the mode (a hierarchical scale that has no mode is held; Program says why). --check also compares
values with scipy.stats and Jacobians by differences, gradients with differences, and modes with exact.tsv beside
DIR, and names on stderr what disagrees.
"""

import argparse
import csv
import gzip
import json
import math
import os
import pathlib
import sys

import jax
import jax.numpy as jnp
import numpy
import scipy.optimize
import scipy.special
import scipy.stats

jax.config.update("jax_enable_x64", True)

PROGRAMS = pathlib.Path(__file__).resolve().parents[2] / "tests" / "programs"
HALF_LOG_2_PI = 0.5 * math.log(2 * math.pi)


class Formulas:
    """Densities by hand, sums over all elements, for jax.grad."""

    np = jnp
    logsumexp = staticmethod(jax.scipy.special.logsumexp)
    cholesky = staticmethod(jnp.linalg.cholesky)

    @staticmethod
    def scan(step, state, steps):
        return jax.lax.scan(step, state, steps)

    @staticmethod
    def total(values, *others):
        shape = jnp.broadcast_shapes(*(jnp.shape(one) for one in others))
        return jnp.broadcast_to(values, shape).sum()

    def normal(self, y, loc, scale):
        return self.total(-0.5 * ((y - loc) / scale) ** 2 - jnp.log(scale) - HALF_LOG_2_PI, y, loc, scale)

    def lognormal(self, y, loc, scale):
        return self.normal(jnp.log(y), loc, scale) - jnp.log(y).sum()

    def cauchy(self, y, loc, scale):
        return self.total(-jnp.log1p(((y - loc) / scale) ** 2) - jnp.log(math.pi * scale), y, loc, scale)

    def student_t(self, y, df, loc, scale):
        constant = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - 0.5 * math.log(df * math.pi) - math.log(scale)
        return self.total(constant - (df + 1) / 2 * jnp.log1p(((y - loc) / scale) ** 2 / df), y)

    def gamma(self, y, shape, rate):
        return shape * math.log(rate) - math.lgamma(shape) + (shape - 1) * jnp.log(y) - rate * y

    def beta(self, y, a, b):
        constant = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
        return constant + (a - 1) * jnp.log(y) + (b - 1) * jnp.log1p(-y)

    def dirichlet(self, y, concentration):
        constant = math.lgamma(sum(concentration)) - sum(math.lgamma(one) for one in concentration)
        return constant + ((concentration - 1) * jnp.log(y)).sum()

    def each_normal(self, y, loc, scale):
        return -0.5 * ((y - loc) / scale) ** 2 - jnp.log(scale) - HALF_LOG_2_PI

    def each_exponential(self, y, rate):
        return jnp.log(rate) - rate * y

    def bernoulli_logit(self, y, logit):
        return jax.nn.log_sigmoid(jnp.where(y == 1, logit, -logit)).sum()

    def bernoulli_log_p(self, y, log_p):
        # log(1 - p) is taken only where y = 0: there p < 1.
        inside = jnp.where(y == 1, -1.0, log_p)
        return jnp.where(y == 1, log_p, jnp.log(-jnp.expm1(inside))).sum()

    def binomial_logit(self, y, n, logit):
        constant = sum(math.lgamma(a + 1) - math.lgamma(b + 1) - math.lgamma(a - b + 1) for a, b in zip(n, y))
        return constant + (y * jax.nn.log_sigmoid(logit) + (n - y) * jax.nn.log_sigmoid(-logit)).sum()

    def poisson_log(self, y, log_rate):
        return (y * log_rate - jnp.exp(log_rate)).sum() - sum(math.lgamma(one + 1) for one in y)

    def centred_normal(self, y, covariance):
        factor = jnp.linalg.cholesky(covariance)
        z = jax.scipy.linalg.solve_triangular(factor, y, lower=True)
        return -0.5 * (z**2).sum() - jnp.log(jnp.diag(factor)).sum() - len(y) * HALF_LOG_2_PI

    def log_abs_det(self, transform, u, formula):
        return formula


class Library:
    """The same by scipy.stats, and Jacobians by differences: slow, to compare with."""

    np = numpy
    logsumexp = staticmethod(scipy.special.logsumexp)
    cholesky = staticmethod(numpy.linalg.cholesky)

    @staticmethod
    def scan(step, state, steps):
        outputs = []
        for one in steps if not isinstance(steps, tuple) else zip(*steps):
            state, output = step(state, one)
            outputs.append(output)
        return state, numpy.array(outputs)

    def normal(self, y, loc, scale):
        return scipy.stats.norm.logpdf(y, loc, scale).sum()

    def lognormal(self, y, loc, scale):
        return scipy.stats.lognorm.logpdf(y, scale, scale=numpy.exp(loc)).sum()

    def cauchy(self, y, loc, scale):
        return scipy.stats.cauchy.logpdf(y, loc, scale).sum()

    def student_t(self, y, df, loc, scale):
        return scipy.stats.t.logpdf(y, df, loc, scale).sum()

    def gamma(self, y, shape, rate):
        return scipy.stats.gamma.logpdf(y, shape, scale=1 / rate)

    def beta(self, y, a, b):
        return scipy.stats.beta.logpdf(y, a, b)

    def dirichlet(self, y, concentration):
        return scipy.stats.dirichlet.logpdf(y, numpy.asarray(concentration, float))

    def each_normal(self, y, loc, scale):
        return scipy.stats.norm.logpdf(y, loc, scale)

    def each_exponential(self, y, rate):
        return scipy.stats.expon.logpdf(y, scale=1 / rate)

    def bernoulli_logit(self, y, logit):
        # The smaller of p and 1 - p keeps its digits in expit.
        return numpy.log(scipy.special.expit(numpy.where(y == 1, logit, -logit))).sum()

    def bernoulli_log_p(self, y, log_p):
        return scipy.stats.bernoulli.logpmf(y, numpy.exp(log_p)).sum()

    def binomial_logit(self, y, n, logit):
        return scipy.stats.binom.logpmf(y, n, scipy.special.expit(logit)).sum()

    def poisson_log(self, y, log_rate):
        return scipy.stats.poisson.logpmf(y, numpy.exp(log_rate)).sum()

    def centred_normal(self, y, covariance):
        return scipy.stats.multivariate_normal.logpdf(y, numpy.zeros(len(y)), covariance)

    def log_abs_det(self, transform, u, formula):
        step = 1e-5
        columns = [(transform(u + step * e) - transform(u - step * e)) / (2 * step) for e in numpy.eye(len(u))]
        return numpy.linalg.slogdet(numpy.stack(columns, axis=1)[: len(u)])[1]


class Parameters:
    """Takes constrained values from an unconstrained vector in order of declaration, and sums the log-Jacobians."""

    def __init__(self, u, backend):
        self.u, self.backend, self.np = u, backend, backend.np
        self.position, self.log_jacobian = 0, 0.0

    def free(self, count):
        self.position += count
        return self.u[self.position - count : self.position]

    def mapped(self, count, transform, formula):
        u = self.free(count)
        self.log_jacobian += self.backend.log_abs_det(transform, u, formula(u))
        return transform(u)

    def real(self):
        return self.free(1)[0]

    def positives(self, count):
        return self.mapped(count, self.np.exp, lambda u: u.sum())

    def positive(self):
        return self.positives(1)[0]

    def between(self, low, high):
        np = self.np
        return self.mapped(
            1,
            lambda u: low + (high - low) / (1 + np.exp(-u)),
            lambda u: (np.log(high - low) - np.logaddexp(0.0, u) - np.logaddexp(0.0, -u)).sum(),
        )[0]

    def ordered(self, size):
        np = self.np
        return self.mapped(
            size, lambda u: np.cumsum(np.concatenate([u[:1], np.exp(u[1:])])), lambda u: u[1:].sum()
        )

    def positive_ordered(self, size):
        return self.mapped(size, lambda u: self.np.cumsum(self.np.exp(u)), lambda u: u.sum())

    def broken_stick(self, u):
        """The simplex, and the sum of log x'_k: what was left times z (1 - z)."""
        rest, parts, log_det = 1.0, [], 0.0
        for k in range(len(u)):
            z = 1 / (1 + self.np.exp(-(u[k] - math.log(len(u) - k))))
            parts.append(rest * z)
            log_det = log_det + self.np.log(rest * z * (1 - z))
            rest = rest * (1 - z)
        return self.np.stack([*parts, rest]), log_det

    def simplex(self, size):
        return self.mapped(size - 1, lambda u: self.broken_stick(u)[0], lambda u: self.broken_stick(u)[1])


# Linear models: intercept and slopes beta, then sigma.


def columns(*parts):
    return numpy.column_stack(numpy.broadcast_arrays(1.0, *parts))


def over_sd(x, factor=1):
    return (x - x.mean()) / (factor * x.std(ddof=1))


def earnings(d, which):
    log_earn, height, male = numpy.log(d["earn"]), d["height"], d["male"]
    z = over_sd(height)
    return {
        "earn_height": lambda: (d["earn"], columns(height)),
        "log10earn_height": lambda: (log_earn / math.log(10), columns(height)),
        "logearn_height": lambda: (log_earn, columns(height)),
        "logearn_height_male": lambda: (log_earn, columns(height, male)),
        "logearn_logheight_male": lambda: (log_earn, columns(numpy.log(height), male)),
        "logearn_interaction": lambda: (log_earn, columns(height, male, height * male)),
        "logearn_interaction_z": lambda: (log_earn, columns(z, male, z * male)),
    }[which]()


def kidscore(d, which):
    y, hs, iq = d["kid_score"], d["mom_hs"], d["mom_iq"]
    c_hs, c_iq = hs - hs.mean(), iq - iq.mean()
    z_hs, z_iq = over_sd(hs, 2), over_sd(iq, 2)
    return {
        "kidscore_momiq": lambda: (y, columns(iq)),
        "kidscore_momhs": lambda: (y, columns(hs)),
        "kidscore_momhsiq": lambda: (y, columns(hs, iq)),
        "kidscore_interaction": lambda: (y, columns(hs, iq, hs * iq)),
        "kidscore_interaction_c": lambda: (y, columns(c_hs, c_iq, c_hs * c_iq)),
        "kidscore_interaction_c2": lambda: (y, columns(hs - 0.5, iq - 100, (hs - 0.5) * (iq - 100))),
        "kidscore_interaction_z": lambda: (y, columns(z_hs, z_iq, z_hs * z_iq)),
        "kidscore_mom_work": lambda: (y, columns(*(d["mom_work"] == k for k in (2, 3, 4)))),
    }[which]()


def mesquite(d, which):
    log = {name: numpy.log(d[name]) for name in ("diam1", "diam2", "canopy_height", "total_height", "density")}
    area, group = log["diam1"] + log["diam2"], d["group"]
    volume, shape = area + log["canopy_height"], log["diam1"] - log["diam2"]
    if which == "mesquite":
        return d["weight"], columns(*(d[name] for name in log), group)
    return numpy.log(d["weight"]), {
        "logmesquite": lambda: columns(*log.values(), group),
        "logmesquite_logvolume": lambda: columns(volume),
        "logmesquite_logva": lambda: columns(volume, area, group),
        "logmesquite_logvas": lambda: columns(volume, area, shape, log["total_height"], log["density"], group),
        "logmesquite_logvash": lambda: columns(volume, area, shape, log["total_height"], group),
    }[which]()


def nes(d, _):
    ages = [d["age_discrete"] == k for k in (2, 3, 4)]
    return d["partyid7"], columns(d["real_ideo"], d["race_adj"], *ages, d["educ1"], d["gender"], d["income"])


def blr(d, _):
    return d["y"], d["X"]


def kilpisjarvi(d, _):
    return d["y"], columns(d["x"])


def flat(q, d, beta, sigma):
    return 0.0


def cauchy_scale(q, d, beta, sigma):
    return q.cauchy(sigma, 0, 2.5)


def normal_all(q, d, beta, sigma):
    return q.normal(beta, 0, 10) + q.normal(sigma, 0, 10)


def normal_of_data(q, d, beta, sigma):
    return q.normal(beta[0], d["pmualpha"], d["psalpha"]) + q.normal(beta[1], d["pmubeta"], d["psbeta"])


def linear(problem, prior, which):
    def log_density(q, p, d):
        y, x = problem(d, which)
        beta, sigma = p.free(x.shape[1]), p.positive()
        return prior(q, d, beta, sigma) + q.normal(y, x @ beta, sigma)

    def least_squares(d):
        y, x = problem(d, which)
        beta = numpy.linalg.lstsq(x, y, rcond=None)[0]
        return [*beta, math.log(numpy.std(y - x @ beta))]

    return log_density, least_squares


# All others, each in the order of its program's parameters block.


def eight_schools_centered(q, p, d):
    theta, mu, tau = p.free(8), p.real(), p.positive()
    prior = q.normal(mu, 0, 5) + q.cauchy(tau, 0, 5)
    return prior + q.normal(theta, mu, tau) + q.normal(d["y"], theta, d["sigma"])


def eight_schools_noncentered(q, p, d):
    z, mu, tau = p.free(8), p.real(), p.positive()
    prior = q.normal(mu, 0, 5) + q.cauchy(tau, 0, 5)
    return prior + q.normal(z, 0, 1) + q.normal(d["y"], mu + tau * z, d["sigma"])


def ar_k(q, p, d):
    alpha, beta, sigma = p.real(), p.free(d["K"]), p.positive()
    prior = q.normal(alpha, 0, 10) + q.normal(beta, 0, 10) + q.cauchy(sigma, 0, 2.5)
    lags = numpy.stack([d["y"][d["K"] - k : -k] for k in range(1, d["K"] + 1)], axis=1)
    return prior + q.normal(d["y"][d["K"] :], alpha + lags @ beta, sigma)


def arma11(q, p, d):
    mu, phi, theta, sigma = p.real(), p.real(), p.real(), p.positive()
    prior = q.normal(mu, 0, 10) + q.normal(phi, 0, 2) + q.normal(theta, 0, 2) + q.cauchy(sigma, 0, 2.5)

    def step(shock, pair):
        now, before = pair
        shock = now - mu - phi * before - theta * shock
        return shock, shock

    first = d["y"][0] - mu - phi * mu
    _, others = q.scan(step, first, (d["y"][1:], d["y"][:-1]))
    return prior + q.normal(first, 0, sigma) + q.normal(others, 0, sigma)


def garch11(q, p, d):
    mu, alpha0, alpha1 = p.real(), p.positive(), p.between(0.0, 1.0)
    beta1 = p.between(0.0, 1 - alpha1)

    def step(variance, before):
        variance = alpha0 + alpha1 * (before - mu) ** 2 + beta1 * variance
        return variance, variance

    _, others = q.scan(step, d["sigma1"] ** 2 * q.np.ones(()), d["y"][:-1])
    return q.normal(d["y"][0], mu, d["sigma1"]) + q.normal(d["y"][1:], mu, q.np.sqrt(others))


def squared_exponential(q, x, alpha, rho):
    return alpha**2 * q.np.exp(-0.5 * ((x[:, None] - x[None]) / rho) ** 2)


def gp_regr(q, p, d):
    rho, alpha, sigma = p.positive(), p.positive(), p.positive()
    prior = q.gamma(rho, 25, 4) + q.normal(alpha, 0, 2) + q.normal(sigma, 0, 1)
    covariance = squared_exponential(q, d["x"], alpha, rho) + sigma * numpy.eye(len(d["x"]))
    return prior + q.centred_normal(d["y"], covariance)


def gp_pois_regr(q, p, d):
    rho, alpha, z = p.positive(), p.positive(), p.free(11)
    prior = q.gamma(rho, 25, 4) + q.normal(alpha, 0, 2) + q.normal(z, 0, 1)
    factor = q.cholesky(squared_exponential(q, d["x"], alpha, rho) + 1e-10 * numpy.eye(11))
    return prior + q.poisson_log(d["k"], factor @ z)


def low_dim_gauss_mix(q, p, d):
    mu, sigma, theta = p.ordered(2), p.positives(2), p.between(0.0, 1.0)
    prior = q.normal(mu, 0, 2) + q.normal(sigma, 0, 2) + q.beta(theta, 5, 5)
    parts = q.each_normal(d["y"][:, None], mu, sigma) + q.np.log(q.np.stack([theta, 1 - theta]))
    return prior + q.logsumexp(parts, axis=1).sum()


def forward(q, log_emission, transition):
    """log sum over paths, both states with weight 1 at the start."""
    log_transition = q.np.log(transition)

    def step(state, emission):
        return q.logsumexp(state[:, None] + log_transition, axis=0) + emission, 0.0

    state, _ = q.scan(step, log_emission[0], log_emission[1:])
    return q.logsumexp(state)


def emission_prior(q, phi, rates):
    return sum(q.normal(one[0], 0, 1) + q.normal(one[1], 3, 1) for one in (phi, rates))


def hmm_drive_0(q, p, d):
    theta = q.np.stack([p.simplex(2), p.simplex(2)])
    phi, rates = p.positive_ordered(2), p.positive_ordered(2)
    prior = emission_prior(q, phi, rates) + sum(q.dirichlet(theta[k], d["alpha"][k]) for k in (0, 1))
    emission = q.each_exponential(d["u"][:, None], phi) + q.each_exponential(d["v"][:, None], rates)
    return prior + forward(q, emission, theta)


def hmm_drive_1(q, p, d):
    theta = q.np.stack([p.simplex(2), p.simplex(2)])
    phi, rates = p.ordered(2), p.ordered(2)
    prior = emission_prior(q, phi, rates) + sum(q.dirichlet(theta[k], d["alpha"][k]) for k in (0, 1))
    emission = q.each_normal(d["u"][:, None], phi, d["tau"]) + q.each_normal(d["v"][:, None], rates, d["rho"])
    return prior + forward(q, emission, theta)


def diamonds(q, p, d):
    b, intercept, sigma = p.free(24), p.real(), p.positive()
    x = d["X"][:, 1:] - d["X"][:, 1:].mean(axis=0)
    # A scale with a half Student t: its density is doubled.
    prior = q.normal(b, 0, 1) + q.student_t(intercept, 3, 8, 10) + q.student_t(sigma, 3, 0, 10) + math.log(2)
    return prior + q.normal(d["Y"], intercept + x @ b, sigma)


def diamonds_start(d):
    x = columns(*(d["X"][:, 1:] - d["X"][:, 1:].mean(axis=0)).T)
    beta = numpy.linalg.lstsq(x, d["Y"], rcond=None)[0]
    return [*beta[1:], beta[0], math.log(numpy.std(d["Y"] - x @ beta))]


def wells_dist100_model(q, p, d):
    return q.bernoulli_logit(d["switched"], columns(d["dist"] / 100) @ p.free(2))


def wells_interaction_model(q, p, d):
    far, arsenic = d["dist"] / 100, d["arsenic"]
    return q.bernoulli_logit(d["switched"], columns(far, arsenic, far * arsenic) @ p.free(4))


def seeds_logits(d, alpha):
    # In the order of the block: alpha0, alpha1, alpha12, alpha2.
    return columns(d["x1"], d["x1"] * d["x2"], d["x2"]) @ alpha


def seeds_model(q, p, d):
    alpha, tau, b = p.free(4), p.positive(), p.free(21)
    prior = q.normal(alpha, 0, 1000) + q.gamma(tau, 0.001, 0.001) + q.normal(b, 0, 1 / q.np.sqrt(tau))
    return prior + q.binomial_logit(d["n"], d["N"], seeds_logits(d, alpha) + b)


def seeds_centered_model(q, p, d):
    alpha, c, sigma = p.free(4), p.free(21), p.positive()
    prior = q.normal(alpha, 0, 1) + q.cauchy(sigma, 0, 1) + q.normal(c, 0, sigma)
    return prior + q.binomial_logit(d["n"], d["N"], seeds_logits(d, alpha) + c - c.mean())


def radon_variable_intercept_centered(q, p, d):
    alpha, beta, mu, sigma_alpha, sigma_y = p.free(85), p.real(), p.real(), p.positive(), p.positive()
    prior = q.normal(q.np.stack([mu, beta]), 0, 10) + q.normal(q.np.stack([sigma_alpha, sigma_y]), 0, 1)
    mean = alpha[d["county_idx"] - 1] + beta * d["floor_measure"]
    return prior + q.normal(alpha, mu, sigma_alpha) + q.normal(d["log_radon"], mean, sigma_y)


def radon_variable_intercept_noncentered(q, p, d):
    z, beta, mu, sigma_alpha, sigma_y = p.free(85), p.real(), p.real(), p.positive(), p.positive()
    # Two half-normal scales, each with its factor 2: T[0, ] in the program.
    scales = q.normal(q.np.stack([sigma_alpha, sigma_y]), 0, 1) + 2 * math.log(2)
    prior = q.normal(q.np.stack([mu, beta]), 0, 10) + q.normal(z, 0, 1) + scales
    mean = mu + sigma_alpha * z[d["county_idx"] - 1] + beta * d["floor_measure"]
    return prior + q.normal(d["log_radon"], mean, sigma_y)


def irt_2pl(q, p, d):
    sigma_theta, theta = p.positive(), p.free(100)
    sigma_a, a = p.positive(), p.positives(20)
    mu_b, sigma_b, b = p.real(), p.positive(), p.free(20)
    scales = q.cauchy(q.np.stack([sigma_theta, sigma_a, sigma_b]), 0, 2)
    prior = scales + q.normal(mu_b, 0, 5) + q.normal(theta, 0, sigma_theta) + q.normal(b, mu_b, sigma_b)
    return prior + q.lognormal(a, 0, sigma_a) + q.bernoulli_logit(d["y"], a[:, None] * (theta - b[:, None]))


def outcomes_before(y):
    """Counts of shocks and of avoidances, [dogs, trials]."""
    shocks = numpy.cumsum(y, axis=1) - y
    return shocks, numpy.arange(y.shape[1]) - shocks


def dogs(q, p, d):
    beta = p.free(3)
    shocks, avoidances = outcomes_before(d["y"])
    logit = beta[0] + beta[1] * avoidances + beta[2] * shocks
    return q.normal(beta, 0, 100) + q.bernoulli_logit(d["y"], logit)


def dogs_hierarchical(q, p, d):
    a, b = p.between(0.0, 1.0), p.between(0.0, 1.0)
    shocks, avoidances = outcomes_before(d["y"])
    return q.bernoulli_log_p(d["y"], shocks * q.np.log(a) + avoidances * q.np.log(b))


class Program:
    """A log density, its data, where to start for its mode, and what to hold there (position: value).

    A hierarchical scale in a centred program is held: the density is unbounded as the scale goes to 0.
    """

    def __init__(self, data, log_density, start=None, held=None):
        self.data, self.log_density = data, log_density
        self.start, self.held = start or (lambda d: None), held or {}

    def value(self, backend, u, d):
        parameters = Parameters(u, backend)
        density = self.log_density(backend, parameters, d)
        return density + parameters.log_jacobian

    def size(self, d):
        parameters = Parameters(jnp.zeros(1000), Formulas())
        self.log_density(Formulas(), parameters, d)
        return parameters.position


def linear_program(data, problem, prior, which):
    return Program(data, *linear(problem, prior, which))


def at(*values):
    return lambda d: values


LINEAR = [
    ("earnings", earnings, flat, "earn_height log10earn_height logearn_height logearn_height_male "
     "logearn_logheight_male logearn_interaction logearn_interaction_z"),
    ("kidiq", kidscore, cauchy_scale, "kidscore_momiq kidscore_momhs kidscore_momhsiq kidscore_interaction"),
    ("kidiq_with_mom_work", kidscore, flat,
     "kidscore_interaction_c kidscore_interaction_c2 kidscore_interaction_z kidscore_mom_work"),
    ("mesquite", mesquite, flat, "mesquite logmesquite logmesquite_logvolume logmesquite_logva "
     "logmesquite_logvas logmesquite_logvash"),
    ("nes2000", nes, flat, "nes"),
    ("sblri", blr, normal_all, "blr"),
    ("kilpisjarvi_mod", kilpisjarvi, normal_of_data, "kilpisjarvi"),
]

ALL = {
    name: linear_program(data, problem, prior, name) for data, problem, prior, names in LINEAR for name in names.split()
} | {
    "eight_schools_centered": Program("eight_schools", eight_schools_centered, held={9: math.log(3.6)}),
    "eight_schools_noncentered": Program("eight_schools", eight_schools_noncentered),
    "arK": Program("arK", ar_k),
    "arma11": Program("arma", arma11),
    "garch11": Program("garch_simulated", garch11, at(5.0, 0.0, 0.0, 0.0)),
    "gp_regr": Program("gp_pois_regr", gp_regr),
    "gp_pois_regr": Program("gp_pois_regr", gp_pois_regr, at(1.8, *[0.0] * 12)),
    "low_dim_gauss_mix": Program("low_dim_gauss_mix", low_dim_gauss_mix),
    "hmm_drive_0": Program("bball_drive_event_0", hmm_drive_0, at(4.0, -3.0, 0.6, 1.6, -3.5, -3.0)),
    "hmm_drive_1": Program("bball_drive_event_1", hmm_drive_1, at(3.0, -4.0, -2.3, 0.5, 2.4, 0.1)),
    "diamonds": Program("diamonds", diamonds, diamonds_start),
    "wells_dist100_model": Program("wells_data", wells_dist100_model),
    "wells_interaction_model": Program("wells_data", wells_interaction_model),
    "seeds_model": Program("seeds_data", seeds_model, held={4: 2.5}),
    "seeds_centered_model": Program("seeds_data", seeds_centered_model, held={25: -1.2}),
    "radon_variable_intercept_centered": Program("radon_mn", radon_variable_intercept_centered, held={87: -1.2}),
    "radon_variable_intercept_noncentered": Program("radon_mn", radon_variable_intercept_noncentered),
    "irt_2pl": Program("irt_2pl", irt_2pl, held={0: 0.2, 101: -0.7, 123: 0.5}),
    "dogs": Program("dogs", dogs),
    "dogs_hierarchical": Program("dogs", dogs_hierarchical),
}


def read_data(name, folder):
    ours = PROGRAMS / "data" / f"{name}.json"
    text = ours.read_text() if ours.exists() else gzip.open(folder / f"{name}.json.gz", "rt").read()
    return {key: numpy.array(value) if isinstance(value, list) else value for key, value in json.loads(text).items()}


def simulate_garch(count=120):
    """Data of a GARCH(1,1), which the data base keeps elsewhere: mu 5, alpha0 1.5, alpha1 0.3, beta1 0.5."""
    numbers = numpy.random.Generator(numpy.random.PCG64(3))
    y, scale = [], 0.5
    for _ in range(count):
        y.append(round(float(5 + scale * numbers.standard_normal()), 4))
        scale = math.sqrt(1.5 + 0.3 * (y[-1] - 5) ** 2 + 0.5 * scale**2)
    return {"T": count, "sigma1": 0.5, "y": y}


def find_mode(value_and_grad, hessian, size, start, held):
    u = numpy.zeros(size) if start is None else numpy.array(start, float)
    for position, value in held.items():
        u[position] = value
    moving = numpy.setdiff1d(numpy.arange(size), list(held))

    def full(part):
        out = u.copy()
        out[moving] = part
        return out

    def loss(part):
        value, gradient = value_and_grad(full(part))
        return -float(value), -numpy.asarray(gradient)[moving]

    rough = scipy.optimize.minimize(loss, u[moving], jac=True, method="L-BFGS-B", options={"maxiter": 5000}).x
    curvature = lambda part: -numpy.asarray(hessian(full(part)))[numpy.ix_(moving, moving)]
    fine = scipy.optimize.minimize(loss, rough, jac=True, hess=curvature, method="trust-exact", options={"gtol": 1e-6})
    largest = numpy.abs(fine.jac).max()
    return full(fine.x), largest


def draw_points(numbers, mode, value_and_grad):
    """Five points with their values and gradients, all finite."""
    out = []
    while len(out) < 5:
        size = len(mode)
        point = numbers.uniform(-2, 2, size) if len(out) < 2 else mode + 0.05 * numbers.standard_normal(size)
        # Few digits, so that the file shows exactly the numbers used.
        point = numpy.round(point, 6)
        value, gradient = value_and_grad(point)
        if numpy.isfinite(value) and numpy.isfinite(gradient).all():
            out.append((point.tolist(), float(value), numpy.asarray(gradient).tolist()))
    return out


def report(name, what, got, wanted, tolerance):
    if not abs(got - wanted) <= tolerance:
        print(f"{name}: {what}: {got!r}, expected {wanted!r} within {tolerance:.2g}", file=sys.stderr)


def check(name, program, d, points, mode, moments):
    numbers = numpy.random.Generator(numpy.random.PCG64(7))
    for point, value, gradient in (points[0], points[3]):
        point = numpy.array(point)
        slow = program.value(Library(), point, d)
        report(name, "by scipy.stats", value, slow, 1e-9 * max(1, abs(slow)))
        for _ in range(3):
            direction, step = numbers.standard_normal(len(point)), 1e-4
            ends = [float(program.value(Formulas(), point + k * step * direction, d)) for k in (-2, -1, 1, 2)]
            slope = (ends[0] - 8 * ends[1] + 8 * ends[2] - ends[3]) / (12 * step)
            size = numpy.abs(numpy.array(gradient) * direction).sum()
            report(name, "slope", numpy.dot(gradient, direction), slope, 1e-6 * size + 1e-11 * abs(value))
    rows = max(len(value) for value in d.values() if isinstance(value, numpy.ndarray))
    for position, (mean, sd) in enumerate(moments):
        # The joint mode of log sigma divides by the number of rows, its mean by the degrees of freedom.
        bias = len(mode) / rows if position == len(moments) - 1 else 0
        report(name, f"mode of parameter {position} against its exact mean", mode[position], mean, 0.3 * sd + bias)


def exact_moments(folder):
    """Mean and sd of each parameter, in unconstrained order, of the flat and conjugate regressions in exact.tsv."""
    out = {}
    with open(folder.parent / "exact.tsv", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            mean, sd = float(row["exact_mean"]), float(row["exact_sd"])
            if row["param"] == "sigma":
                mean, sd = math.log(mean), sd / mean
            out.setdefault(row["posterior"], []).append((mean, sd))
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, default=None)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", nargs="*", default=None, help="names of programs")
    parser.add_argument("--simulate", action="store_true", help="write tests/programs/data first")
    options = parser.parse_args()
    if options.simulate:
        (PROGRAMS / "data").mkdir(exist_ok=True)
        (PROGRAMS / "data" / "garch_simulated.json").write_text(json.dumps(simulate_garch()) + "\n")
    if options.data is None and "ELBOW_DATA" not in os.environ:
        parser.error("give --data DIR or set ELBOW_DATA")
    folder = options.data or pathlib.Path(os.environ["ELBOW_DATA"]) / "posteriordb" / "data"
    exact = exact_moments(folder) if options.check else {}
    out = {}
    for name in sorted(options.only or ALL):
        program = ALL[name]
        d = read_data(program.data, folder)
        # Each program has its own stream, so that a new one leaves the others' points as they are.
        numbers = numpy.random.Generator(numpy.random.PCG64([20241201, *name.encode()]))
        density = lambda u: program.value(Formulas(), u, d)
        value_and_grad, hessian = jax.jit(jax.value_and_grad(density)), jax.jit(jax.hessian(density))
        mode, largest = find_mode(value_and_grad, hessian, program.size(d), program.start(d), program.held)
        points = draw_points(numbers, mode, value_and_grad)
        if options.check:
            report(name, "gradient at the mode", largest, 0, 1e-3)
            moments = [] if "eight_schools" in name else exact.get(f"{program.data}-{name}", [])
            check(name, program, d, points, mode, moments)
        keys = ("points", "log_density", "gradient")
        out[name] = {"data": program.data, "size": len(mode)} | dict(zip(keys, map(list, zip(*points))))
    print("{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in out.items()) + "\n}")


if __name__ == "__main__":
    main()
