#!/usr/bin/env python3
"""Log densities and distribution functions of the one-number distributions of programs, by SciPy.

Command:  python3 scripts/oracle/univariate_distributions.py > tests/golden/univariate_distributions.json
Needs SciPy and NumPy. {"NAME": [{"arguments": [...], "values": [...], "log_density": [...], "log_cdf": [...],
"log_ccdf": [...]}]}; null where SciPy's number is not finite or is below -600, where it loses digits.
"""

import json
import math

import numpy
from scipy import special, stats


def frozen(name, a):
    """SciPy's distribution in Stan's parameters."""
    s = stats
    table = {
        "normal": lambda: s.norm(a[0], a[1]),
        "std_normal": lambda: s.norm(),
        "student_t": lambda: s.t(a[0], a[1], a[2]),
        "cauchy": lambda: s.cauchy(a[0], a[1]),
        "double_exponential": lambda: s.laplace(a[0], a[1]),
        "logistic": lambda: s.logistic(a[0], a[1]),
        "gumbel": lambda: s.gumbel_r(a[0], a[1]),
        "lognormal": lambda: s.lognorm(a[1], scale=math.exp(a[0])),
        "chi_square": lambda: s.chi2(a[0]),
        "inv_chi_square": lambda: s.invgamma(a[0] / 2, scale=0.5),
        "scaled_inv_chi_square": lambda: s.invgamma(a[0] / 2, scale=a[0] * a[1] ** 2 / 2),
        "exponential": lambda: s.expon(scale=1 / a[0]),
        "gamma": lambda: s.gamma(a[0], scale=1 / a[1]),
        "inv_gamma": lambda: s.invgamma(a[0], scale=a[1]),
        "weibull": lambda: s.weibull_min(a[0], scale=a[1]),
        "frechet": lambda: s.invweibull(a[0], scale=a[1]),
        "rayleigh": lambda: s.rayleigh(scale=a[0]),
        "loglogistic": lambda: s.fisk(a[1], scale=a[0]),
        "pareto": lambda: s.pareto(a[1], scale=a[0]),
        "pareto_type_2": lambda: s.lomax(a[2], loc=a[0], scale=a[1]),
        "beta": lambda: s.beta(a[0], a[1]),
        "beta_proportion": lambda: s.beta(a[0] * a[1], (1 - a[0]) * a[1]),
        "von_mises": lambda: s.vonmises(a[1], loc=a[0]),
        "uniform": lambda: s.uniform(a[0], a[1] - a[0]),
        "exp_mod_normal": lambda: s.exponnorm(1 / (a[1] * a[2]), loc=a[0], scale=a[1]),
        "skew_normal": lambda: s.skewnorm(a[2], loc=a[0], scale=a[1]),
        "bernoulli": lambda: s.bernoulli(a[0]),
        "bernoulli_logit": lambda: s.bernoulli(special.expit(a[0])),
        "binomial": lambda: s.binom(int(a[0]), a[1]),
        "binomial_logit": lambda: s.binom(int(a[0]), special.expit(a[1])),
        "beta_binomial": lambda: s.betabinom(int(a[0]), a[1], a[2]),
        "poisson": lambda: s.poisson(a[0]),
        "poisson_log": lambda: s.poisson(math.exp(a[0])),
        "neg_binomial": lambda: s.nbinom(a[0], a[1] / (a[1] + 1)),
        "neg_binomial_2": lambda: s.nbinom(a[1], a[1] / (a[0] + a[1])),
        "neg_binomial_2_log": lambda: s.nbinom(a[1], a[1] / (math.exp(a[0]) + a[1])),
        "hypergeometric": lambda: s.hypergeom(int(a[1] + a[2]), int(a[1]), int(a[0])),
        "discrete_range": lambda: s.randint(int(a[0]), int(a[1]) + 1),
    }
    return table[name]()


