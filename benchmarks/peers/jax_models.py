"""The models of the jobs V1, I1, I2, F1 and F2 in JAX, and how each takes the first parameters that elbow wrote.

Import it after the number of processors has been limited.
"""
import math

import jax
import jax.numpy as jnp
from initial import DECODER, ENCODER

PIXELS, LAYERS = 784, 16
MAX_LOG_SCALE = 10.0


def dense_start(key, sizes):
    """Weights and biases as elbow draws them: uniform within 1 / sqrt(inputs)."""
    layers = []
    for i, (size, out) in enumerate(zip(sizes, sizes[1:])):
        weight, bias = (jax.random.uniform(jax.random.fold_in(key, 2 * i + part), shape, minval=-1, maxval=1) / math.sqrt(size)
                        for part, shape in enumerate(((size, out), (out,))))
        layers.append((weight, bias))
    return layers


def sizes_of(layers):
    return [layers[0][0].shape[0], *(weight.shape[1] for weight, _ in layers)]


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


def planar_given(initial, count, size):
    return {part: jnp.asarray(values) for part, values in initial.planar(count, size).items()}


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

    def begin(self, initial, start):
        """The parameters that elbow wrote. @param start our own, for the sizes"""
        out = {name: [(jnp.asarray(weight.T), jnp.asarray(bias)) for weight, bias in initial.dense(prefix, sizes_of(start[name]))]
               for name, prefix in (("encoder", ENCODER), ("decoder", DECODER))}
        if self.flows == "shared":
            out["flow"] = planar_given(initial, LAYERS, self.latent)
        return out

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

    def begin(self, initial, start):
        mean, log_scale = (jnp.asarray(values) for values in initial.normal(2))
        return {"mean": mean, "log_scale": log_scale, "flow": planar_given(initial, self.count, 2)}

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
