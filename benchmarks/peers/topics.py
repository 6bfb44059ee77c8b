#!/usr/bin/env python3
"""Topics of a corpus by scikit-learn or gensim, for score_topics.

    benchmarks/peers/topics.py scikit-learn|gensim TRAIN.ldac.gz OUT.npy --words V [--topics 50] [--passes 100]
                               [--alpha 0.1] [--eta 0.01] [--seed 1] [--online]

Batch variational Bayes; --online: minibatches of 256, steps (10 + t)^-0.7. Up to 100 sweeps for each document and a tolerance
of 1e-4, in either library's own sense. Writes the concentrations of q(beta), [K, V], and prints one JSON line.
"""
import argparse
import gzip
import json
import time

import numpy
import scipy.sparse


def read_corpus(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt") as file:
        return [[tuple(map(int, pair.split(":"))) for pair in line.split()[1:]] for line in file]


def fit_sklearn(documents, options):
    import sklearn.decomposition

    indptr = numpy.cumsum([0] + [len(document) for document in documents])
    words = numpy.array([word for document in documents for word, _ in document], dtype=numpy.int32)
    counts = numpy.array([count for document in documents for _, count in document], dtype=numpy.float64)
    matrix = scipy.sparse.csr_matrix((counts, words, indptr), shape=(len(documents), options.words))
    model = sklearn.decomposition.LatentDirichletAllocation(
        options.topics, doc_topic_prior=options.alpha, topic_word_prior=options.eta, max_iter=options.passes,
        learning_method="online" if options.online else "batch", learning_decay=0.7, learning_offset=10.0, batch_size=256,
        max_doc_update_iter=100, mean_change_tol=1e-4, random_state=options.seed)
    return model.fit(matrix).components_, sklearn.__version__


def fit_gensim(documents, options):
    import gensim

    model = gensim.models.LdaModel(
        documents, num_topics=options.topics, id2word={word: str(word) for word in range(options.words)},
        alpha=[options.alpha] * options.topics, eta=options.eta, passes=options.passes, iterations=100, gamma_threshold=1e-4,
        chunksize=256 if options.online else len(documents), update_every=1 if options.online else 0, decay=0.7, offset=10.0,
        eval_every=None, dtype=numpy.float64, random_state=options.seed)
    return model.state.get_lambda(), gensim.__version__


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", choices=["scikit-learn", "gensim"])
    parser.add_argument("corpus")
    parser.add_argument("out")
    parser.add_argument("--words", type=int, required=True)
    for name, value in (("topics", 50), ("passes", 100), ("seed", 1)):
        parser.add_argument("--" + name, type=int, default=value)
    for name, value in (("alpha", 0.1), ("eta", 0.01)):
        parser.add_argument("--" + name, type=float, default=value)
    parser.add_argument("--online", action="store_true")
    options = parser.parse_args()
    documents = read_corpus(options.corpus)
    start = time.perf_counter()
    concentration, version = (fit_sklearn if options.library == "scikit-learn" else fit_gensim)(documents, options)
    numpy.save(options.out, numpy.asarray(concentration, dtype=numpy.float64))
    print(json.dumps({"library": options.library, "version": version, "seconds": time.perf_counter() - start,
                      "documents": len(documents), "online": options.online, "passes": options.passes}))


if __name__ == "__main__":
    main()
