#!/usr/bin/env python3
"""Writes tests/golden/density.pt: a density as users of PyTorch would save it, for tests of model.type=torchscript.

    .deps/oracle/bin/python scripts/golden/script_density.py

N((0, 1, 2), I) of theta, up to its normaliser; constrain gives exp(theta) under the names a, b, c.
"""
import io
import pathlib
import zipfile

import torch


class Density(torch.nn.Module):
    dim: int
    names: list[str]

    def __init__(self):
        super().__init__()
        self.dim, self.names = 3, ["a", "b", "c"]
        self.register_buffer("mean", torch.arange(3.0))

    @torch.jit.export
    def log_density(self, theta: torch.Tensor) -> torch.Tensor:
        return -0.5 * ((theta - self.mean) ** 2).sum(-1)

    @torch.jit.export
    def constrain(self, theta: torch.Tensor) -> torch.Tensor:
        return theta.exp()


if __name__ == "__main__":
    out = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "density.pt"
    bytes_of_archive = io.BytesIO()
    torch.jit.save(torch.jit.script(Density()), bytes_of_archive)
    # Without the names of source files, which are paths of the machine.
    with zipfile.ZipFile(bytes_of_archive) as whole, zipfile.ZipFile(out, "w") as kept:
        for entry in whole.infolist():
            if not entry.filename.endswith(".debug_pkl"):
                kept.writestr(zipfile.ZipInfo(entry.filename), whole.read(entry))
