#pragma once

#include <vector>

namespace elbow::kernels {

/// What the loops of this module were compiled for. kBaseline is the compiler's default for the
/// processor's family; kAvx2 is x86-64-v3, kAvx512 x86-64-v4. They differ in rounding: vectors have
/// other lengths, and kBaseline has no fused multiply-add. Within one of them results are the same
/// bits for any number of threads.
enum class InstructionSet : int { kBaseline = 0, kAvx2 = 1, kAvx512 = 2 };

/// Those that this processor and this build have, slowest first; never empty.
std::vector<InstructionSet> supported_instruction_sets();

/// The one in use: at start the last of supported_instruction_sets().
InstructionSet instruction_set();

/// Use another one, for tests and benchmarks; not while a kernel runs.
/// @throws std::invalid_argument when it is not supported
void use_instruction_set(InstructionSet choice);

}  // namespace elbow::kernels
