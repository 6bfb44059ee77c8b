"""Values of the univariate distributions of programs: python3 scripts/oracle/program_distributions.py > tests/golden/program_distributions.json

Densities, distribution functions and their complements from their definitions (Stan Functions Reference 2.36) with 300 digits of
mpmath, derivatives by mpmath's differences at that precision; SciPy's log density is held against mpmath's where it has the
distribution. A number is given as text where JSON has none ("inf", "-inf"). Needs mpmath and SciPy.
"""

import json
import sys

import mpmath as mp
import scipy.stats as st

mp.mp.dps = 300
COMMAND = "python3 scripts/oracle/program_distributions.py > tests/golden/program_distributions.json"
pi, log, exp, sqrt, gamma = mp.pi, mp.log, mp.exp, mp.sqrt, mp.loggamma
half = mp.mpf(1) / 2


def phi(z):
    return exp(-z * z / 2) / sqrt(2 * pi)


def Phi(z):
    return mp.erfc(-z / sqrt(2)) / 2


def lbeta(a, b):
    return gamma(a) + gamma(b) - gamma(a + b)


def lchoose(n, k):
    return gamma(n + 1) - gamma(k + 1) - gamma(n - k + 1)


def P(a, x):
    """Regularised lower incomplete gamma function, by its series: no cancellation in the tail."""
    if x == mp.inf:
        return mp.mpf(1)
    return exp(a * log(x) - x - gamma(a + 1)) * mp.hyp1f1(1, a + 1, x)


def Q(a, x):
    return mp.gammainc(a, x, mp.inf, regularized=True)


def I(p, a, b):
    if p > (a + 1) / (a + b + 2):
        return 1 - I(1 - p, b, a)
    return exp(a * log(p) + b * log(1 - p) - lbeta(a, b)) / a * mp.hyp2f1(1, a + b, a + 1, p)


def student_lower(z, nu):
    tail = I(nu / (nu + z * z), nu / 2, half) / 2 if z != 0 else half
    return tail if z <= 0 else 1 - tail


# name: density f(y, *args), then P(Y <= y) and P(Y > y) or None
def location(f, lower, upper):
    return (
        lambda y, m, s: f((y - m) / s) / s,
        lambda y, m, s: lower((y - m) / s),
        lambda y, m, s: upper((y - m) / s),
    )


def gamma_like(shape):  # shape(*args) gives a and the rate
    def f(y, *args):
        a, r = shape(*args)
        return exp(a * log(r) - gamma(a) + (a - 1) * log(y) - r * y)

    return f, lambda y, *args: P(shape(*args)[0], shape(*args)[1] * y), lambda y, *args: Q(shape(*args)[0], shape(*args)[1] * y)


def inverse_like(shape):
    def f(y, *args):
        a, s = shape(*args)
        return exp(a * log(s) - gamma(a) - (a + 1) * log(y) - s / y)

    return f, lambda y, *args: Q(shape(*args)[0], shape(*args)[1] / y), lambda y, *args: P(shape(*args)[0], shape(*args)[1] / y)


def beta_like(of):
    def f(y, *args):
        a, b = of(*args)
        return exp((a - 1) * log(y) + (b - 1) * log(1 - y) - lbeta(a, b))

    return f, lambda y, *args: I(y, *of(*args)), lambda y, *args: I(1 - y, of(*args)[1], of(*args)[0])


def negbin(of):  # shape, and the odds of a failure
    def f(n, *args):
        a, odds = of(*args)
        return exp(gamma(n + a) - gamma(n + 1) - gamma(a) - (a + n) * mp.log1p(odds) + n * log(odds))

    def lower(n, *args):
        a, odds = of(*args)
        return I(1 / (1 + odds), a, n + 1)

    def upper(n, *args):
        a, odds = of(*args)
        return I(odds / (1 + odds), n + 1, a)

    return f, lower, upper


def emg_upper(y, m, s, l):
    u = (y - m) / s
    return Phi(-u) + exp(l * l * s * s / 2 - l * s * u) * Phi(u - l * s)


def sde_cdf(y, m, s, t):
    z = (y - m) / s
    return t * exp(2 * (1 - t) * z) if z < 0 else 1 - (1 - t) * exp(-2 * t * z)


def sde_ccdf(y, m, s, t):
    z = (y - m) / s
    return 1 - t * exp(2 * (1 - t) * z) if z < 0 else (1 - t) * exp(-2 * t * z)


def bb(n, N, a, b):
    return exp(lchoose(N, n) + lbeta(n + a, N - n + b) - lbeta(a, b))


