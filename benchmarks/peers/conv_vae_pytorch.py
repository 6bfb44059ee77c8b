#!/usr/bin/env python3
"""A convolutional VAE in tuned eager PyTorch: what elbow's convolutions are compared with.

    benchmarks/peers/conv_vae_pytorch.py FOLDER [--channels-last] [--threads N] [--steps 500] [--warm-up 50] [--seed 1]

elbow's configs/vae/fashion_mnist_conv.yaml at batch 128: 4 x 4 kernels at stride 2, channels 1-32-64, 20 latents, the
decoder mirrored, ReLU, Adam at 1e-3; 28 x 28 images (IDX files in FOLDER, .gz or not) binarised anew each epoch.
Tuned as reference_vae_pytorch.py: images resident as uint8, likelihood on logits, fused Adam, malloc thresholds raised,
denormals flushed. --channels-last stores weights and feature maps in that memory format.
Prints one JSON line: steps per second over --steps steps after the warm-up, and the mean training ELBO, in nats per
image, over the last 100 of them.

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

SIDE, LATENT = 28, 20
PIXELS, CHANNELS = SIDE * SIDE, (32, 64)
TOP = (CHANNELS[1], 7, 7)
ELBO_STEPS = 100
MAX_LOG_SCALE = 10.0


def read_images(folder):
    """[N, 784] uint8 from train-images-idx3-ubyte or the same with .gz."""
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
    """q(z | x) = N(mean, exp(log_scale)^2), p(x | z) = Bernoulli(logits), the last bias one number per pixel."""

    def __init__(self, images):
        super().__init__()
        kernel = {"kernel_size": 4, "stride": 2, "padding": 1}
        first, second = CHANNELS
        self.encoder = torch.nn.Sequential(
            torch.nn.Conv2d(1, first, **kernel),
            torch.nn.ReLU(),
            torch.nn.Conv2d(first, second, **kernel),
            torch.nn.ReLU(),
            torch.nn.Flatten(),
            torch.nn.Linear(second * 7 * 7, 2 * LATENT),
        )
        self.decoder = torch.nn.Sequential(
            torch.nn.Linear(LATENT, second * 7 * 7),
            torch.nn.ReLU(),
            torch.nn.Unflatten(1, TOP),
            torch.nn.ConvTranspose2d(second, first, **kernel),
            torch.nn.ReLU(),
            torch.nn.ConvTranspose2d(first, 1, bias=False, **kernel),
        )
        # The output starts at the logit of the data's mean.
        mean = images.sum(0, dtype=torch.float64) / (255.0 * len(images))
        self.bias = torch.nn.Parameter(mean.clamp(0.001, 0.999).logit().float().view(1, SIDE, SIDE))

    def loss(self, x):
        """Minus the ELBO, the mean over the batch, with the KL in closed form."""
        mean, log_scale = self.encoder(x).chunk(2, dim=-1)
        log_scale = log_scale.clamp(-MAX_LOG_SCALE, MAX_LOG_SCALE)
        z = mean + torch.exp(log_scale) * torch.randn_like(mean)
        logits = self.decoder(z) + self.bias
        reconstruction = -functional.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        kl = (0.5 * (torch.expm1(2 * log_scale) + mean.square()) - log_scale).sum()
        return (kl - reconstruction) / len(x)


def batches(images, batch_size):
    """Epoch after epoch, each in a new order, binarised by rand < p; the last batch of an epoch is short."""
    while True:
        order = torch.randperm(len(images))
        for rows in order.split(batch_size):
            probability = images[rows].float() / 255.0
            yield (torch.rand_like(probability) < probability).float().view(-1, 1, SIDE, SIDE)


def train(model, images, options):
    """(seconds of the timed steps, mean training ELBO over the last of them)."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    source = batches(images, options.batch_size)
    total, counted = torch.zeros(()), min(ELBO_STEPS, options.steps)
    for step in range(options.warm_up + options.steps):
        if step == options.warm_up:
            begin = time.perf_counter()
        optimizer.zero_grad()
        x = next(source)
        loss = model.loss(x.contiguous(memory_format=torch.channels_last) if options.channels_last else x)
        loss.backward()
        optimizer.step()
        if step >= options.warm_up + options.steps - counted:
            total += loss.detach()
    return time.perf_counter() - begin, -total.item() / counted


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--warm-up", type=int, default=50)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--channels-last", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(options.seed)
    images = read_images(options.folder)
    model = Vae(images)
    if options.channels_last:
        model = model.to(memory_format=torch.channels_last)
    seconds, elbo = train(model, images, options)
    print(
        json.dumps(
            {
                "steps_per_second": round(options.steps / seconds, 2),
                "train_elbo": round(elbo, 3),
                "steps": options.steps,
                "warm_up": options.warm_up,
                "channels_last": options.channels_last,
                "threads": torch.get_num_threads(),
                "torch": torch.__version__,
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
