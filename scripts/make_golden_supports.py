#!/usr/bin/env python3
"""Reference values of every support's bijection, to compare ours with to 1e-10.

Command:  python3 scripts/make_golden_supports.py > tests/golden/supports.json
Needs PyTorch (torch.distributions, float64) and NumPy; scripts/oracle_env makes such an environment.

Half-lines, intervals, simplices and factors of correlations come from torch.distributions with its own
log-determinants. What it has no transform for is the definition, number by number, with the determinant of autograd's
Jacobian.
"""

import json
import sys

import numpy
import torch
from torch.distributions import transforms

NUMBERS = numpy.random.Generator(numpy.random.PCG64(16030788))


def draw(*shape):
    # Few digits, so that the file shows exactly the numbers used.
    return torch.tensor(numpy.round(NUMBERS.standard_normal(shape) * 1.5, 3), dtype=torch.float64)


def record(event_shape, x, y, log_det):
    return {"event_shape": event_shape, "x": x.tolist(), "y": y.tolist(), "log_det": log_det.tolist()}


def of_torch(transform, event_shape, x):
    y = transform(x)
    log_det = transform.log_abs_det_jacobian(x, y)
    # An element-wise transform has one for each number.
    return record(event_shape, x, y, log_det if log_det.dim() == 1 else log_det.sum(-1))


def numbers(*parts):
    return of_torch(transforms.ComposeTransform(list(parts)), [3], draw(4, 3))


def of_definition(function, free, event_shape, x):
    """`free` takes the coordinates of y that the determinant is about."""
    jacobians = [torch.autograd.functional.jacobian(lambda row: free(function(row)), row) for row in x]
    log_det = torch.stack([torch.linalg.slogdet(jacobian)[1] for jacobian in jacobians])
    return record(event_shape, x, torch.stack([function(row) for row in x]), log_det)


def increasing(is_positive):
    def function(x):
        y = [x[0].exp() if is_positive else x[0]]
        for step in x[1:]:
            y.append(y[-1] + step.exp())
        return torch.stack(y)

    return of_definition(function, lambda y: y, [4], draw(4, 4))


def covariance_factor(x):
    """Row by row, the diagonal under an exponential."""
    rows, numbers_left = [], list(x)
    for i in range(3):
        row = [numbers_left.pop(0) for _ in range(i + 1)]
        row[-1] = row[-1].exp()
        rows.append(torch.stack(row + [torch.zeros_like(row[0])] * (2 - i)))
    return torch.stack(rows)


def lower_triangle(matrix):
    return torch.stack([matrix[i, j] for i in range(len(matrix)) for j in range(i + 1)])


def main():
    exponential, sigmoid = transforms.ExpTransform(), transforms.SigmoidTransform()
    cases = {
        "real": numbers(),
        "positive": numbers(exponential),
        "unit_interval": numbers(sigmoid),
        "greater_than(-1.5)": numbers(exponential, transforms.AffineTransform(-1.5, 1.0)),
        "less_than(2)": numbers(exponential, transforms.AffineTransform(2.0, -1.0)),
        "interval(-1, 3)": numbers(sigmoid, transforms.AffineTransform(-1.0, 4.0)),
        "simplex": of_torch(transforms.StickBreakingTransform(), [4], draw(4, 3)),
        "ordered": increasing(is_positive=False),
        "positive_ordered": increasing(is_positive=True),
        "cholesky_covariance": of_definition(covariance_factor, lower_triangle, [3, 3], draw(4, 6)),
        "cholesky_correlation": of_torch(transforms.CorrCholeskyTransform(), [4, 4], draw(4, 6)),
    }
    document = {
        "command": "python3 scripts/make_golden_supports.py > tests/golden/supports.json",
        "versions": {"torch": torch.__version__.split("+")[0], "numpy": numpy.__version__},
        "cases": cases,
    }
    json.dump(document, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
