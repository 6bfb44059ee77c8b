#!/usr/bin/env python3
"""The jobs F1 and F3 of `elbow bench` in normflows: planar layers, and spline couplings, on the energy U2.

    benchmarks/peers/normflows_fit.py F1-10|F1-32|F3 [--threads N] [--seconds S] [--steps N] [--initial FILE]

As its documentation fits a density: reverse_kld and Adam, fused. The spline couplings are its own, but with elbow's conditioner
of two layers of 64, without a spline for the numbers that are kept, and in elbow's direction, from the normal outward:
its own wrapper takes that way by the inverse of the spline, which is another family of curves, and begins with a residual
block. Prints one JSON line.
"""
import importlib.metadata
import math
import time

import common

common.raise_malloc_thresholds()

import normflows  # noqa: E402
import torch  # noqa: E402
from initial import FLOWS, Initial  # noqa: E402
from pytorch_models import put, put_dense  # noqa: E402

UNITS, BINS = 64, 12
# Softplus of it and the least slope, 0.001, are 1.
SLOPE_OFFSET = math.log(math.expm1(1 - 1e-3))


class Energy:
    """U2 of Rezende and Mohamed (2015), confined as elbow's; unnormalised."""

    def log_prob(self, z):
        wave = z[:, 1] - torch.sin(0.5 * math.pi * z[:, 0])
        return -0.5 * (wave / 0.4).square() - 0.5 * (z / 8).pow(4).sum(-1)


class Conditioner(torch.nn.Sequential):
    """The raw numbers of a coupling's splines. They begin as the identity's, as elbow's do."""

    hidden_features = 1  # by whose root normflows divides what gives widths and heights

    def __init__(self, size, out):
        super().__init__(torch.nn.Linear(size, UNITS), torch.nn.ReLU(), torch.nn.Linear(UNITS, UNITS), torch.nn.ReLU(),
                         torch.nn.Linear(UNITS, out))
        self.sizes = [size, UNITS, UNITS, out]
        for parameter in self[-1].parameters():
            torch.nn.init.zeros_(parameter)
        with torch.no_grad():
            self[-1].bias[2 * BINS:] += SLOPE_OFFSET

    def forward(self, x, context=None):
        return super().forward(x)


class SplineCoupling(normflows.flows.Flow):
    """Changes one number by a spline that the other chooses: of two couplings, the second one first."""

    def __init__(self, index):
        super().__init__()
        self.prefix = f"{FLOWS}layer_{index}.conditioner."
        mask = normflows.utils.masks.create_alternating_binary_mask(2, even=index % 2 == 1)
        self.coupling = normflows.flows.neural_spline.coupling.PiecewiseRationalQuadraticCoupling(
            mask, Conditioner, num_bins=BINS, tails="linear", tail_bound=3.0)

    def forward(self, z):
        return self.coupling(z)

    def begin(self, initial):
        network = self.coupling.transform_net
        put_dense(network, initial.dense(self.prefix, network.sizes, ["layer_0", "layer_1", "layer_2"]))
        with torch.no_grad():  # elbow adds the offset of the slopes itself
            network[-1].bias[2 * BINS:] += SLOPE_OFFSET


def take_parameters(model, initial):
    for parameter, values in zip((model.q0.loc, model.q0.log_scale), initial.normal(2)):
        put(parameter, values)
    if isinstance(model.flows[0], SplineCoupling):
        for flow in model.flows:
            flow.begin(initial)
    else:
        for part, values in initial.planar(len(model.flows), 2).items():
            for flow, value in zip(model.flows, values):
                put(getattr(flow, part), value)
    initial.finish()


def flows_of(job):
    if job == "F3":
        return [SplineCoupling(i) for i in range(8)], 512
    return [normflows.flows.Planar((2,)) for _ in range(int(job.split("-")[1]))], 1024


def main():
    options = common.read_options(__doc__, ["F1-10", "F1-32", "F3"])
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(options.seed)
    flows, batch_size = flows_of(options.job)
    model = normflows.NormalizingFlow(normflows.distributions.DiagGaussian(2), flows, Energy())
    if options.initial:
        take_parameters(model, Initial(options.initial))
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
