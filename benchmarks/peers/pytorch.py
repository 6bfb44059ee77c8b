#!/usr/bin/env python3
"""The jobs V1, V1e, V2, I1, I2, F1 and F2 of `elbow bench` in PyTorch.

    benchmarks/peers/pytorch.py JOB [--style tuned|channels_last|compile|documented] [--data FOLDER] [--threads N]
                                [--seconds S] [--steps N] [--initial FILE]

tuned: images resident as bytes, likelihood on logits, fused Adam, malloc thresholds raised, denormals flushed.
channels_last (V2): images and weights with channels innermost. compile: tuned behind torch.compile. documented (V1): as the
example of pytorch/examples, by a DataLoader, probabilities and the default Adam. Prints one JSON line.
"""
import math
import time

import common

common.raise_malloc_thresholds()

import torch  # noqa: E402
from initial import Initial  # noqa: E402
from pytorch_models import PIXELS, ConvVae, DocumentedVae, EnergyFit, Vae  # noqa: E402

JOBS = ["V1", "V1e", "V2", "I1", "I2", "F1-10", "F1-32", "F2-shared", "F2-amortized"]


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
        if options.initial:
            initial = Initial(options.initial)
            self.model.begin(initial)
            initial.finish()
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
