#include "elbow/kernels/instruction_set.h"

#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>

#include "kernel_table.h"

namespace elbow::kernels {
namespace {

const KernelTable* table_of(InstructionSet set) {
  switch (set) {
    case InstructionSet::kBaseline:
      return baseline_kernels();
    case InstructionSet::kAvx2:
      return avx2_kernels();
    case InstructionSet::kAvx512:
      return avx512_kernels();
  }
  return nullptr;
}

/// Whether processor and operating system have it.
bool is_available(InstructionSet set) {
#if defined(__x86_64__)
  if (set == InstructionSet::kAvx2) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi2");
  }
  if (set == InstructionSet::kAvx512) {
    return is_available(InstructionSet::kAvx2) && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512vl");
  }
#endif
  return set == InstructionSet::kBaseline;
}

/// On Intel's processors MKL, which LibTorch multiplies matrices with, splits sums by the number of
/// threads, so that one thread and two give other bits. Its strict mode does not, for 2 to 4 % of
/// the speed of products; elsewhere MKL has no such mode, and gave the same bits without. It is
/// read at MKL's first call, which is after this; whoever has set it keeps what he set.
/// Intel, "oneMKL Developer Guide", "Getting Started with Conditional Numerical Reproducibility".
const bool are_products_strict = [] {
#if defined(__x86_64__)
  if (__builtin_cpu_is("intel")) ::setenv("MKL_CBWR", "AUTO,STRICT", /*overwrite=*/0);
#endif
  return true;
}();

std::atomic<InstructionSet>& chosen() {
  static std::atomic<InstructionSet> choice{supported_instruction_sets().back()};
  return choice;
}

}  // namespace

std::vector<InstructionSet> supported_instruction_sets() {
  std::vector<InstructionSet> sets;
  for (const auto set :
       {InstructionSet::kBaseline, InstructionSet::kAvx2, InstructionSet::kAvx512}) {
    if (table_of(set) != nullptr && is_available(set)) sets.push_back(set);
  }
  return sets;
}

InstructionSet instruction_set() {
  static_cast<void>(are_products_strict);
  return chosen();
}

void use_instruction_set(InstructionSet choice) {
  const auto sets = supported_instruction_sets();
  if (std::find(sets.begin(), sets.end(), choice) == sets.end()) {
    throw std::invalid_argument("use_instruction_set: " + std::to_string(static_cast<int>(choice)) +
                                " is not supported by this processor and build");
  }
  chosen() = choice;
}

const KernelTable& kernels() { return *table_of(instruction_set()); }

}  // namespace elbow::kernels
