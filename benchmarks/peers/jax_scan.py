#!/usr/bin/env python3
"""The jobs V1, V1e, I1, I2, F1 and F2 of `elbow bench` in JAX: many steps in one jitted lax.scan.

    benchmarks/peers/jax_scan.py JOB [--data FOLDER] [--threads N] [--seconds S] [--steps N]

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

PIXELS, LAYERS = 784, 16
MAX_LOG_SCALE = 10.0


def dense_start(key, sizes):
    """Weights as elbow draws them: uniform with He's variance, half of it in the last layer; biases 0."""
    layers = []
    for i, (size, out) in enumerate(zip(sizes, sizes[1:])):
        bound = math.sqrt(3.0 * (1.0 if i == len(sizes) - 2 else 2.0) / size)
        weight = jax.random.uniform(jax.random.fold_in(key, i), (size, out), minval=-bound, maxval=bound)
        layers.append((weight, jnp.zeros(out)))
    return layers


def dense(layers, x, activation):
    for weight, bias in layers[:-1]:
        x = activation(x @ weight + bias)
    weight, bias = layers[-1]
    return x @ weight + bias


def planar_start(key, count, size):
    w = jax.random.uniform(key, (count, size), minval=-1.0)
    noise = jax.random.uniform(jax.random.fold_in(key, 1), (count, size), minval=-0.01, maxval=0.01)
    along = math.log(math.expm1(1.0)) / jnp.maximum((w * w).sum(-1, keepdims=True), 1e-3)
    return {"u": w * along + noise, "w": w, "b": jnp.zeros((count, 1))}


def constrain(u, w):
    """u^ and w'u^ > -1 (Rezende, Mohamed, 2015, appendix A.1), of many layers at once."""
    w_u = (w * u).sum(-1, keepdims=True)
    m = jax.nn.softplus(w_u) - 1
    return u + (m - w_u) * w / jnp.maximum((w * w).sum(-1, keepdims=True), 1e-12), m


def planar(z, u_hat, m, w, b):
    """z + u^ tanh(w'z + b) and ln |det|."""
    bump = jnp.tanh((z * w).sum(-1, keepdims=True) + b)
    return z + u_hat * bump, jnp.log1p((1 - bump * bump) * m)[..., 0]


def planar_stack(parameters, z):
    u_hat, m = constrain(parameters["u"], parameters["w"])
    total = 0
    for i in range(len(m)):
        z, log_det = planar(z, u_hat[i], m[i], parameters["w"][i], parameters["b"][i])
        total = total + log_det
    return z, total


def log_bernoulli(logits, x):
    return (x * logits - jax.nn.softplus(logits)).sum(-1)


