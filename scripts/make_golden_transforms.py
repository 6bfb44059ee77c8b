#!/usr/bin/env python3
"""Reference values of every transform, to compare ours with to 1e-10.

Command:  python3 scripts/make_golden_transforms.py > tests/golden/transforms.json
Needs PyTorch (torch.distributions, float64), NumPy and SciPy; scripts/oracle_env makes such an environment.

Affine maps come from torch.distributions. The others are the papers' formulas in NumPy, one vector at a time with
explicit matrices; each log-determinant is that of a Jacobian by central differences of five points, so that no
formula for it is shared with the code under test. The spline is solved bin by bin from the formula of its paper.
"""

import json
import sys

import numpy
import scipy
import scipy.special
import torch

NUMBERS = numpy.random.Generator(numpy.random.PCG64(20180703))


def draw(*shape, scale=1.0):
    # Few digits, so that the file shows exactly the numbers used.
    return numpy.round(NUMBERS.standard_normal(shape) * scale, 3)


def log_abs_det(function, x, step=2e-3):
    """log |det| of a Jacobian: two central differences, Richardson's extrapolation to order 6."""
    def jacobian(h):
        columns = [(function(x + h * e) - function(x - h * e)) / (2 * h) for e in numpy.eye(len(x))]
        return numpy.stack(columns, axis=1)
    coarse, middle, fine = jacobian(step), jacobian(step / 2), jacobian(step / 4)
    first, second = (4 * middle - coarse) / 3, (4 * fine - middle) / 3
    return float(numpy.linalg.slogdet((16 * second - first) / 15)[1])


def case(function, parameters, x):
    y = numpy.stack([function(row) for row in x])
    return {
        "parameters": {name: numpy.asarray(value).tolist() for name, value in parameters.items()},
        "x": x.tolist(),
        "y": y.tolist(),
        "log_det": [log_abs_det(function, row) for row in x],
    }


def softplus(x):
    return numpy.logaddexp(0, x)


def planar_case():
    u, w, b = draw(3), draw(3), draw(1)
    inner = w @ u
    u_hat = u + (-1 + softplus(inner) - inner) * w / (w @ w)
    return case(lambda x: x + u_hat * numpy.tanh(w @ x + b), {"u": u, "w": w, "b": b}, draw(4, 3))


def radial_case():
    center, log_alpha, beta = draw(3), draw(1, scale=0.5), draw(1)
    alpha = numpy.exp(log_alpha)
    beta_hat = -alpha + softplus(beta)

    def function(x):
        return x + beta_hat * (x - center) / (alpha + numpy.linalg.norm(x - center))

    return case(function, {"center": center, "log_alpha": log_alpha, "beta": beta}, draw(4, 3))


def householder_case():
    v = draw(3)
    matrix = numpy.eye(3) - 2 * numpy.outer(v, v) / (v @ v)
    return case(lambda x: matrix @ x, {"v": v}, draw(4, 3))


def sylvester_case(kind):
    size, num_vectors = 3, 2 if kind == "orthogonal" else 3
    triangles, diagonal, bias = draw(num_vectors, num_vectors), draw(num_vectors), draw(num_vectors)
    parameters = {"triangles": triangles, "diagonal": diagonal, "bias": bias}
    if kind == "orthogonal":
        parameters["basis"] = draw(size, num_vectors)
        q = numpy.linalg.qr(parameters["basis"])[0]
    elif kind == "householder":
        parameters["basis"] = draw(2, size)
        q = numpy.eye(size)
        for v in parameters["basis"]:
            q = q @ (numpy.eye(size) - 2 * numpy.outer(v, v) / (v @ v))
    else:
        q = numpy.eye(size)[::-1] if kind == "reversed" else numpy.eye(size)
    r = numpy.triu(triangles, 1) + numpy.diag(0.9999 * numpy.tanh(numpy.diag(triangles)))
    r_tilde = numpy.tril(triangles, -1).T + numpy.diag(0.9999 * numpy.tanh(diagonal))
    return case(lambda x: x + q @ r @ numpy.tanh(r_tilde @ q.T @ x + bias), parameters, draw(4, size))


def lu_linear_case():
    factors, order = draw(4, 4, scale=0.5), [2, 0, 3, 1]
    lower = numpy.tril(factors, -1) + numpy.eye(4)
    upper = numpy.triu(factors, 1) + numpy.diag(numpy.exp(numpy.diag(factors)))
    matrix = numpy.eye(4)[order] @ lower @ upper
    return case(lambda x: matrix @ x, {"factors": factors, "order": order}, draw(4, 4))