LINE = [-7.5, -1.2, 0.0, 0.3, 2.0, 9.5]
POSITIVE = [0.01, 0.4, 1.0, 2.7, 14.0]
COUNTS = [0, 1, 2, 5, 9]
CASES = {
    "normal": ([[0.0, 1.0], [-1.5, 0.3], [2.0, 40.0]], LINE),
    "std_normal": ([[]], LINE),
    "student_t": ([[1.0, 0.0, 1.0], [3.0, 0.5, 10.0], [250.0, -1.0, 0.7]], LINE),
    "cauchy": ([[0.0, 1.0], [1.5, 2.5]], LINE),
    "double_exponential": ([[0.0, 1.0], [1.5, 0.4]], LINE),
    "logistic": ([[0.0, 1.0], [1.5, 0.4]], LINE),
    "gumbel": ([[0.0, 1.0], [1.5, 1.4]], LINE),
    "lognormal": ([[0.0, 1.0], [1.5, 0.4]], POSITIVE),
    "chi_square": ([[1.0], [7.5]], POSITIVE),
    "inv_chi_square": ([[1.0], [7.5]], POSITIVE),
    "scaled_inv_chi_square": ([[1.0, 2.0], [7.5, 0.6]], POSITIVE),
    "exponential": ([[1.0], [0.2]], POSITIVE),
    "gamma": ([[0.5, 1.0], [3.0, 2.5], [40.0, 7.0]], POSITIVE),
    "inv_gamma": ([[0.5, 1.0], [3.0, 2.5]], POSITIVE),
    "weibull": ([[0.7, 1.0], [3.0, 2.5]], POSITIVE),
    "frechet": ([[0.7, 1.0], [3.0, 2.5]], POSITIVE),
    "rayleigh": ([[1.0], [4.0]], POSITIVE),
    "loglogistic": ([[1.0, 2.0], [3.0, 0.6]], POSITIVE),
    "pareto": ([[0.3, 1.5], [0.005, 4.0]], POSITIVE),
    "pareto_type_2": ([[0.0, 1.5, 2.0], [-2.0, 4.0, 0.6]], POSITIVE),
    "beta": ([[0.5, 0.5], [2.0, 5.0], [30.0, 12.0]], [0.001, 0.2, 0.5, 0.93]),
    "beta_proportion": ([[0.3, 4.0], [0.8, 40.0]], [0.001, 0.2, 0.5, 0.93]),
    "von_mises": ([[0.0, 1.0], [1.0, 30.0]], [-2.0, 0.0, 0.7, 3.0]),
    "uniform": ([[-8.0, 12.0]], LINE),
    "exp_mod_normal": ([[0.0, 1.0, 0.5], [1.0, 0.4, 2.0]], LINE),
    "skew_normal": ([[0.0, 1.0, 2.0], [1.0, 2.4, -3.0]], LINE),
    "bernoulli": ([[0.3], [0.97]], [0, 1]),
    "bernoulli_logit": ([[0.3], [-9.0]], [0, 1]),
    "binomial": ([[9, 0.3], [40, 0.02]], COUNTS),
    "binomial_logit": ([[9, 0.3], [40, -3.0]], COUNTS),
    "beta_binomial": ([[9, 0.8, 2.0], [40, 3.0, 30.0]], COUNTS),
    "poisson": ([[0.2], [6.0]], COUNTS),
    "poisson_log": ([[-1.0], [2.0]], COUNTS),
    "neg_binomial": ([[0.7, 0.5], [4.0, 1.5]], COUNTS),
    "neg_binomial_2": ([[0.7, 0.5], [4.0, 1.5], [3.0, 50.0]], COUNTS),
    "neg_binomial_2_log": ([[0.7, 0.5], [-1.0, 1.5]], COUNTS),
    "hypergeometric": ([[5, 4, 8], [9, 10, 30]], COUNTS[:-1]),
    "discrete_range": ([[0, 9], [-3, 12]], COUNTS),
}


def shown(values):
    return [float(x) if numpy.isfinite(x) and x > -600 else None for x in values]


def main():
    out = {}
    for name, (all_arguments, values) in CASES.items():
        out[name] = []
        for arguments in all_arguments:
            d = frozen(name, arguments)
            log = d.logpmf if hasattr(d, "logpmf") and hasattr(d.dist, "_pmf") else d.logpdf
            with numpy.errstate(all="ignore"):
                out[name].append(
                    {
                        "arguments": arguments,
                        "values": values,
                        "log_density": shown([log(x) for x in values]),
                        "log_cdf": shown([d.logcdf(x) for x in values]),
                        "log_ccdf": shown([d.logsf(x) for x in values]),
                    }
                )
    print("{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in out.items()) + "\n}")


if __name__ == "__main__":
    main()
