#!/usr/bin/env python3
"""The jobs L1 and G1 of `elbow bench` in scikit-learn: LatentDirichletAllocation and GaussianMixture.

    benchmarks/peers/sklearn_fit.py L1|G1 [--data FOLDER] [--threads N] [--seconds S] [--steps N]

L1: batch passes over the AP corpus with 50 topics from a random start, five from the start again and again, up to 100
sweeps for each document and a tolerance of 1e-3. G1: EM passes over 200,000 rows of a mixture of 32 full Gaussians.
A step is a pass. Prints one JSON line.
"""
import gzip
import warnings

import common
import numpy
import scipy.sparse
import sklearn
import sklearn.decomposition
import sklearn.mixture
import sklearn.utils.parallel
import threadpoolctl

TOPICS, PASSES = 50, 5
COMPONENTS, FEATURES, ROWS = 32, 16, 200000


def read_corpus(path):
    with gzip.open(path, "rt") as file:
        pairs = [[tuple(map(int, pair.split(":"))) for pair in line.split()[1:]] for line in file]
    indptr = numpy.cumsum([0] + [len(row) for row in pairs])
    words = numpy.array([word for row in pairs for word, _ in row], dtype=numpy.int32)
    counts = numpy.array([count for row in pairs for _, count in row], dtype=numpy.float64)
    return scipy.sparse.csr_matrix((counts, words, indptr), shape=(len(pairs), words.max() + 1))


class Topics:
    def __init__(self, options):
        self.options, self.counts = options, read_corpus(options.data / "ap/ap.ldac.gz")
        self.parallel = sklearn.utils.parallel.Parallel(n_jobs=options.threads)
        self.start()

    def start(self):
        self.model = sklearn.decomposition.LatentDirichletAllocation(
            TOPICS, doc_topic_prior=0.02, topic_word_prior=0.02, max_doc_update_iter=100, mean_change_tol=1e-3,
            n_jobs=self.options.threads, learning_method="batch", random_state=self.options.seed)
        self.model._init_latent_vars(self.counts.shape[1], dtype=numpy.float64)

    def steps(self, times):
        for _ in range(times):
            self.model._em_step(self.counts, total_samples=self.counts.shape[0], batch_update=True, parallel=self.parallel)
        return times

    def repeat(self, times):
        for _ in range(times):
            self.start()
            self.steps(PASSES)
        return PASSES * times

    def quality(self):
        """The bound of a document, the mean over them."""
        self.model.n_features_in_ = self.counts.shape[1]
        distribution, _ = self.model._e_step(self.counts, cal_sstats=False, random_init=False, parallel=self.parallel)
        return self.model._approx_bound(self.counts, distribution, sub_sampling=False) / self.counts.shape[0]


class Mixture:
    def __init__(self, options):
        numbers = numpy.arange(1, COMPONENTS * FEATURES + 1) * 1.4142135623730951
        means = (8.0 * (numbers % 1.0 - 0.5)).reshape(COMPONENTS, FEATURES)
        generator = numpy.random.default_rng(options.seed)
        self.x = means[generator.integers(0, COMPONENTS, ROWS)] + common.MIXTURE_SCALE * generator.standard_normal((ROWS, FEATURES))
        self.model = sklearn.mixture.GaussianMixture(COMPONENTS, init_params="k-means++", random_state=options.seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.model.set_params(max_iter=1).fit(self.x)

    def steps(self, times):
        for _ in range(times):
            self.log_density, log_responsibilities = self.model._e_step(self.x)
            self.model._m_step(self.x, log_responsibilities)
        return times

    repeat = steps

    def quality(self):
        return float(self.log_density)


def main():
    options = common.read_options(__doc__, ["L1", "G1"], takes_initial=False)
    with threadpoolctl.threadpool_limits(1 if options.job == "L1" else options.threads):
        fit = Topics(options) if options.job == "L1" else Mixture(options)
        if options.steps:
            fit.steps(options.steps)
            fields = {"quality": {"name": "objective", "value": fit.quality(), "steps": options.steps}}
        else:
            fields = common.measure(fit.repeat, options.seconds, fixed_times=1)
    common.print_line(options, "scikit-learn", sklearn.__version__, fields)


if __name__ == "__main__":
    main()