def torch_case(transform_of, parameters, x):
    """One number at a time, by torch.distributions."""
    tensors = {name: torch.tensor(value, dtype=torch.float64) for name, value in parameters.items()}
    value = torch.tensor(x, dtype=torch.float64)
    transform = transform_of(**tensors)
    y = transform(value)
    log_slope = transform.log_abs_det_jacobian(value, y).expand_as(value)
    return {
        "parameters": {name: value.tolist() for name, value in parameters.items()},
        "x": x.tolist(),
        "y": y.tolist(),
        "log_det": log_slope.sum(-1).tolist(),
    }


def affine_case():
    return torch_case(
        lambda shift, log_scale: torch.distributions.AffineTransform(shift, log_scale.exp()),
        {"shift": draw(3), "log_scale": draw(3)},
        draw(4, 3),
    )


def bounded_affine_case():
    """The bijector of Real NVP with log scales below 3 in size."""
    return torch_case(
        lambda shift, raw: torch.distributions.AffineTransform(shift, (3 * torch.tanh(raw / 3)).exp()),
        {"shift": draw(3), "raw": draw(3, scale=2)},
        draw(4, 3),
    )


def gated_case():
    """y = s x + (1 - s) m with s = sigmoid(1.5 + raw)."""
    def transform(shift, raw):
        share = torch.sigmoid(raw + 1.5)
        return torch.distributions.AffineTransform((1 - share) * shift, share)

    return torch_case(transform, {"shift": draw(3), "raw": draw(3)}, draw(4, 3))


def additive_case():
    return torch_case(
        lambda shift: torch.distributions.AffineTransform(shift, torch.ones_like(shift)), {"shift": draw(3)}, draw(4, 3)
    )


def spline(x, raw, num_bins, bound, min_bin, min_slope):
    """Durkan et al., section 3.1: value and derivative at one number."""
    if abs(x) >= bound:
        return x, 1.0
    widths = 2 * bound * (min_bin + (1 - num_bins * min_bin) * scipy.special.softmax(raw[:num_bins]))
    heights = 2 * bound * (min_bin + (1 - num_bins * min_bin) * scipy.special.softmax(raw[num_bins : 2 * num_bins]))
    slopes = min_slope + softplus(raw[2 * num_bins :] + numpy.log(numpy.expm1(1 - min_slope)))
    slopes = numpy.concatenate([[1.0], slopes, [1.0]])
    left, bottom = -bound, -bound
    for k in range(num_bins):
        if x < left + widths[k] or k == num_bins - 1:
            break
        left, bottom = left + widths[k], bottom + heights[k]
    chord, xi = heights[k] / widths[k], (x - left) / widths[k]
    denominator = chord + (slopes[k + 1] + slopes[k] - 2 * chord) * xi * (1 - xi)
    y = bottom + heights[k] * (chord * xi**2 + slopes[k] * xi * (1 - xi)) / denominator
    derivative = slopes[k + 1] * xi**2 + 2 * chord * xi * (1 - xi) + slopes[k] * (1 - xi) ** 2
    return y, chord**2 * derivative / denominator**2


def spline_case():
    num_bins, x = 5, numpy.array([-4.0, -2.9, -1.1, 0.0, 0.37, 1.6, 2.99, 3.5])
    raw = draw(len(x), 3 * num_bins - 1)
    pairs = [spline(v, r, num_bins, 3.0, 1e-3, 1e-3) for v, r in zip(x, raw)]
    return {
        "parameters": {"raw": raw.tolist()},
        "x": [x.tolist()],
        "y": [[float(y) for y, _ in pairs]],
        "log_det": [float(sum(numpy.log(slope) for _, slope in pairs))],
    }


def main():
    cases = {
        "planar": planar_case(),
        "radial": radial_case(),
        "householder": householder_case(),
        "affine": affine_case(),
        "lu_linear": lu_linear_case(),
        "additive_bijector": additive_case(),
        "affine_bijector": bounded_affine_case(),
        "gated_bijector": gated_case(),
        "spline_bijector": spline_case(),
    }
    for kind in ("orthogonal", "householder", "identity", "reversed"):
        cases["sylvester_" + kind] = sylvester_case(kind)
    document = {
        "command": "python3 scripts/make_golden_transforms.py > tests/golden/transforms.json",
        "versions": {"torch": torch.__version__.split("+")[0], "numpy": numpy.__version__, "scipy": scipy.__version__},
        "cases": cases,
    }
    json.dump(document, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
