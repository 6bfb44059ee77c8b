// Times of the kernels of classical variational inference: benchmark_classical [lda|mixture]
// [name=value ...]. Names: repeats, sweeps, rows, features, components, topics, corpus, set (0
// baseline, 1 avx2, 2 avx512). Threads are OpenMP's: set OMP_NUM_THREADS. The peers do the same
// work: benchmarks/peers/lda_sklearn.py and mixture_sklearn.py.
#include "classical.h"

#include <omp.h>

#include <cstdio>
#include <exception>
#include <stdexcept>

#include "elbow/kernels/instruction_set.h"

namespace elbow::benchmark {
namespace {

void read_argument(const std::string& argument, Settings& settings) {
  const std::string name = argument.substr(0, argument.find('='));
  const std::string value = argument.substr(std::min(argument.size(), name.size() + 1));
  if (name == "corpus") {
    settings.corpus = value;
  } else if (name == "repeats") {
    settings.repeats = std::stoi(value);
  } else if (name == "sweeps") {
    settings.sweeps = std::stoi(value);
  } else if (name == "rows") {
    settings.num_rows = std::stoll(value);
  } else if (name == "features") {
    settings.num_features = std::stoll(value);
  } else if (name == "components") {
    settings.num_components = std::stoll(value);
  } else if (name == "topics") {
    settings.num_topics = std::stoll(value);
  } else if (name == "set") {
    kernels::use_instruction_set(static_cast<kernels::InstructionSet>(std::stoi(value)));
  } else {
    throw std::invalid_argument("unknown argument '" + argument + "'");
  }
}

void run(int count, char** arguments) {
  const std::string job = count > 1 ? arguments[1] : "";
  const bool has_job = job == "lda" || job == "mixture";
  Settings settings;
  for (int i = has_job ? 2 : 1; i < count; ++i) read_argument(arguments[i], settings);
  constexpr const char* kNames[] = {"baseline", "avx2", "avx512"};
  std::printf("threads %d, %s, median (lowest - highest) of %d\n",
              omp_get_max_threads(),
              kNames[static_cast<int>(kernels::instruction_set())],
              settings.repeats);
  if (job != "mixture") run_lda(settings);
  if (job != "lda") run_mixture(settings);
}

}  // namespace
}  // namespace elbow::benchmark

int main(int count, char** arguments) {
  try {
    elbow::benchmark::run(count, arguments);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "benchmark_classical: %s\n", error.what());
    return 2;
  }
}
