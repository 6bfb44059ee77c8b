"""Reference values of the continuous families on the line, the half line, the interval and the simplex."""

import mpmath
import numpy
import scipy.special
import scipy.stats
import torch
from torch import distributions

FLOAT64 = torch.float64


def tensor(values):
    return torch.tensor(values, dtype=FLOAT64)


def numbers(values):
    return [float(v) for v in torch.as_tensor(values).reshape(-1)]


def torch_case(parameters, other, value, build, peer_log_prob=None):
    """Density, moments, entropy and KL by torch.distributions; the density checked against SciPy."""
    p = build(**{name: tensor(numbers_) for name, numbers_ in parameters.items()})
    q = build(**{name: tensor(numbers_) for name, numbers_ in other.items()})
    log_prob = p.log_prob(tensor(value))
    if peer_log_prob is not None:
        numpy.testing.assert_allclose(log_prob, peer_log_prob, rtol=1e-10, atol=1e-12)
    out = {"parameters": parameters, "other": other, "value": value}
    out.update(log_prob=numbers(log_prob), mean=numbers(p.mean), variance=numbers(p.variance))
    for key, make in (("entropy", p.entropy), ("kl", lambda: distributions.kl_divergence(p, q))):
        try:
            out[key] = numbers(make())
        except NotImplementedError:
            pass
    return out


def location_scale():
    return {"loc": [0.3, -2.0, 0.0, 5.0], "log_scale": [-1.2, 0.0, 0.7, -2.0]}


def other_location_scale():
    return {"loc": [0.0, 1.0, 0.2, 4.9], "log_scale": [0.0, 0.5, -0.4, -1.5]}


def laplace_case():
    value, p = [0.1, 1.5, -3.0, 5.01], location_scale()
    peer = scipy.stats.laplace.logpdf(value, p["loc"], numpy.exp(p["log_scale"]))
    return torch_case(p, other_location_scale(), value,
                      lambda loc, log_scale: distributions.Laplace(loc, log_scale.exp()), peer)


def log_normal_case():
    value, p = [0.1, 1.5, 3.0, 140.0], location_scale()
    peer = scipy.stats.lognorm.logpdf(value, numpy.exp(p["log_scale"]), scale=numpy.exp(p["loc"]))
    return torch_case(p, other_location_scale(), value,
                      lambda loc, log_scale: distributions.LogNormal(loc, log_scale.exp()), peer)


def logistic_case():
    value, p = [0.1, 1.5, -30.0, 5.01], location_scale()
    law = scipy.stats.logistic(p["loc"], numpy.exp(p["log_scale"]))
    return {"parameters": p, "other": other_location_scale(), "value": value, "log_prob": numbers(law.logpdf(value)),
            "mean": numbers(law.mean()), "variance": numbers(law.var()), "entropy": numbers(law.entropy())}


def student_t_case():
    """The largest df lies past the switch to the asymptotic series."""
    p = {"log_df": [1.1, 1.6, 3.0, 6.0], **location_scale()}
    other = {"log_df": [1.0, 1.0, 1.0, 1.0], **other_location_scale()}
    value = [0.1, 1.5, -300.0, 5.01]
    peer = scipy.stats.t.logpdf(value, numpy.exp(p["log_df"]), p["loc"], numpy.exp(p["log_scale"]))
    return torch_case(p, other, value,
                      lambda log_df, loc, log_scale: distributions.StudentT(log_df.exp(), loc, log_scale.exp()), peer)


def gamma_slopes():
    """d z / d concentration at fixed probability, -(dF/da) / p(z), by central differences of SciPy's F."""
    cases = [(0.3, 0.05), (0.3, 1.5), (1.0, 0.7), (2.5, 0.4), (2.5, 4.0), (7.0, 9.0), (40.0, 35.0)]
    out = []
    for a, z in cases:
        with mpmath.workdps(40):
            function = lambda c, z=z: mpmath.gammainc(c, 0, z, regularized=True)
            slope = -mpmath.diff(function, mpmath.mpf(a)) / (mpmath.mpf(z) ** (a - 1) * mpmath.exp(-z) / mpmath.gamma(a))
        step = 1e-5 * a
        peer = (scipy.special.gammainc(a + step, z) - scipy.special.gammainc(a - step, z)) / (2 * step)
        numpy.testing.assert_allclose(float(slope), -peer / scipy.stats.gamma.pdf(z, a), rtol=1e-6)
        out.append({"concentration": a, "draw": z, "slope": float(slope)})
    return out


def gamma_case():
    p = {"log_concentration": [-2.0, 0.0, 0.7, 4.0], "log_rate": [0.0, -1.0, 2.0, 0.5]}
    other = {"log_concentration": [-1.0, 0.3, 0.7, 3.5], "log_rate": [0.2, 1.0, 2.0, 0.0]}
    value = [1e-5, 1.5, 0.3, 30.0]
    peer = scipy.stats.gamma.logpdf(value, numpy.exp(p["log_concentration"]), scale=numpy.exp(-numpy.array(p["log_rate"])))
    out = torch_case(p, other, value, lambda log_concentration, log_rate: distributions.Gamma(
        log_concentration.exp(), log_rate.exp()), peer)
    out["slopes"] = gamma_slopes()
    return out


def beta_case():
    p = {"log_a": [-2.0, 0.0, 0.7, 4.0], "log_b": [0.0, -1.0, 2.0, 3.5]}
    other = {"log_a": [-1.0, 0.3, 0.7, 3.5], "log_b": [0.2, 1.0, 2.0, 3.0]}
    value = [1e-5, 0.999, 0.3, 0.6]
    peer = scipy.stats.beta.logpdf(value, numpy.exp(p["log_a"]), numpy.exp(p["log_b"]))
    return torch_case(p, other, value, lambda log_a, log_b: distributions.Beta(log_a.exp(), log_b.exp()), peer)


def dirichlet_case():
    p = {"log_concentration": [[-1.0, 0.0, 1.0], [3.0, 2.0, 2.5]]}
    other = {"log_concentration": [[0.0, 0.0, 0.0], [2.0, 2.0, 1.0]]}
    value = [[0.01, 0.29, 0.7], [0.5, 0.2, 0.3]]
    peer = [scipy.stats.dirichlet.logpdf(x, numpy.exp(c)) for x, c in zip(value, p["log_concentration"])]
    return torch_case(p, other, value, lambda log_concentration: distributions.Dirichlet(log_concentration.exp()), peer)


def cases():
    return {
        "laplace": laplace_case(), "logistic": logistic_case(), "log_normal": log_normal_case(),
        "student_t": student_t_case(), "gamma": gamma_case(), "beta": beta_case(), "dirichlet": dirichlet_case(),
    }
