#!/usr/bin/env python3
"""The jobs V1, V1e, V2, I1, I2, F1 and F2 of `elbow bench` in PyTorch.

    benchmarks/peers/pytorch.py JOB [--style tuned|channels_last|compile|documented] [--data FOLDER] [--threads N] [--seconds S] [--steps N]

tuned: images resident as bytes, likelihood on logits, fused Adam, malloc thresholds raised, denormals flushed.
channels_last (V2): images and weights with channels innermost. compile: the same behind torch.compile. documented (V1): as the example of pytorch/examples, by a DataLoader, probabilities
and the default Adam. Prints one JSON line.
"""
import math
import time

import common

common.raise_malloc_thresholds()

import torch  # noqa: E402
import torch.nn.functional as functional  # noqa: E402

PIXELS = 784
MAX_LOG_SCALE = 10.0
JOBS = ["V1", "V1e", "V2", "I1", "I2", "F1-10", "F1-32", "F2-shared", "F2-amortized"]


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

    def forward(self, z):
        total = 0
        for u, w, b in zip(self.u, self.w, self.b):
            z, log_det = planar(z, u, w, b)
            total = total + log_det
        return z, total


def dense(sizes, activation):
    """Linear layers with an activation between; weights as elbow draws them: He's variance, biases 0."""
    layers = []
    for i, (size, out) in enumerate(zip(sizes, sizes[1:])):
        layer = torch.nn.Linear(size, out)
        is_last = i == len(sizes) - 2
        bound = math.sqrt(3.0 * (1.0 if is_last else 2.0) / size)
        torch.nn.init.uniform_(layer.weight, -bound, bound)
        torch.nn.init.zeros_(layer.bias)
        layers += [layer] if is_last else [layer, activation()]
    return torch.nn.Sequential(*layers)


class Vae(torch.nn.Module):
    """q(z | x) = N(mean, exp(log_scale)^2), behind planar layers where asked; p(x | z) = Bernoulli(logits)."""

    def __init__(self, images, hidden, latent, activation, flows="none", num_layers=16):
        super().__init__()
        self.latent, self.flows, self.num_layers = latent, flows, num_layers
        more = num_layers * (2 * latent + 1) if flows == "amortized" else 0
        self.encoder = dense([PIXELS, *hidden, 2 * latent + more], activation)
        self.decoder = dense([latent, *hidden[::-1], PIXELS], activation)
        self.stack = PlanarStack(num_layers, latent) if flows == "shared" else None
        mean = images.sum(0, dtype=torch.float64) / (255.0 * len(images))
        with torch.no_grad():
            self.decoder[-1].bias.copy_(mean.clamp(0.001, 0.999).logit())

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
        # He's variance, as elbow draws: of a transposed convolution an output meets a quarter of the kernel.
        for layer, inputs in ((self.encoder[1], 16), (self.encoder[3], 512), (self.decoder[3], 256), (self.decoder[5], 128)):
            torch.nn.init.uniform_(layer.weight, -math.sqrt(6 / inputs), math.sqrt(6 / inputs))
            if layer.bias is not None:
                torch.nn.init.zeros_(layer.bias)
        for layer, factor in ((self.encoder[-1], 3), (self.decoder[0], 6)):
            bound = math.sqrt(factor / layer.in_features)
            torch.nn.init.uniform_(layer.weight, -bound, bound)
            torch.nn.init.zeros_(layer.bias)
        if style == "channels_last":
            self.to(memory_format=torch.channels_last)

    def elbo(self, x):
        mean, log_scale = self.encoder(x).chunk(2, dim=-1)
        log_scale = log_scale.clamp(-MAX_LOG_SCALE, MAX_LOG_SCALE)
        z = mean + torch.exp(log_scale) * torch.randn_like(mean)
        logits = self.decoder(z) + self.pixel_bias
        reconstruction = -functional.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        return (reconstruction - (0.5 * (torch.expm1(2 * log_scale) + mean.square()) - log_scale).sum()) / len(x)


class DocumentedVae(Vae):
    """The loss of pytorch/examples: a sigmoid, then the cross entropy of probabilities."""

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

    def bound(self, count):
        noise = torch.randn(count, 2)
        z, log_det = self.stack(self.mean + torch.exp(self.log_scale) * noise)
        log_q = -(0.5 * noise.square() + self.log_scale).sum(-1) - math.log(2 * math.pi) - log_det
        wave = z[:, 1] - torch.sin(0.5 * math.pi * z[:, 0])
        log_p = -0.5 * (wave / 0.4).square() - 0.5 * (z / 8).pow(4).sum(-1)
        return (log_p - log_q).mean()


def batches(images, batch_size):
    """Epoch after epoch, each in a new order, binarised by rand < p; the last batch of an epoch is short."""
    while True:
        order = torch.randperm(len(images))
        for rows in order.split(batch_size):
            probability = images[rows].float() / 255.0
            yield (torch.rand_like(probability) < probability).float()