sig = lambda x: 1 / (1 + exp(-x))
CONTINUOUS = {
    "normal": location(phi, Phi, lambda z: Phi(-z)),
    "std_normal": (phi, Phi, lambda z: Phi(-z)),
    "student_t": (
        lambda y, nu, m, s: exp(gamma((nu + 1) / 2) - gamma(nu / 2) - log(nu * pi) / 2 - (nu + 1) / 2 * mp.log1p(((y - m) / s) ** 2 / nu)) / s,
        lambda y, nu, m, s: student_lower((y - m) / s, nu),
        lambda y, nu, m, s: student_lower((m - y) / s, nu),
    ),
    "cauchy": location(lambda z: 1 / (pi * (1 + z * z)), lambda z: mp.atan2(1, -z) / pi, lambda z: mp.atan2(1, z) / pi),
    "double_exponential": location(
        lambda z: exp(-abs(z)) / 2,
        lambda z: exp(z) / 2 if z < 0 else 1 - exp(-z) / 2,
        lambda z: exp(-z) / 2 if z > 0 else 1 - exp(z) / 2,
    ),
    "logistic": location(lambda z: sig(z) * sig(-z), sig, lambda z: sig(-z)),
    "gumbel": location(lambda z: exp(-z - exp(-z)), lambda z: exp(-exp(-z)), lambda z: -mp.expm1(-exp(-z))),
    "exp_mod_normal": (
        lambda y, m, s, l: l * exp(l / 2 * (2 * m + l * s * s - 2 * y)) * Phi((y - m) / s - l * s),
        lambda y, m, s, l: Phi((y - m) / s) - exp(l * l * s * s / 2 - l * (y - m)) * Phi((y - m) / s - l * s),
        emg_upper,
    ),
    "skew_normal": (lambda y, m, s, a: 2 / s * phi((y - m) / s) * Phi(a * (y - m) / s), None, None),
    "skew_double_exponential": (
        lambda y, m, s, t: 2 * t * (1 - t) / s * exp(-2 / s * ((1 - t) * (m - y) if y < m else t * (y - m))),
        sde_cdf,
        sde_ccdf,
    ),
    "gamma": gamma_like(lambda a, b: (a, b)),
    "chi_square": gamma_like(lambda nu: (nu / 2, half)),
    "inv_gamma": inverse_like(lambda a, b: (a, b)),
    "inv_chi_square": inverse_like(lambda nu: (nu / 2, half)),
    "scaled_inv_chi_square": inverse_like(lambda nu, s: (nu / 2, nu * s * s / 2)),
    "exponential": (lambda y, b: b * exp(-b * y), lambda y, b: -mp.expm1(-b * y), lambda y, b: exp(-b * y)),
    "lognormal": (
        lambda y, m, s: phi((log(y) - m) / s) / s / y,
        lambda y, m, s: Phi((log(y) - m) / s),
        lambda y, m, s: Phi((m - log(y)) / s),
    ),
    "weibull": (
        lambda y, a, s: a / s * (y / s) ** (a - 1) * exp(-((y / s) ** a)),
        lambda y, a, s: -mp.expm1(-((y / s) ** a)),
        lambda y, a, s: exp(-((y / s) ** a)),
    ),
    "frechet": (
        lambda y, a, s: a / s * (y / s) ** (-a - 1) * exp(-((y / s) ** -a)),
        lambda y, a, s: exp(-((y / s) ** -a)),
        lambda y, a, s: -mp.expm1(-((y / s) ** -a)),
    ),
    "rayleigh": (
        lambda y, s: y / s**2 * exp(-(y**2) / 2 / s**2),
        lambda y, s: -mp.expm1(-(y**2) / 2 / s**2),
        lambda y, s: exp(-(y**2) / 2 / s**2),
    ),
    "loglogistic": (
        lambda y, a, b: b / a * (y / a) ** (b - 1) / (1 + (y / a) ** b) ** 2,
        lambda y, a, b: 1 / (1 + (y / a) ** -b),
        lambda y, a, b: 1 / (1 + (y / a) ** b),
    ),
    "pareto": (
        lambda y, m, a: a * m**a / y ** (a + 1),
        lambda y, m, a: -mp.expm1(a * log(m / y)),
        lambda y, m, a: (m / y) ** a,
    ),
    "pareto_type_2": (
        lambda y, m, l, a: a / l * (1 + (y - m) / l) ** (-a - 1),
        lambda y, m, l, a: -mp.expm1(-a * mp.log1p((y - m) / l)),
        lambda y, m, l, a: (1 + (y - m) / l) ** -a,
    ),
    "beta": beta_like(lambda a, b: (a, b)),
    "beta_proportion": beta_like(lambda m, k: (m * k, (1 - m) * k)),
    "von_mises": (lambda y, m, k: exp(k * mp.cos(y - m)) / (2 * pi * mp.besseli(0, k)), None, None),
    "uniform": (lambda y, a, b: 1 / (b - a), lambda y, a, b: (y - a) / (b - a), lambda y, a, b: (b - y) / (b - a)),
}
DISCRETE = {
    "bernoulli": (lambda n, t: t if n == 1 else 1 - t, lambda n, t: 1 - t if n == 0 else mp.mpf(1), lambda n, t: t if n == 0 else mp.mpf(0)),
    "bernoulli_logit": (lambda n, a: sig(a) if n == 1 else sig(-a), None, None),
    "binomial": (
        lambda n, N, t: exp(lchoose(N, n)) * t**n * (1 - t) ** (N - n),
        lambda n, N, t: I(1 - t, N - n, n + 1) if n < N else mp.mpf(1),
        lambda n, N, t: I(t, n + 1, N - n) if n < N else mp.mpf(0),
    ),
    "binomial_logit": (lambda n, N, a: exp(lchoose(N, n)) * sig(a) ** n * sig(-a) ** (N - n), None, None),
    "beta_binomial": (
        bb,
        lambda n, N, a, b: mp.fsum(bb(k, N, a, b) for k in range(int(n) + 1)),
        lambda n, N, a, b: mp.fsum(bb(k, N, a, b) for k in range(int(n) + 1, int(N) + 1)),
    ),
    "hypergeometric": (lambda n, N, a, b: exp(lchoose(a, n) + lchoose(b, N - n) - lchoose(a + b, N)), None, None),
    "discrete_range": (
        lambda n, a, b: 1 / (b - a + 1),
        lambda n, a, b: (n - a + 1) / (b - a + 1),
        lambda n, a, b: (b - n) / (b - a + 1),
    ),
    "poisson": (lambda n, r: exp(n * log(r) - r - gamma(n + 1)), lambda n, r: Q(n + 1, r), lambda n, r: P(n + 1, r)),
    "poisson_log": (lambda n, e: exp(n * e - exp(e) - gamma(n + 1)), None, None),
    "neg_binomial": negbin(lambda a, b: (a, 1 / b)),
    "neg_binomial_2": negbin(lambda m, f: (f, m / f)),
    "neg_binomial_2_log": (negbin(lambda e, f: (f, exp(e) / f))[0], None, None),
}
COUNTS = {"binomial": 1, "binomial_logit": 1, "beta_binomial": 1, "hypergeometric": 3, "discrete_range": 2}

