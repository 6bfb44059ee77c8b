#!/usr/bin/env python3
"""One batch pass of latent Dirichlet allocation by scikit-learn: what benchmark_classical lda is compared with.

    benchmarks/peers/lda_sklearn.py CORPUS [--jobs 1] [--topics 50] [--sweeps 20] [--repeats 7]

CORPUS: lines "pairs word:count ...", .gz or not. alpha 1/K; topics and gamma start as benchmark_classical's; a fixed number
of sweeps for each document (mean_change_tol=0). Timed is the E-step with its sufficient statistics (_e_step), as in one
batch pass of fit; the M-step's sum and E[log beta] are left out on both sides. BLAS has one thread for each job.
Prints one JSON line: seconds a pass, median, lowest, highest, and the sum of gamma^2. That must agree to eight digits;
scikit-learn's digamma has no more.
"""
import argparse
import gzip
import json
import statistics
import time

import numpy
import scipy.sparse
import sklearn
import sklearn.decomposition
import sklearn.utils.parallel
import threadpoolctl


def read_corpus(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt") as file:
        rows = [line.split()[1:] for line in file]
    pairs = [[tuple(map(int, pair.split(":"))) for pair in row] for row in rows]
    indptr = numpy.cumsum([0] + [len(row) for row in pairs])
    words = numpy.array([word for row in pairs for word, _ in row], dtype=numpy.int32)
    counts = numpy.array([count for row in pairs for _, count in row], dtype=numpy.float64)
    return scipy.sparse.csr_matrix((counts, words, indptr), shape=(len(pairs), words.max() + 1))


def prepare(counts, arguments):
    model = sklearn.decomposition.LatentDirichletAllocation(
        arguments.topics, max_doc_update_iter=arguments.sweeps, mean_change_tol=0.0, n_jobs=arguments.jobs,
        learning_method="batch", random_state=2)
    model._init_latent_vars(counts.shape[1], dtype=numpy.float64)
    words = counts.shape[1]
    topics = (0.5 + numpy.arange(1, words * arguments.topics + 1) * 0.6180339887498949 % 1.0) / words
    model.exp_dirichlet_component_ = numpy.ascontiguousarray(topics.reshape(words, -1).T)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    for name, value in (("jobs", 1), ("topics", 50), ("sweeps", 20), ("repeats", 7)):
        parser.add_argument("--" + name, type=int, default=value)
    arguments = parser.parse_args()
    counts = read_corpus(arguments.corpus)
    model = prepare(counts, arguments)
    seconds = []
    with threadpoolctl.threadpool_limits(1), sklearn.utils.parallel.Parallel(n_jobs=arguments.jobs) as parallel:
        for _ in range(arguments.repeats + 1):
            start = time.perf_counter()
            # random_init=False: gamma starts at ones.
            gamma, _ = model._e_step(counts, cal_sstats=True, random_init=False, parallel=parallel)
            seconds.append(time.perf_counter() - start)
    seconds = seconds[1:]
    print(json.dumps({"job": "lda", "jobs": arguments.jobs, "scikit-learn": sklearn.__version__,
                      "median": statistics.median(seconds), "lowest": min(seconds), "highest": max(seconds),
                      "sum of gamma^2": float((gamma**2).sum())}))


if __name__ == "__main__":
    main()
