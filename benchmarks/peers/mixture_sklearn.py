#!/usr/bin/env python3
"""One EM pass of a full-covariance Gaussian mixture by scikit-learn: what benchmark_classical mixture is compared with.

    benchmarks/peers/mixture_sklearn.py [--threads 1] [--repeats 7] [--rows 200000] [--features 16] [--components 32]

The rows are those of benchmark_classical, and both start from unit covariances. Every repeat makes the same pass from the
same parameters: responsibilities (_e_step) and the new weights, means and covariances (_m_step). No initialisation is
timed. Prints one JSON line: seconds a pass, median, lowest, highest, and the mean log density, which must agree.
"""
import argparse
import json
import statistics
import time
import warnings

import numpy
import sklearn.mixture
import threadpoolctl


def mixture(x, means):
    """A GaussianMixture that holds parameters without a fit: unit covariances and equal weights."""
    count, features = means.shape
    model = sklearn.mixture.GaussianMixture(count, covariance_type="full")
    model.weights_ = numpy.full(count, 1.0 / count)
    model.means_ = means
    model.covariances_ = numpy.tile(numpy.eye(features), (count, 1, 1))
    model.precisions_cholesky_ = model.covariances_.copy()
    return model


def spread_numbers(count, step):
    return numpy.arange(1, count + 1) * step % 1.0


def one_pass(x, means):
    model = mixture(x, means)
    start = time.perf_counter()
    log_density, log_responsibilities = model._e_step(x)
    model._m_step(x, log_responsibilities)
    return time.perf_counter() - start, float(log_density)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("threads", 1), ("repeats", 7), ("rows", 200000), ("features", 16), ("components", 32)):
        parser.add_argument("--" + name, type=int, default=value)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    count = arguments.components * arguments.features
    means = 8.0 * (spread_numbers(count, 1.4142135623730951) - 0.5)
    values = arguments.rows * arguments.features
    x = numpy.resize(means, values) + 3.4 * (spread_numbers(values, 0.6180339887498949) - 0.5)
    x, means = x.reshape(arguments.rows, -1), means.reshape(arguments.components, -1)
    with threadpoolctl.threadpool_limits(arguments.threads):
        _, log_density = one_pass(x, means)
        seconds = [one_pass(x, means)[0] for _ in range(arguments.repeats)]
    print(json.dumps({"job": "mixture", "threads": arguments.threads, "scikit-learn": sklearn.__version__,
                      "median": statistics.median(seconds), "lowest": min(seconds), "highest": max(seconds),
                      "mean log density": log_density}))


if __name__ == "__main__":
    main()
