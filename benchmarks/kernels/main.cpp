// Kernels by google-benchmark: benchmark_kernels [--benchmark_filter=REGEX]
// [--benchmark_format=json] ... Each prints what it reaches in GFLOP/s or GB/s, and its share of a
// ceiling that is measured before the first of them, in the same process on as many threads:
// products of 1024 x 1024 matrices, or a <- b + c s over 256 MB. Threads are OpenMP's: set
// OMP_NUM_THREADS.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdio>

#include "elbow/runs/benchmark/ceiling.h"
#include "kernel_benchmark.h"

namespace elbow::benchmark {
namespace {

struct Ceilings {
  double float32_products = 0, float64_products = 0, memory = 0;

  double of(Work::Ceiling kind) const {
    return kind == Work::Ceiling::memory             ? memory
           : kind == Work::Ceiling::float32_products ? float32_products
                                                     : float64_products;
  }
};

double product_rate(at::ScalarType dtype) {
  const ProductShape shape{1, 1024, 1024, 1024};
  return shape.flops() / seconds_of_products({{shape, 1}}, dtype, /*budget=*/0.5);
}

const Ceilings& ceilings() {
  static const Ceilings measured{
      product_rate(at::kFloat), product_rate(at::kDouble), stream_rate(256e6)};
  return measured;
}

}  // namespace

bool add_kernel(const std::string& name,
                const Work& work,
                std::function<std::function<void()>()> prepare) {
  ::benchmark::RegisterBenchmark(
      name.c_str(),
      [work, prepare](::benchmark::State& state) {
        const double ceiling = ceilings().of(work.ceiling);
        const auto call = prepare();
        call();
        const auto begin = std::chrono::steady_clock::now();
        for (auto _ : state) call();
        const double seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        const double rate = work.amount * static_cast<double>(state.iterations()) / seconds;
        state.counters[work.ceiling == Work::Ceiling::memory ? "GB/s" : "GFLOP/s"] = 1e-9 * rate;
        state.counters["share"] = rate / ceiling;
      })
      ->UseRealTime()
      ->Unit(::benchmark::kMicrosecond);
  return true;
}

}  // namespace elbow::benchmark

int main(int count, char** arguments) {
  at::globalContext().setFlushDenormal(true);
  ::benchmark::Initialize(&count, arguments);
  if (::benchmark::ReportUnrecognizedArguments(count, arguments)) return 2;
  const auto& ceilings = elbow::benchmark::ceilings();
  char text[160];
  std::snprintf(text,
                sizeof text,
                "%.1f GFLOP/s float32, %.1f float64; %.1f GB/s",
                1e-9 * ceilings.float32_products,
                1e-9 * ceilings.float64_products,
                1e-9 * ceilings.memory);
  ::benchmark::AddCustomContext("ceilings", text);
  ::benchmark::AddCustomContext("instruction set", at::get_cpu_capability());
  ::benchmark::AddCustomContext("threads", std::to_string(at::get_num_threads()));
  ::benchmark::RunSpecifiedBenchmarks();
  return 0;
}
