"""Writes the values that PyTorch's own Adamax reaches, for optimizer_reference_test.cpp.

Usage: python3 tests/inference/optim/adamax_golden.py > tests/inference/optim/adamax_golden.h   (needs torch 2.11.0)
"""
import torch

STEPS, SIZE = 50, 4


def gradient(values, step):
    """The gradient function of the test: a quadratic with a different sawtooth on every element."""
    index = torch.arange(SIZE, dtype=torch.float64)
    return (index + 1) * (values - 0.25) + ((step * (index + 3)) % 7 - 3) / 4


def run(**options):
    values = torch.tensor([0.5, -0.25, 0.125, -1.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adamax([values], lr=2.0**-6, foreach=False, **options)
    for step in range(1, STEPS + 1):
        values.grad = gradient(values.detach(), step)
        optimizer.step()
    return values.detach()


def row(name, values):
    return f"constexpr double {name}[] = {{" + ", ".join(repr(v) for v in values.tolist()) + "};"


print("// python3 tests/inference/optim/adamax_golden.py > tests/inference/optim/adamax_golden.h   (torch " + torch.__version__ + ")")
print("#pragma once\n\nnamespace elbow::test {\n")
print(row("kAdamaxDefault", run()))
print(row("kAdamaxOptions", run(betas=(0.8, 0.95), eps=1e-3, weight_decay=0.125)))
print("\n}  // namespace elbow::test")