class Vae:
    """q(z | x) = N(mean, exp(log_scale)^2), behind planar layers where asked; p(x | z) = Bernoulli(logits)."""

    def __init__(self, images, job):
        self.flows = job.split("-")[1] if job.startswith("F2") else "none"
        self.hidden, self.latent, self.particles, self.batch_size = (
            ([200, 200], 50, 50, 20) if job == "I2" else ([400], 40 if self.flows != "none" else 20, 1, 128))
        self.activation = jnp.tanh if job == "I2" else jax.nn.relu
        self.images = images

    def start(self, key):
        more = LAYERS * (2 * self.latent + 1) if self.flows == "amortized" else 0
        keys = jax.random.split(key, 3)
        decoder = dense_start(keys[1], [self.latent, *self.hidden[::-1], PIXELS])
        mean = jnp.clip(self.images.mean(0, dtype=jnp.float32) / 255.0, 0.001, 0.999)
        decoder[-1] = (decoder[-1][0], jnp.log(mean) - jnp.log1p(-mean))
        parameters = {"encoder": dense_start(keys[0], [PIXELS, *self.hidden, 2 * self.latent + more]), "decoder": decoder}
        if self.flows == "shared":
            parameters["flow"] = planar_start(keys[2], LAYERS, self.latent)
        return parameters

    def flow(self, parameters, z, more):
        if self.flows == "shared":
            return planar_stack(parameters["flow"], z)
        u, w, b = jnp.split(more.reshape(*more.shape[:-1], LAYERS, -1), [self.latent, 2 * self.latent], axis=-1)
        u_hat, m = constrain(u, w)
        total = 0
        for i in range(LAYERS):
            z, log_det = planar(z, u_hat[:, i], m[:, i], w[:, i], b[:, i])
            total = total + log_det
        return z, total

    def bound(self, parameters, x, key, particles):
        """The importance-weighted bound; with one particle the ELBO, with the KL in closed form where there is one."""
        log_weights = self.log_weights(parameters, x, key, particles)
        return (jax.nn.logsumexp(log_weights, axis=0) - math.log(particles)).mean()

    def log_weights(self, parameters, x, key, particles):
        code = dense(parameters["encoder"], x, self.activation)
        mean, log_scale, more = jnp.split(code, [self.latent, 2 * self.latent], axis=-1)
        log_scale = jnp.clip(log_scale, -MAX_LOG_SCALE, MAX_LOG_SCALE)
        shape = mean.shape if particles == 1 else (particles, *mean.shape)
        noise = jax.random.normal(key, shape)
        z = mean + jnp.exp(log_scale) * noise
        if self.flows == "none" and particles == 1:
            excess = (0.5 * (jnp.expm1(2 * log_scale) + mean * mean) - log_scale).sum(-1)
        else:
            log_q = -(0.5 * noise * noise + log_scale).sum(-1)
            if self.flows != "none":
                z, log_det = self.flow(parameters, z, more)
                log_q = log_q - log_det
            excess = log_q + 0.5 * (z * z).sum(-1)
        weights = log_bernoulli(dense(parameters["decoder"], z, self.activation), x) - excess
        return weights if particles > 1 else weights[None]

    def loss(self, parameters, rows, key):
        keys = jax.random.split(key)
        probability = self.images[rows].astype(jnp.float32) / 255.0
        x = (jax.random.uniform(keys[0], probability.shape) < probability).astype(jnp.float32)
        return -self.bound(parameters, x, keys[1], self.particles)

    def epoch(self, key):
        """Rows of the whole batches of an epoch, [S, B]."""
        order = jax.random.permutation(key, len(self.images))
        steps = len(self.images) // self.batch_size
        return order[:steps * self.batch_size].reshape(steps, self.batch_size)


class EnergyFit:
    """A normal of two numbers behind planar layers, fitted to the energy U2, confined as elbow's."""

    batch_size, steps = 1024, 2000

    def __init__(self, count):
        self.count = count

    def start(self, key):
        return {"mean": jnp.zeros(2), "log_scale": jnp.zeros(2), "flow": planar_start(key, self.count, 2)}

    def loss(self, parameters, rows, key):
        noise = jax.random.normal(key, (self.batch_size, 2))
        z = parameters["mean"] + jnp.exp(parameters["log_scale"]) * noise
        z, log_det = planar_stack(parameters["flow"], z)
        log_q = -(0.5 * noise * noise + parameters["log_scale"]).sum(-1) - math.log(2 * math.pi) - log_det
        wave = z[:, 1] - jnp.sin(0.5 * math.pi * z[:, 0])
        log_p = -0.5 * (wave / 0.4) ** 2 - 0.5 * ((z / 8) ** 4).sum(-1)
        return (log_q - log_p).mean()

    def epoch(self, key):
        return jnp.zeros((self.steps, 0), dtype=jnp.int32)


class Training:
    """The job's loop: state, and parts of an epoch that are one call each."""

    def __init__(self, job, options):
        self.job = job
        key = jax.random.key(options.seed)
        parameters = job.start(jax.random.fold_in(key, 0))
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
        part = max(1, min(len(training.rows) // 4, options.steps // 8))
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