# name: [(arguments, values)]
line = [([0.3, 1.7], [-1e3, -40.0, -8.5, -0.4, 0.31, 2.5, 9.0, 60.0]), ([-2.0, 1e-3], [-2.05, -2.0001, -1.999, -1.98])]
positive = lambda *arguments: [(a, [1e-8, 0.03, 0.7, 2.2, 9.0, 60.0]) for a in arguments]
CASES = {
    "normal": line,
    "std_normal": [([], [-38.0, -5.0, -0.3, 0.0, 1.2, 8.0, 39.0])],
    "student_t": [
        ([3.0, 0.0, 10.0], [-1e6, -25.0, -1.0, 0.0, 0.5, 30.0, 1e5]),
        ([0.4, 0.3, 1.7], [-1e10, -3.0, 0.2, 5.0, 1e8]),
        ([45.5, 1.0, 0.2], [-3.0, 0.4, 0.99, 1.3, 6.0]),
        ([1e5, 0.0, 1.0], [-9.0, -2.0, -0.5, 1.0, 6.0]),
        ([1e10, 0.0, 1.0], [-9.0, -0.5, 1.0, 6.0]),
    ],
    "cauchy": line + [([0.0, 1.0], [-1e200, -1.0, 0.0, 1.0, 1e200])],
    "double_exponential": line,
    "logistic": line,
    "gumbel": [([0.3, 1.7], [-8.0, -2.0, 0.31, 2.5, 9.0, 60.0, 900.0])],
    "exp_mod_normal": [([0.3, 1.7, 0.8], [-30.0, -4.0, 0.1, 3.0, 12.0, 80.0]), ([0.0, 0.5, 20.0], [-4.0, -0.5, 0.2, 1.5]), ([0.0, 2.0, 0.05], [-9.0, 0.5, 40.0])],
    "skew_normal": [([0.3, 1.7, 2.5], [-20.0, -1.0, 0.2, 1.5, 12.0]), ([0.0, 1.0, -40.0], [-3.0, 0.01, 0.9, 3.0])],
    "skew_double_exponential": [([0.3, 1.7, 0.2], [-60.0, -1.0, 0.2, 0.5, 12.0, 90.0])],
    "gamma": positive([0.5, 1.3], [1.0, 2.0], [4.2, 0.6], [0.001, 0.001]) + [([3000.0, 2.0], [1200.0, 1490.0, 1510.0, 1900.0])],
    "chi_square": positive([0.7], [2.0], [11.5]),
    "inv_gamma": [(a, [0.02, 0.4, 1.9, 30.0, 1e6]) for a in ([0.5, 1.3], [4.2, 0.6])],
    "inv_chi_square": [(a, [0.02, 0.4, 1.9, 30.0, 1e4]) for a in ([0.7], [11.5])],
    "scaled_inv_chi_square": [(a, [0.02, 0.4, 1.9, 30.0, 1e4]) for a in ([0.7, 1.4], [11.5, 0.8])],
    "exponential": positive([0.8]),
    "lognormal": positive([0.3, 0.7]) + [([-1.0, 3.0], [1e-30, 5.0, 1e12])],
    "weibull": positive([0.6, 1.4], [1.0, 2.0], [2.7, 5.0]),
    "frechet": [(a, [0.03, 0.4, 1.9, 30.0, 1e9]) for a in ([0.6, 1.4], [2.7, 0.8])],
    "rayleigh": positive([1.4]),
    "loglogistic": positive([1.3, 0.7], [2.0, 4.5]),
    "pareto": [([1.2, 0.7], [1.2000001, 1.5, 9.0, 1e20]), ([0.3, 6.0], [0.31, 2.0])],
    "pareto_type_2": [([-1.2, 0.7, 2.3], [-1.1999, 0.0, 9.0, 1e20])],
    "beta": [([0.5, 1.3], [1e-12, 0.2, 0.97]), ([40.0, 2.5], [0.1, 0.9, 0.9999]), ([700.0, 900.0], [0.3, 0.43, 0.45, 0.6]), ([1.0, 1.0], [0.25])],
    "beta_proportion": [([0.2, 3.0], [1e-6, 0.2, 0.97]), ([0.6, 1e4], [0.55, 0.6, 0.61])],
    "von_mises": [([0.4, 1.5], [-3.0, 0.4, 2.0]), ([1.0, 300.0], [0.8, 1.0, 1.5]), ([1.0, 0.01], [-2.0, 1.5])],
    "uniform": [([-1.5, 2.5], [-1.4999, 0.3, 2.2])],
    "bernoulli": [([0.3], [0, 1]), ([1e-12], [0, 1])],
    "bernoulli_logit": [([0.7], [0, 1]), ([-800.0], [0, 1]), ([800.0], [0, 1]), ([36.0], [0, 1])],
    "binomial": [([12, 0.3], [0, 1, 5, 11, 12]), ([5000, 0.02], [20, 99, 140]), ([1, 0.9], [0, 1]), ([100000, 0.4], [40001])],
    "binomial_logit": [([12, 0.6], [0, 1, 5, 11, 12]), ([40, -800.0], [0, 3]), ([40, 800.0], [37, 40])],
    "beta_binomial": [([12, 0.7, 2.4], [0, 1, 5, 11, 12]), ([50, 300.0, 900.0], [3, 12, 30]), ([9, 0.01, 0.02], [0, 4, 9])],
    "hypergeometric": [([7, 5, 11], [0, 2, 5]), ([300, 800, 2000], [60, 85, 140])],
    "discrete_range": [([-3, 8], [-3, 0, 8])],
    "poisson": [([0.01], [0, 1, 6]), ([4.5], [0, 3, 20]), ([4000.0], [3000, 3990, 4300])],
    "poisson_log": [([-800.0], [0, 2]), ([1.5], [0, 3, 20]), ([13.0], [440000])],
    "neg_binomial": [([0.6, 1.7], [0, 1, 12]), ([30.0, 0.02], [600, 1500, 3000]), ([5.0, 1e4], [0, 2])],
    "neg_binomial_2": [([4.5, 0.3], [0, 3, 200]), ([4.5, 1e10], [0, 3, 20]), ([300.0, 50.0], [100, 290, 700]), ([1e-3, 2.0], [0, 2])],
    "neg_binomial_2_log": [([1.5, 0.3], [0, 3, 200]), ([1.5, 1e10], [0, 3, 20]), ([-600.0, 2.0], [0, 1])],
}


