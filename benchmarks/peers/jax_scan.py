#!/usr/bin/env python3
"""The jobs V1, V1e, I1, I2, F1 and F2 of `elbow bench` in JAX: many steps in one jitted lax.scan.

    benchmarks/peers/jax_scan.py JOB [--data FOLDER] [--threads N] [--seconds S] [--steps N] [--initial FILE]

Images are resident as bytes and binarised inside the loop; Adam is written out. An epoch has whole batches only: a scan
needs one shape. Prints one JSON line.
"""
import functools
import math
import time

import common

JOBS = ["V1", "V1e", "I1", "I2", "F1-10", "F1-32", "F2-shared", "F2-amortized"]
OPTIONS = common.read_options(__doc__, JOBS)
common.limit_processors(OPTIONS.threads)

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy  # noqa: E402
from initial import Initial  # noqa: E402
from jax_models import PIXELS, EnergyFit, Vae  # noqa: E402


class Training:
    """The job's loop: state, and parts of an epoch that are one call each."""

    def __init__(self, job, options):
        self.job = job
        key = jax.random.key(options.seed)
        parameters = job.start(jax.random.fold_in(key, 0))
        if options.initial:
            initial = Initial(options.initial)
            parameters = job.begin(initial, parameters)
            initial.finish()
        zeros = jax.tree.map(jnp.zeros_like, parameters)
        self.state = (parameters, zeros, jax.tree.map(jnp.zeros_like, parameters), jnp.zeros((), jnp.int32))
        self.key, self.epochs = jax.random.fold_in(key, 1), 0
        self.new_epoch = jax.jit(job.epoch)
        self.rows, self.place = self.new_epoch(self.key), 0
        self.run = jax.jit(self.scan, donate_argnums=0)

    def adam(self, state, gradient):
        parameters, first, second, step = state
        step = step + 1
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
        count = step.astype(jnp.float32)
        one, two = 1 - 0.9 ** count, 1 - 0.999 ** count
        parameters = jax.tree.map(
            lambda p, m, v: p - 1e-3 * (m / one) / (jnp.sqrt(v / two) + 1e-8), parameters, first, second)
        return parameters, first, second, step

    def scan(self, state, rows, key):
        def one(state, rows):
            value, gradient = jax.value_and_grad(self.job.loss)(state[0], rows, jax.random.fold_in(key, state[3]))
            return self.adam(state, gradient), -value
        return jax.lax.scan(one, state, rows)

    def part(self, steps):
        """So many steps of the epoch, in one call. @return their bounds"""
        if self.place + steps > len(self.rows):
            self.epochs += 1
            self.rows, self.place = self.new_epoch(jax.random.fold_in(self.key, self.epochs)), 0
        self.state, values = self.run(self.state, self.rows[self.place:self.place + steps], self.key)
        self.place += steps
        return values

    def steps_in(self, seconds):
        """How long a part is: a tenth of a window, a divisor of the epoch where that is near."""
        length = max(1, len(self.rows) // 4)
        self.part(length)[-1].block_until_ready()  # compiles
        begin = time.perf_counter()
        self.part(length)[-1].block_until_ready()
        each = (time.perf_counter() - begin) / length
        wanted = max(1, int(0.1 * seconds / each))
        return next(n for n in range(min(wanted, length), 0, -1) if length % n == 0)


def importance(options, job, training):
    """The K-sample NLL of images, one after the other in chunks of 500 samples."""
    particles, chunk = 5000, 500
    for _ in range(options.steps):
        training.part(1)
    content, count = common.read_images(options.data, "t10k")
    images = numpy.frombuffer(bytes(content), dtype=numpy.uint8).reshape(count, PIXELS) / 255.0
    images = jnp.asarray(numpy.random.default_rng(options.seed).random(images.shape) < images, dtype=jnp.float32)

    @functools.partial(jax.jit)
    def nll(parameters, x, key):
        def one(total, key):
            return jnp.logaddexp(total, jax.nn.logsumexp(job.log_weights(parameters, x[None], key, chunk))), None
        total, _ = jax.lax.scan(one, -jnp.inf, jax.random.split(key, particles // chunk))
        return math.log(particles) - total

    parameters, key = training.state[0], jax.random.key(options.seed + 1)
    if options.steps:
        values = [float(nll(parameters, images[i], jax.random.fold_in(key, i))) for i in range(64)]
        return {"quality": {"name": "nll", "value": sum(values) / len(values), "steps": options.steps}}

    def work(times):
        for i in range(times):
            value = nll(parameters, images[i], key)
        value.block_until_ready()
        return times * particles

    return common.measure(work, options.seconds, "samples/s", fixed_times=4)


def whole(options, job, training):
    begin = time.perf_counter()
    steps = 5 * len(training.rows)
    for _ in range(20):
        values = training.part(len(training.rows) // 4)
    content, count = common.read_images(options.data, "t10k")
    images = numpy.frombuffer(bytes(content), dtype=numpy.uint8).reshape(count, PIXELS) / 255.0
    test = jnp.asarray(numpy.random.default_rng(options.seed).random(images.shape) < images, dtype=jnp.float32)
    bound = jax.jit(lambda parameters, x, key: job.bound(parameters, x, key, 1))
    total = sum(float(bound(training.state[0], x, jax.random.key(i))) for i, x in enumerate(jnp.split(test, 10)))
    values.block_until_ready()
    seconds = time.perf_counter() - begin
    return {"unit": "s", "median": seconds, "lowest": seconds, "highest": seconds, "windows": [seconds],
            "quality": {"name": "elbo", "value": total / 10, "steps": steps}}


def main():
    options = OPTIONS
    if options.job.startswith("F1"):
        job = EnergyFit(int(options.job.split("-")[1]))
    else:
        content, count = common.read_images(options.data)
        job = Vae(jnp.asarray(numpy.frombuffer(bytes(content), dtype=numpy.uint8).reshape(count, PIXELS)), options.job)
    training = Training(job, options)
    if options.job == "V1e":
        fields = whole(options, job, training)
    elif options.job == "I1":
        fields = importance(options, job, training)
    elif options.steps:
        # Parts that end with the steps, with their last quarter and with an epoch.
        part = math.gcd(len(training.rows), options.steps, options.steps // 4)
        values = [float(training.part(part).mean()) for _ in range(options.steps // part)]
        fields = common.quality("objective", values, options.steps)
    else:
        part = training.steps_in(options.seconds / common.WINDOWS)

        def work(times):
            for _ in range(times):
                values = training.part(part)
            values.block_until_ready()
            return times * part

        fields = common.measure(work, options.seconds, fixed_times=2)
    common.print_line(options, "jax-scan", jax.__version__, fields)


if __name__ == "__main__":
    main()
