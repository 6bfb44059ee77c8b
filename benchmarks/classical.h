#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace elbow::benchmark {

/// What both jobs read from the command line.
struct Settings {
  int repeats = 11;
  int sweeps = 20;
  long long num_rows = 200000, num_features = 16, num_components = 32;
  long long num_topics = 50;
  std::string
      corpus;  ///< a file of lines "pairs word:count ...", uncompressed; empty: synthetic documents
};

struct Spread {
  double median, lowest, highest;
};

/// The fractional part of (i + 1) `step`: the peers make the same numbers, so that both sides'
/// results can be compared.
inline double spread_number(std::size_t i, double step) {
  const double position = static_cast<double>(i + 1) * step;
  return position - std::floor(position);
}
constexpr double kGolden = 0.6180339887498949, kSquareRoot = 1.4142135623730951;

/// Seconds of `job` over the repeats, after one that does not count.
template <typename Job>
Spread time_job(int repeats, Job job) {
  std::vector<double> seconds;
  job();
  for (int i = 0; i < repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    job();
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(seconds.begin(), seconds.end());
  return {seconds[seconds.size() / 2], seconds.front(), seconds.back()};
}

void run_lda(const Settings& settings);
void run_mixture(const Settings& settings);

/// The E-step and the pass alone, as calls on data that they own, and their operations.
std::function<void()> lda_job(const Settings& settings);
double lda_flops(const Settings& settings);
std::function<void()> mixture_job(const Settings& settings);
double mixture_flops(const Settings& settings);

}  // namespace elbow::benchmark
