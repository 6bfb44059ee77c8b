#!/usr/bin/env python3
"""The reference VAE in tuned eager PyTorch: what elbow's speed is compared with.

    benchmarks/peers/reference_vae_pytorch.py FOLDER [--threads N] [--steps 2000] [--warm-up 200] [--seed 1]

784-400-20-400-784, ReLU, batch 128, Adam at 1e-3; MNIST (IDX files in FOLDER, .gz or not) binarised anew each epoch.
Tuned: images resident as uint8, likelihood on logits, fused Adam, malloc thresholds raised, denormals flushed.
Prints one JSON line: steps per second over --steps steps after the warm-up, and the mean training ELBO, in nats per
image, over the last 500 of them.

benchmarks/README.md says how to compare: in pairs, each a fresh process, at equal ELBO.
"""
import argparse
import ctypes
import gzip
import json
import os
import pathlib
import resource
import struct
import time

# glibc maps, faults in and unmaps each temporary of 128 KB and more unless told otherwise. Before torch allocates.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


def raise_malloc_thresholds():
    libc = ctypes.CDLL(None)
    libc.mallopt(M_MMAP_THRESHOLD, 32 << 20)
    libc.mallopt(M_TRIM_THRESHOLD, 1 << 30)


raise_malloc_thresholds()

import torch  # noqa: E402
import torch.nn.functional as functional  # noqa: E402

PIXELS, HIDDEN, LATENT = 784, 400, 20
ELBO_STEPS = 500
MAX_LOG_SCALE = 10.0


def read_images(folder):
    """[60000, 784] uint8 from train-images-idx3-ubyte or the same with .gz."""
    plain = folder / "train-images-idx3-ubyte"
    packed = folder / "train-images-idx3-ubyte.gz"
    if not plain.exists() and not packed.exists():
        raise SystemExit(f"{folder}: expected {plain.name} or {packed.name}, found neither")
    content = plain.read_bytes() if plain.exists() else gzip.decompress(packed.read_bytes())
    magic, count, height, width = struct.unpack(">IIII", content[:16])
    if magic != 0x803 or height * width != PIXELS or len(content) != 16 + count * PIXELS:
        raise SystemExit(f"{folder}: the training images are no IDX file of 28 x 28 bytes each")
    return torch.frombuffer(bytearray(content[16:]), dtype=torch.uint8).view(count, PIXELS)


class Vae(torch.nn.Module):
    """q(z | x) = N(mean, exp(log_scale)^2), p(x | z) = Bernoulli(logits), as elbow's configs/vae/mnist.yaml."""

    def __init__(self, images):
        super().__init__()
        self.encoder = torch.nn.Linear(PIXELS, HIDDEN)
        self.posterior = torch.nn.Linear(HIDDEN, 2 * LATENT)
        self.decoder = torch.nn.Linear(LATENT, HIDDEN)
        self.logits = torch.nn.Linear(HIDDEN, PIXELS)
        # The output starts at the logit of the data's mean.
        mean = images.sum(0, dtype=torch.float64) / (255.0 * len(images))
        with torch.no_grad():
            self.logits.bias.copy_(mean.clamp(0.001, 0.999).logit())

    def loss(self, x):
        """Minus the ELBO, the mean over the batch, with the KL in closed form."""
        hidden = torch.relu(self.encoder(x))
        mean, log_scale = self.posterior(hidden).chunk(2, dim=-1)
        log_scale = log_scale.clamp(-MAX_LOG_SCALE, MAX_LOG_SCALE)
        z = mean + torch.exp(log_scale) * torch.randn_like(mean)
        logits = self.logits(torch.relu(self.decoder(z)))
        reconstruction = -functional.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        kl = (0.5 * (torch.expm1(2 * log_scale) + mean.square()) - log_scale).sum()
        return (kl - reconstruction) / len(x)


def batches(images, batch_size):
    """Epoch after epoch, each in a new order, binarised by rand < p; the last batch of an epoch is short."""
    while True:
        order = torch.randperm(len(images))
        for rows in order.split(batch_size):
            probability = images[rows].float() / 255.0
            yield (torch.rand_like(probability) < probability).float()


def train(model, images, options):
    """(seconds of the timed steps, mean training ELBO over the last of them)."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    source = batches(images, options.batch_size)
    total, counted = torch.zeros(()), min(ELBO_STEPS, options.steps)
    for step in range(options.warm_up + options.steps):
        if step == options.warm_up:
            begin = time.perf_counter()
        optimizer.zero_grad()
        loss = model.loss(next(source))
        loss.backward()
        optimizer.step()
        if step >= options.warm_up + options.steps - counted:
            total += loss.detach()
    return time.perf_counter() - begin, -total.item() / counted


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--warm-up", type=int, default=200)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(options.seed)
    images = read_images(options.folder)
    seconds, elbo = train(Vae(images), images, options)
    print(
        json.dumps(
            {
                "steps_per_second": round(options.steps / seconds, 2),
                "train_elbo": round(elbo, 3),
                "steps": options.steps,
                "warm_up": options.warm_up,
                "threads": torch.get_num_threads(),
                "torch": torch.__version__,
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
