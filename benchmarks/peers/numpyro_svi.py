#!/usr/bin/env python3
"""The jobs V1 and V1e of `elbow bench` in NumPyro: SVI with TraceMeanField_ELBO, many updates in one jitted lax.scan.

    benchmarks/peers/numpyro_svi.py V1|V1e [--data FOLDER] [--threads N] [--seconds S] [--steps N] [--initial FILE]

Images are resident as bytes and binarised inside the loop. An epoch has whole batches only. Prints one JSON line.
"""
import math
import time

import common

OPTIONS = common.read_options(__doc__, ["V1", "V1e"])
common.limit_processors(OPTIONS.threads)

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import numpy  # noqa: E402
import numpyro  # noqa: E402
import numpyro.distributions as dist  # noqa: E402
from initial import DECODER, ENCODER, Initial  # noqa: E402
from numpyro.infer import SVI, TraceMeanField_ELBO  # noqa: E402

PIXELS, HIDDEN, LATENT, BATCH = 784, 400, 20, 128


def weights(name, size, out, bias=None):
    """Drawn as elbow draws them: uniform within 1 / sqrt(inputs)."""
    def draw(*shape):
        return lambda key: jax.random.uniform(key, shape, minval=-1, maxval=1) / math.sqrt(size)
    weight = numpyro.param(f"{name}.weight", draw(size, out))
    return weight, numpyro.param(f"{name}.bias", draw(out) if bias is None else bias)


def linear(x, layer):
    return x @ layer[0] + layer[1]


class Vae:
    def __init__(self, images):
        mean = jnp.clip(images.mean(0, dtype=jnp.float32) / 255.0, 0.001, 0.999)
        self.start = jnp.log(mean) - jnp.log1p(-mean)

    def model(self, x):
        first = weights("decoder.hidden", LATENT, HIDDEN)
        last = weights("decoder.output", HIDDEN, PIXELS, self.start)
        with numpyro.plate("batch", len(x)):
            z = numpyro.sample("z", dist.Normal(0, 1).expand([LATENT]).to_event(1))
            logits = linear(jax.nn.relu(linear(z, first)), last)
            numpyro.sample("x", dist.Bernoulli(logits=logits).to_event(1), obs=x)

    def guide(self, x):
        first, last = weights("encoder.hidden", PIXELS, HIDDEN), weights("encoder.output", HIDDEN, 2 * LATENT)
        mean, log_scale = jnp.split(linear(jax.nn.relu(linear(x, first)), last), 2, axis=-1)
        scale = jnp.exp(jnp.clip(log_scale, -10.0, 10.0))
        with numpyro.plate("batch", len(x)):
            numpyro.sample("z", dist.Normal(mean, scale).to_event(1))


def binarize(key, rows):
    probability = rows.astype(jnp.float32) / 255.0
    return (jax.random.uniform(key, probability.shape) < probability).astype(jnp.float32)


def load(options, name):
    content, count = common.read_images(options.data, name)
    return jnp.asarray(numpy.frombuffer(bytes(content), dtype=numpy.uint8).reshape(count, PIXELS))


def given(path):
    """The parameters of all layers that elbow wrote, by their names here."""
    initial, out = Initial(path), {}
    for network, prefix, sizes in (("encoder", ENCODER, [PIXELS, HIDDEN, 2 * LATENT]),
                                   ("decoder", DECODER, [LATENT, HIDDEN, PIXELS])):
        for layer, (weight, bias) in zip(("hidden", "output"), initial.dense(prefix, sizes)):
            out[f"{network}.{layer}.weight"], out[f"{network}.{layer}.bias"] = jnp.asarray(weight.T), jnp.asarray(bias)
    initial.finish()
    return out


class Training:
    def __init__(self, options):
        self.images = load(options, "train")
        vae = Vae(self.images)
        # The loss of a batch is divided by its size, as the others'.
        self.svi = SVI(numpyro.handlers.scale(vae.model, scale=1 / BATCH), numpyro.handlers.scale(vae.guide, scale=1 / BATCH),
                       numpyro.optim.Adam(1e-3), TraceMeanField_ELBO())
        self.key, self.epochs = jax.random.key(options.seed), 0
        self.state = self.svi.init(self.key, binarize(self.key, self.images[:BATCH]),
                                   init_params=given(options.initial) if options.initial else None)
        self.length = len(self.images) // BATCH
        self.new_epoch = jax.jit(
            lambda key: jax.random.permutation(key, len(self.images))[:self.length * BATCH].reshape(self.length, BATCH))
        self.rows, self.place = self.new_epoch(self.key), 0
        self.run = jax.jit(self.scan)

    def scan(self, state, rows, key):
        def one(state, step_rows):
            step, rows = step_rows
            state, loss = self.svi.update(state, binarize(jax.random.fold_in(key, step), self.images[rows]))
            return state, -loss
        return jax.lax.scan(one, state, (jnp.arange(len(rows)), rows))

    def part(self, steps):
        if self.place + steps > self.length:
            self.epochs += 1
            self.rows, self.place = self.new_epoch(jax.random.fold_in(self.key, self.epochs)), 0
        key = jax.random.fold_in(self.key, 1000 * self.epochs + self.place)
        self.state, values = self.run(self.state, self.rows[self.place:self.place + steps], key)
        self.place += steps
        return values


def whole(options, training):
    begin = time.perf_counter()
    for _ in range(20):
        training.part(training.length // 4)
    test = jnp.split(binarize(jax.random.key(options.seed), load(options, "t10k")), 10)
    evaluate = jax.jit(training.svi.evaluate)
    # The scale of a batch of 128 is left in it.
    total = sum(float(-evaluate(training.state, x)) * BATCH / len(x) for x in test)
    seconds = time.perf_counter() - begin
    return {"unit": "s", "median": seconds, "lowest": seconds, "highest": seconds, "windows": [seconds],
            "quality": {"name": "elbo", "value": total / len(test), "steps": 5 * training.length}}


def main():
    options, training = OPTIONS, Training(OPTIONS)
    if options.job == "V1e":
        fields = whole(options, training)
    elif options.steps:
        part = max(1, min(training.length // 4, options.steps // 8))
        values = [float(training.part(part).mean()) for _ in range(options.steps // part)]
        fields = common.quality("objective", values, options.steps)
    else:
        part = training.length // 12

        def work(times):
            for _ in range(times):
                values = training.part(part)
            values.block_until_ready()
            return times * part

        fields = common.measure(work, options.seconds, fixed_times=1)
    common.print_line(options, "numpyro", numpyro.__version__, fields)


if __name__ == "__main__":
    main()