def loader_batches(images, batch_size):
    """A DataLoader over float images, as in the documentation; binarised as above."""
    data = torch.utils.data.TensorDataset(images.float() / 255.0)
    loader = torch.utils.data.DataLoader(data, batch_size=batch_size, shuffle=True)
    while True:
        for (probability,) in loader:
            yield torch.bernoulli(probability)


class Training:
    """Steps of a job."""

    def __init__(self, options):
        self.options, style = options, options.style
        self.images = None
        if options.job.startswith("F1"):
            self.model = EnergyFit(int(options.job.split("-")[1]))
            self.bound, self.source = self.model.bound, iter(lambda: 1024, None)
        else:
            self.build_vae()
        if style == "compile":
            self.bound = torch.compile(self.bound)
        # The documented optimizer is the default one.
        fused = {} if style == "documented" else {"fused": True}
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=1e-3, **fused)
        self.total = torch.zeros(())

    def build_vae(self):
        job, style = self.options.job, self.options.style
        content, count = common.read_images(self.options.data)
        self.images = torch.frombuffer(content, dtype=torch.uint8).view(count, PIXELS)
        if job == "I2":
            self.model = Vae(self.images, [200, 200], 50, torch.nn.Tanh)
            particles, batch_size = 50, 20
        elif job == "V2":
            self.model = ConvVae(self.images, style)
            particles, batch_size = 1, 128
        else:
            kind = DocumentedVae if style == "documented" else Vae
            flows = job.split("-")[1] if job.startswith("F2") else "none"
            self.model = kind(self.images, [400], 40 if job.startswith("F2") else 20, torch.nn.ReLU, flows)
            particles, batch_size = 1, 128
        self.batch_size = batch_size
        self.bound = lambda x: self.model.bound(x, particles)
        self.source = (loader_batches if style == "documented" else batches)(self.images, batch_size)

    def steps(self, times):
        for _ in range(times):
            self.optimizer.zero_grad()
            loss = -self.bound(next(self.source))
            loss.backward()
            self.optimizer.step()
            self.total -= loss.detach()
        return times

    def bounds(self, steps):
        """The mean bound of each of eight parts."""
        out = []
        for _ in range(8):
            self.total.zero_()
            self.steps(steps // 8)
            out.append(self.total.item() / (steps // 8))
        return out


def test_images(options):
    content, count = common.read_images(options.data, "t10k")
    probability = torch.frombuffer(content, dtype=torch.uint8).view(count, PIXELS).float() / 255.0
    return torch.bernoulli(probability, generator=torch.Generator().manual_seed(options.seed))


class Importance:
    """The K-sample NLL of images, 5,000 at once: an image after the other."""

    def __init__(self, model, compiled):
        self.model, self.chunk = model, 5000
        self.log_weights = torch.compile(model.log_weights) if compiled else model.log_weights

    @torch.inference_mode()
    def nll(self, image):
        return math.log(self.chunk) - self.log_weights(image[None], self.chunk).logsumexp(0).item()


def importance(options, training):
    if options.steps:
        training.steps(options.steps)
    evaluation, images = Importance(training.model, options.style == "compile"), test_images(options)
    if options.steps:
        values = [evaluation.nll(image) for image in images[:64]]
        return {"quality": {"name": "nll", "value": sum(values) / len(values), "steps": options.steps}}
    place = iter(images.repeat(100, 1))

    def work(times):
        for _ in range(times):
            evaluation.nll(next(place))
        return times * evaluation.chunk

    return common.measure(work, options.seconds, "samples/s", fixed_times=2)


def whole(options, training):
    """5 epochs, and the bound of the test set."""
    steps = 5 * math.ceil(len(training.images) / training.batch_size)
    begin = time.perf_counter()
    training.steps(steps)
    test = test_images(options)
    with torch.inference_mode():
        total = sum(training.model.elbo(x).item() * len(x) for x in test.split(1000))
    seconds = time.perf_counter() - begin
    return {"unit": "s", "median": seconds, "lowest": seconds, "highest": seconds, "windows": [seconds],
            "quality": {"name": "elbo", "value": total / len(test), "steps": steps}}


def main():
    options = common.read_options(__doc__, JOBS, ["tuned", "channels_last", "compile", "documented"])
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(options.seed)
    training = Training(options)
    if options.job == "V1e":
        fields = whole(options, training)
    elif options.job == "I1":
        fields = importance(options, training)
    elif options.steps:
        begin = time.perf_counter()
        fields = common.quality("objective", training.bounds(options.steps), options.steps)
        fields["seconds"] = time.perf_counter() - begin
    else:
        fields = common.measure(training.steps, options.seconds)
    common.print_line(options, f"pytorch-{options.style}", torch.__version__, fields)


if __name__ == "__main__":
    main()
