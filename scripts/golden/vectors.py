"""Reference values of normals with full, low-rank and mixed covariance, and of distributions on the sphere."""

import mpmath
import numpy
import scipy.stats
from torch import distributions

from golden.continuous import numbers, tensor, torch_case

LOC, OTHER_LOC = [[0.3, -2.0, 0.0], [1.0, 0.5, -0.2]], [[0.0, -1.0, 0.2], [1.1, 0.0, 0.0]]
VALUE = [[0.1, 1.5, -1.0], [0.0, 0.0, 0.3]]


def full_rank_case():
    tril = [[[0.5, 0, 0], [-0.3, 1.2, 0], [0.1, 2.0, 0.8]], [[1.5, 0, 0], [0.7, 0.2, 0], [0.0, -0.4, 3.0]]]
    other = [[[1.0, 0, 0], [0.3, 1.0, 0], [-0.6, 0.2, 1.4]], [[1.0, 0, 0], [0.1, 0.5, 0], [1.0, 0.4, 2.0]]]
    peer = [scipy.stats.multivariate_normal.logpdf(x, m, numpy.array(s) @ numpy.array(s).T)
            for x, m, s in zip(VALUE, LOC, tril)]
    return torch_case({"loc": LOC, "scale_tril": tril}, {"loc": OTHER_LOC, "scale_tril": other}, VALUE,
                      lambda loc, scale_tril: distributions.MultivariateNormal(loc, scale_tril=scale_tril), peer)


def low_rank_case():
    p = {"loc": LOC, "factor": [[[0.5, 1.0], [-0.3, 0.2], [2.0, 0.1]], [[3.0, 0.0], [0.1, 0.1], [-1.0, 2.0]]],
         "log_diag": [[-1.0, 0.0, 0.3], [-2.0, 0.1, 0.2]]}
    q = {"loc": OTHER_LOC, "log_scale": [[0.1, 0.2, 0.3], [0.5, -0.5, 0.0]]}
    law = distributions.LowRankMultivariateNormal(
        tensor(p["loc"]), tensor(p["factor"]), (tensor(p["log_diag"]) * 2).exp())
    diagonal = distributions.MultivariateNormal(tensor(q["loc"]), scale_tril=tensor(q["log_scale"]).exp().diag_embed())
    full = distributions.MultivariateNormal(law.loc, covariance_matrix=law.covariance_matrix)
    numpy.testing.assert_allclose(law.log_prob(tensor(VALUE)), full.log_prob(tensor(VALUE)), rtol=1e-11)
    return {"parameters": p, "other": q, "other_name": "diag_normal", "value": VALUE,
            "log_prob": numbers(law.log_prob(tensor(VALUE))), "mean": numbers(law.mean),
            "variance": numbers(law.variance), "entropy": numbers(law.entropy()),
            "kl": numbers(distributions.kl_divergence(full, diagonal))}


def mixture_case():
    p = {"logits": [[0.3, -1.0], [2.0, 0.0]],
         "loc": [[[0.0, 1.0, 2.0], [-1.0, 0.5, 0.0]], [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]],
         "log_scale": [[[0.0, -1.0, 0.3], [0.2, 0.1, 0.0]], [[0.5, 0.5, 0.5], [-1.0, 0.0, -0.5]]]}

    def build(logits, loc, log_scale):
        components = distributions.Independent(distributions.Normal(loc, log_scale.exp()), 1)
        return distributions.MixtureSameFamily(distributions.Categorical(logits=logits), components)

    return torch_case(p, p, VALUE, build)


def bessel_pair(size, kappa):
    """log I_(L/2-1)(kappa) and the ratio of the next order to it, in 60 digits."""
    order, k = mpmath.mpf(size) / 2 - 1, mpmath.mpf(kappa)
    with mpmath.workdps(60):
        value = mpmath.besseli(order, k, maxterms=10**6)
        return mpmath.log(value), mpmath.besseli(order + 1, k, maxterms=10**6) / value


def sphere_values(size, kappa):
    """Log normaliser, mean length and KL to the uniform distribution."""
    log_bessel, ratio = bessel_pair(size, kappa)
    half, k = mpmath.mpf(size) / 2, mpmath.mpf(kappa)
    log_normaliser = (half - 1) * mpmath.log(k) - half * mpmath.log(2 * mpmath.pi) - log_bessel
    log_area = mpmath.log(2) + half * mpmath.log(mpmath.pi) - mpmath.loggamma(half)
    return log_normaliser, ratio, k * ratio + log_normaliser + log_area


def von_mises_fisher_case():
    loc, kappa = [[1.0, 2.0, -2.0], [-3.0, 0.0, 4.0]], [1.0, 50.0]
    value = [[0.6, 0.0, 0.8], [-0.6, 0.0, 0.8]]
    unit = numpy.array(loc) / numpy.linalg.norm(loc, axis=1, keepdims=True)
    out = {"parameters": {"loc": loc, "log_concentration": [float(numpy.log(k)) for k in kappa]},
           "other": {"loc": loc}, "other_name": "uniform_sphere", "value": value}
    out.update(log_prob=[], mean=[], variance=[], entropy=[], kl=[])
    for mu, k, x in zip(unit, kappa, value):
        peer = scipy.stats.vonmises_fisher(mu, k)
        log_normaliser, ratio, kl = sphere_values(3, k)
        out["log_prob"].append(float(log_normaliser + k * float(numpy.dot(mu, x))))
        numpy.testing.assert_allclose(out["log_prob"][-1], peer.logpdf(x), rtol=1e-12)
        out["mean"] += [float(ratio * m) for m in mu]
        s = ratio / k
        out["variance"] += [float(s + m * m * (1 - 3 * s - ratio**2)) for m in mu]
        out["entropy"].append(float(-log_normaliser - k * ratio))
        numpy.testing.assert_allclose(out["entropy"][-1], peer.entropy(), rtol=1e-10)
        out["kl"].append(float(kl))
    sizes, kappas = [2, 3, 5, 32, 65, 128], [1e-3, 1.0, 30.0, 1e4]
    out["table"] = [[size, k, *(float(v) for v in sphere_values(size, k))] for size in sizes for k in kappas]
    return out


def uniform_sphere_case():
    value, size = [[0.6, 0.0, 0.8]], 3
    log_area = float(mpmath.log(4 * mpmath.pi))
    out = {"parameters": {"loc": [[0.0] * size]}, "other": {"loc": [[0.0] * size]}, "value": value}
    out.update(log_prob=[-log_area], mean=[0.0] * size, variance=[1 / size] * size, entropy=[log_area])
    return out


def cases():
    return {
        "full_rank_normal": full_rank_case(), "low_rank_normal": low_rank_case(), "mixture_normal": mixture_case(),
        "von_mises_fisher": von_mises_fisher_case(), "uniform_sphere": uniform_sphere_case(),
    }
