#pragma once

#include <gtest/gtest.h>

#include <string>

#include "elbow/kernels/instruction_set.h"

namespace elbow::kernels {

/// Runs each test once for every instruction set of this machine.
class EachInstructionSet : public ::testing::TestWithParam<InstructionSet> {
 protected:
  EachInstructionSet() : before_(instruction_set()) { use_instruction_set(GetParam()); }
  ~EachInstructionSet() override { use_instruction_set(before_); }

 private:
  InstructionSet before_;
};

inline std::string name_of(const ::testing::TestParamInfo<InstructionSet>& info) {
  constexpr const char* kNames[] = {"baseline", "avx2", "avx512"};
  return kNames[static_cast<int>(info.param)];
}

}  // namespace elbow::kernels