def number(x):
    x = mp.mpf(x)
    return str(float(x)) if mp.isinf(x) else float(x)


def log_of(function, rest):
    """Of a probability near 1 by what is missing."""

    def out(*args):
        value = function(*args)
        if rest is not None and value > half:
            return mp.log1p(-rest(*args))
        return log(value) if value > 0 else -mp.inf

    return out


def derivatives(function, point, free):
    out = []
    for i in free:
        step = mp.mpf(10) ** -30 * (abs(point[i]) or 1)
        ends = [point[:i] + [point[i] + k * step] + point[i + 1 :] for k in (-1, 1)]
        out.append(number((function(*ends[1]) - function(*ends[0])) / (2 * step)))
    return out


SCIPY = {
    "student_t": lambda y, nu, m, s: st.t.logpdf(y, nu, m, s),
    "gamma": lambda y, a, b: st.gamma.logpdf(y, a, scale=1 / b),
    "inv_gamma": lambda y, a, b: st.invgamma.logpdf(y, a, scale=b),
    "weibull": lambda y, a, s: st.weibull_min.logpdf(y, a, scale=s),
    "frechet": lambda y, a, s: st.invweibull.logpdf(y, a, scale=s),
    "gumbel": lambda y, m, s: st.gumbel_r.logpdf(y, m, s),
    "loglogistic": lambda y, a, b: st.fisk.logpdf(y, b, scale=a),
    "pareto": lambda y, m, a: st.pareto.logpdf(y, a, scale=m),
    "pareto_type_2": lambda y, m, l, a: st.lomax.logpdf(y, a, m, l),
    "exp_mod_normal": lambda y, m, s, l: st.exponnorm.logpdf(y, 1 / (s * l), m, s),
    "skew_normal": lambda y, m, s, a: st.skewnorm.logpdf(y, a, m, s),
    "beta": lambda y, a, b: st.beta.logpdf(y, a, b),
    "von_mises": lambda y, m, k: st.vonmises.logpdf(y, k, m),
    "rayleigh": lambda y, s: st.rayleigh.logpdf(y, scale=s),
    "lognormal": lambda y, m, s: st.lognorm.logpdf(y, s, scale=float(exp(m))),
    "neg_binomial": lambda n, a, b: st.nbinom.logpmf(n, a, b / (1 + b)),
    "neg_binomial_2": lambda n, m, f: st.nbinom.logpmf(n, f, f / (m + f)),
    "beta_binomial": lambda n, N, a, b: st.betabinom.logpmf(n, N, a, b),
    "hypergeometric": lambda n, N, a, b: st.hypergeom.logpmf(n, a + b, a, N),
    "poisson": lambda n, r: st.poisson.logpmf(n, r),
    "binomial": lambda n, N, t: st.binom.logpmf(n, N, t),
}


