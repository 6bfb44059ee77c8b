#!/usr/bin/env python3
"""The jobs F1 and F3 of `elbow bench` in normflows: planar layers, and spline couplings, on the energy U2.

    benchmarks/peers/normflows_fit.py F1-10|F1-32|F3 [--threads N] [--seconds S] [--steps N]

As its documentation fits a density: reverse_kld and Adam, fused. Its conditioner of a spline coupling has a first layer and
one residual block of two, 64 units each; elbow's has two layers of 64. Prints one JSON line.
"""
import importlib.metadata
import math
import time

import common

common.raise_malloc_thresholds()

import normflows  # noqa: E402
import torch  # noqa: E402


class Energy:
    """U2 of Rezende and Mohamed (2015), confined as elbow's; unnormalised."""

    def log_prob(self, z):
        wave = z[:, 1] - torch.sin(0.5 * math.pi * z[:, 0])
        return -0.5 * (wave / 0.4).square() - 0.5 * (z / 8).pow(4).sum(-1)


def spline_coupling(reverse):
    return normflows.flows.CoupledRationalQuadraticSpline(
        2, num_blocks=1, num_hidden_channels=64, num_bins=12, reverse_mask=reverse)


def flows_of(job):
    if job == "F3":
        return [spline_coupling(bool(i % 2)) for i in range(8)], 512
    return [normflows.flows.Planar((2,)) for _ in range(int(job.split("-")[1]))], 1024


def main():
    options = common.read_options(__doc__, ["F1-10", "F1-32", "F3"])
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(options.seed)
    flows, batch_size = flows_of(options.job)
    model = normflows.NormalizingFlow(normflows.distributions.DiagGaussian(2), flows, Energy())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    total = torch.zeros(())

    def steps(times):
        for _ in range(times):
            optimizer.zero_grad()
            loss = model.reverse_kld(batch_size)
            loss.backward()
            optimizer.step()
            total.sub_(loss.detach())
        return times

    if options.steps:
        values, begin = [], time.perf_counter()
        for _ in range(8):
            total.zero_()
            steps(options.steps // 8)
            values.append(total.item() / (options.steps // 8))
        fields = common.quality("objective", values, options.steps)
        fields["seconds"] = time.perf_counter() - begin
    else:
        fields = common.measure(steps, options.seconds)
    common.print_line(options, "normflows", importlib.metadata.version("normflows"), fields)


if __name__ == "__main__":
    main()
