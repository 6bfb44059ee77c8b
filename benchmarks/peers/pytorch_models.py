"""The models of the jobs V1, V2, I1, I2, F1 and F2 in PyTorch, and how each takes the first parameters that elbow wrote."""
import math

import torch
import torch.nn.functional as functional
from initial import DECODER, ENCODER

PIXELS = 784
MAX_LOG_SCALE = 10.0


def put(parameter, values):
    with torch.no_grad():
        parameter.copy_(torch.as_tensor(values).view_as(parameter))


def put_dense(network, layers):
    """@param layers (weight, bias) of each linear layer of the network"""
    linear = [layer for layer in network if isinstance(layer, torch.nn.Linear)]
    for layer, (weight, bias) in zip(linear, layers, strict=True):
        put(layer.weight, weight)
        put(layer.bias, bias)


def softplus_inverse_of_one():
    return math.log(math.expm1(1.0))


def planar(z, u, w, b):
    """z + u^ tanh(w'z + b) and ln |det|, with w'u^ > -1 (Rezende, Mohamed, 2015, appendix A.1)."""
    w_u = (w * u).sum(-1, keepdim=True)
    m = functional.softplus(w_u) - 1
    u_hat = u + (m - w_u) * w / w.square().sum(-1, keepdim=True).clamp_min(1e-12)
    bump = torch.tanh((z * w).sum(-1, keepdim=True) + b)
    return z + u_hat * bump, torch.log1p((1 - bump.square()) * m).squeeze(-1)


class PlanarStack(torch.nn.Module):
    """Layers with parameters of their own, which begin near the identity as elbow's."""

    def __init__(self, count, size):
        super().__init__()
        w = torch.empty(count, size).uniform_(-1, 1)
        noise = torch.empty(count, size).uniform_(-0.01, 0.01)
        self.w = torch.nn.Parameter(w)
        self.u = torch.nn.Parameter(w * softplus_inverse_of_one() / w.square().sum(-1, keepdim=True).clamp_min(1e-3) + noise)
        self.b = torch.nn.Parameter(torch.zeros(count, 1))

    def begin(self, initial):
        for part, values in initial.planar(*self.w.shape).items():
            put(getattr(self, part), values)

    def forward(self, z):
        total = 0
        for u, w, b in zip(self.u, self.w, self.b):
            z, log_det = planar(z, u, w, b)
            total = total + log_det
        return z, total


def dense(sizes, activation):
    """Linear layers with an activation between; drawn as PyTorch and elbow draw them: uniform within 1 / sqrt(inputs)."""
    layers = []
    for i, (size, out) in enumerate(zip(sizes, sizes[1:])):
        layer = torch.nn.Linear(size, out)
        layers += [layer] if i == len(sizes) - 2 else [layer, activation()]
    return torch.nn.Sequential(*layers)


class Vae(torch.nn.Module):
    """q(z | x) = N(mean, exp(log_scale)^2), behind planar layers where asked; p(x | z) = Bernoulli(logits)."""

    def __init__(self, images, hidden, latent, activation, flows="none", num_layers=16):
        super().__init__()
        self.latent, self.flows, self.num_layers = latent, flows, num_layers
        self.encoder_sizes = [PIXELS, *hidden, 2 * latent + self.more()]
        self.decoder_sizes = [latent, *hidden[::-1], PIXELS]
        self.encoder, self.decoder = dense(self.encoder_sizes, activation), dense(self.decoder_sizes, activation)
        self.stack = PlanarStack(num_layers, latent) if flows == "shared" else None
        mean = images.sum(0, dtype=torch.float64) / (255.0 * len(images))
        with torch.no_grad():
            self.decoder[-1].bias.copy_(mean.clamp(0.001, 0.999).logit())

    def begin(self, initial):
        put_dense(self.encoder, initial.dense(ENCODER, self.encoder_sizes))
        put_dense(self.decoder, initial.dense(DECODER, self.decoder_sizes))
        if self.stack:
            self.stack.begin(initial)

    def draw(self, x, particles):
        """z [K, B, L], and ln q(z | x) - ln p(z) [K, B] from the draws."""
        mean, log_scale, more = self.encoder(x).split([self.latent, self.latent, self.more()], dim=-1)
        log_scale = log_scale.clamp(-MAX_LOG_SCALE, MAX_LOG_SCALE)
        noise = torch.randn(particles, *mean.shape)
        z = mean + torch.exp(log_scale) * noise
        # The normalisers of q and of the standard normal cancel.
        log_q = -(0.5 * noise.square() + log_scale).sum(-1)
        if self.flows == "shared":
            z, log_det = self.stack(z)
            log_q = log_q - log_det
        elif self.flows == "amortized":
            for block in more.chunk(self.num_layers, dim=-1):
                u, w, b = block.split([self.latent, self.latent, 1], dim=-1)
                z, log_det = planar(z, u, w, b)
                log_q = log_q - log_det
        return z, log_q + 0.5 * z.square().sum(-1)

    def more(self):
        return self.num_layers * (2 * self.latent + 1) if self.flows == "amortized" else 0

    def log_likelihood(self, z, x):
        logits = self.decoder(z)
        return -functional.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="none").sum(-1)

    def log_weights(self, x, particles):
        z, excess = self.draw(x, particles)
        return self.log_likelihood(z, x) - excess

    def elbo(self, x):
        """With the KL in closed form where there is one."""
        if self.flows != "none":
            return self.log_weights(x, 1).mean()
        mean, log_scale = self.encoder(x).chunk(2, dim=-1)
        log_scale = log_scale.clamp(-MAX_LOG_SCALE, MAX_LOG_SCALE)
        z = mean + torch.exp(log_scale) * torch.randn_like(mean)
        logits = self.decoder(z)
        reconstruction = -functional.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        kl = (0.5 * (torch.expm1(2 * log_scale) + mean.square()) - log_scale).sum()
        return (reconstruction - kl) / len(x)

    def bound(self, x, particles):
        """The importance-weighted bound; with one particle, `elbo`."""
        if particles == 1:
            return self.elbo(x)
        return (self.log_weights(x, particles).logsumexp(0) - math.log(particles)).mean()


