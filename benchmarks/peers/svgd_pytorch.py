#!/usr/bin/env python3
"""Steps of SVGD in PyTorch with dense tables, as one would write it: float32, exact median of all N^2 squared distances.

    benchmarks/peers/svgd_pytorch.py [--particles 10000] [--size 10] [--steps 5] [--threads 2]

The target is a standard normal, h = median / ln(N + 1). Prints one JSON line with the median of the steps' seconds.
"""
import argparse
import json
import math
import statistics
import time

import torch


def step(x, rate):
    squares = torch.cdist(x, x).square()
    h = torch.median(squares) / math.log(x.shape[0] + 1)
    k = torch.exp(-squares / h)
    score = -x
    phi = (k @ score + (2 / h) * (x * k.sum(1, keepdim=True) - k @ x)) / x.shape[0]
    return x + rate * phi


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--particles", type=int, default=10000)
    parser.add_argument("--size", type=int, default=10)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    x = step(torch.randn(options.particles, options.size), 0.1)
    seconds = []
    for _ in range(options.steps):
        begin = time.perf_counter()
        x = step(x, 0.1)
        seconds.append(time.perf_counter() - begin)
    print(json.dumps({"peer": "pytorch", "version": torch.__version__, "seconds": statistics.median(seconds),
                      "variance": float(x.var(0, unbiased=False).mean())}))


if __name__ == "__main__":
    main()
