#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace elbow::cli {

/// A job of `elbow bench`: a configuration, and what of it is timed.
struct BenchJob {
  enum class Kind {
    steps,       ///< training steps
    passes,      ///< passes from the first on, again and again: later ones have less to do
    importance,  ///< importance samples of an evaluation
    whole,       ///< training and evaluation from beginning to end, once
    machine,     ///< what the machine itself reaches
  };
  std::string name, summary;
  Kind kind = Kind::steps;
  std::string config = {};  ///< YAML
  std::int64_t count = 0;   ///< passes in a repeat, draws for each example, epochs of the whole
};

const std::vector<BenchJob>& bench_jobs();
/// What a user may write: the jobs' names, those of their groups (F1 for F1-10 and F1-32) and
/// `all`.
std::vector<std::string> bench_words();
/// The jobs of a word, upper and lower case alike; empty: it names none.
std::vector<const BenchJob*> find_bench_jobs(const std::string& word);
/// Whether the word is meant as a job and not as a file: it has neither a dot nor a slash.
bool looks_like_bench_job(const std::string& word);

}  // namespace elbow::cli