class ConvVae(Vae):
    """1-32-64 convolutions of 4 x 4, stride 2, and their mirror; one bias for each pixel."""

    def __init__(self, images, style):
        super().__init__(images, [1], 20, torch.nn.ReLU)
        start = self.decoder[-1].bias.detach().clone()
        conv, transposed = torch.nn.Conv2d, torch.nn.ConvTranspose2d
        self.encoder = torch.nn.Sequential(
            torch.nn.Unflatten(1, (1, 28, 28)), conv(1, 32, 4, 2, 1), torch.nn.ReLU(), conv(32, 64, 4, 2, 1), torch.nn.ReLU(),
            torch.nn.Flatten(), torch.nn.Linear(3136, 2 * self.latent))
        self.decoder = torch.nn.Sequential(
            torch.nn.Linear(self.latent, 3136), torch.nn.Unflatten(1, (64, 7, 7)), torch.nn.ReLU(),
            transposed(64, 32, 4, 2, 1), torch.nn.ReLU(), transposed(32, 1, 4, 2, 1, bias=False), torch.nn.Flatten())
        self.pixel_bias = torch.nn.Parameter(start)
        # Of a transposed convolution an output meets a quarter of the kernel.
        for layer, inputs in ((self.decoder[3], 256), (self.decoder[5], 128)):
            for parameter in layer.parameters():
                torch.nn.init.uniform_(parameter, -1 / math.sqrt(inputs), 1 / math.sqrt(inputs))
        if style == "channels_last":
            self.to(memory_format=torch.channels_last)

    def begin(self, initial):
        for prefix, layers in ((ENCODER, {"conv_0": self.encoder[1], "conv_1": self.encoder[3], "output": self.encoder[-1]}),
                               (DECODER, {"to_image": self.decoder[0], "conv_1": self.decoder[3], "conv_0": self.decoder[5]})):
            for name, layer in layers.items():
                for part, parameter in layer.named_parameters():
                    put(parameter, initial.take(f"{prefix}{name}.{part}", parameter.shape))
        put(self.pixel_bias, initial.take(DECODER + "output_bias", (1, 28, 28)))

    def elbo(self, x):
        mean, log_scale = self.encoder(x).chunk(2, dim=-1)
        log_scale = log_scale.clamp(-MAX_LOG_SCALE, MAX_LOG_SCALE)
        z = mean + torch.exp(log_scale) * torch.randn_like(mean)
        logits = self.decoder(z) + self.pixel_bias
        reconstruction = -functional.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        return (reconstruction - (0.5 * (torch.expm1(2 * log_scale) + mean.square()) - log_scale).sum()) / len(x)


class DocumentedVae(Vae):
    """The loss of pytorch/examples: a sigmoid, then the cross entropy of probabilities."""

    def begin(self, initial):
        super().begin(initial)
        with torch.no_grad():  # a logarithm of the variance, not of the scale
            for tensor in (self.encoder[-1].weight, self.encoder[-1].bias):
                tensor[self.latent:] *= 2

    def elbo(self, x):
        mean, log_variance = self.encoder(x).chunk(2, dim=-1)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        probability = torch.sigmoid(self.decoder(z))
        cross_entropy = functional.binary_cross_entropy(probability, x, reduction="sum")
        kl = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
        return -(cross_entropy + kl) / len(x)


class EnergyFit(torch.nn.Module):
    """A normal of two numbers behind planar layers, fitted to the energy U2, confined as elbow's."""

    def __init__(self, count):
        super().__init__()
        self.mean = torch.nn.Parameter(torch.zeros(2))
        self.log_scale = torch.nn.Parameter(torch.zeros(2))
        self.stack = PlanarStack(count, 2)

    def begin(self, initial):
        for parameter, values in zip((self.mean, self.log_scale), initial.normal(2)):
            put(parameter, values)
        self.stack.begin(initial)

    def bound(self, count):
        noise = torch.randn(count, 2)
        z, log_det = self.stack(self.mean + torch.exp(self.log_scale) * noise)
        log_q = -(0.5 * noise.square() + self.log_scale).sum(-1) - math.log(2 * math.pi) - log_det
        wave = z[:, 1] - torch.sin(0.5 * math.pi * z[:, 0])
        log_p = -0.5 * (wave / 0.4).square() - 0.5 * (z / 8).pow(4).sum(-1)
        return (log_p - log_q).mean()