def points(name):
    discrete = name in DISCRETE
    functions = (DISCRETE if discrete else CONTINUOUS)[name]
    for arguments, values in CASES[name]:
        free = list(range(1 + COUNTS.get(name, 0) if discrete else 0, len(arguments) + 1))
        for y in values:
            point = [mp.mpf(x) for x in [y, *arguments]]
            one = {"value": y, "arguments": arguments, "free": free}
            rests = (None, functions[2], functions[1])
            for key, function, rest in zip(("log_density", "log_cdf", "log_ccdf"), functions, rests):
                if function is None:
                    continue
                value = log_of(function, rest)(*point)
                one[key] = number(value)
                if not mp.isinf(value):
                    one["d_" + key] = derivatives(log_of(function, rest), point, free)
            if name in SCIPY and abs(one["log_density"]) < 600:
                theirs = float(SCIPY[name](y, *arguments))
                if abs(theirs - one["log_density"]) > 1e-5 * max(1, abs(theirs)):
                    print(name, one, theirs, file=sys.stderr)
            yield one


cases = {name: list(points(name)) for name in {**CONTINUOUS, **DISCRETE}}
# One point a line.
lines = [f'  "{name}": [\n   ' + ",\n   ".join(json.dumps(one) for one in all) + "\n  ]" for name, all in cases.items()]
print('{\n "command": ' + json.dumps(COMMAND) + ',\n "cases": {\n' + ",\n".join(lines) + "\n }\n}")
