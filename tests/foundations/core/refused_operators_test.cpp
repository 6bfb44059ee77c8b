// No source that a device runs calls an operator that deterministic mode refuses on CUDA.
#include "support/stand_in/refused_on_cuda.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace elbow {
namespace ELBOW_TEST_FILE {

namespace fs = std::filesystem;

/// Without LibTorch, or on the CPU whatever the device.
const std::vector<std::string> kOnTheCpu{
    "foundations", "kernels", "data/sources", "models/conjugate", "runs/evaluate", "cli"};

/// Where a use is right.
const std::set<std::string> kAllowed{
    "src/probability/distributions/cumulative_sum.cpp",  // on the CPU only
    "src/probability/transforms/triangle.h"              // counts, which are whole numbers
};

/// The function that C++ calls so that this operator runs, forward or as its gradient:
/// "aten::_ctc_loss_backward" is reached by ctc_loss.
std::string called_name(const std::string& operator_name) {
  static const std::regex extras(R"(^aten::_?|\..*$|_$|(_aa|_dense|_with_indices)?_backward$)");
  return std::regex_replace(operator_name, extras, "");
}

/// The names of which a call is refused. Scatter is not one of them: its overload without a
/// reduction is fine.
std::set<std::string> called_names() {
  std::set<std::string> out;
  for (const auto& name : stand_in::refused_in_deterministic_mode()) out.insert(called_name(name));
  out.erase("scatter");
  out.insert({"nll_loss2d", "nll_loss_nd", "cross_entropy_loss", "grid_sampler", "embedding_bag"});
  return out;
}

bool ends_with(const std::string& text, std::size_t end, const std::string& what) {
  return end >= what.size() && text.compare(end - what.size(), what.size(), what) == 0;
}

/// `at::name(`, `x.name(`, in place too, or the header of the operator. Not by a regular
/// expression, which would take seconds for all sources.
std::vector<std::string> calls_in(const std::string& source, const std::set<std::string>& names) {
  std::vector<std::string> out;
  for (const auto& name : names) {
    for (auto at = source.find(name); at != std::string::npos; at = source.find(name, at + 1)) {
      const std::string after = source.substr(at + name.size(), 2);
      const bool is_call = after[0] == '(' || after == "_(";
      if ((is_call && (ends_with(source, at, "at::") || ends_with(source, at, ".") ||
                       ends_with(source, at, "->"))) ||
          (after == ".h" && ends_with(source, at, "ATen/ops/")))
        out.push_back(name);
    }
  }
  return out;
}

bool runs_on_a_device(const std::string& path) {
  for (const auto& folder : kOnTheCpu)
    for (const auto& root : {"src/", "include/elbow/"})
      if (path.rfind(root + folder + "/", 0) == 0) return false;
  return true;
}

TEST(RefusedOperators, AreCalledByNoSourceThatADeviceRuns) {
  const std::set<std::string> names = called_names();
  const fs::path root = ELBOW_SOURCE_DIR;
  std::size_t num_sources = 0;
  for (const auto* folder : {"src", "include"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string path = entry.path().lexically_relative(root).string();
      if (!entry.is_regular_file() || !runs_on_a_device(path)) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      std::ostringstream text;
      text << in.rdbuf();
      const auto calls = calls_in(text.str(), names);
      ++num_sources;
      if (kAllowed.count(path) == 0 && !calls.empty())
        ADD_FAILURE() << path << " calls " << calls.front()
                      << ", which deterministic mode refuses on CUDA; for sums see cumulative_sum";
    }
  }
  EXPECT_GT(num_sources, 300u);
}

TEST(RefusedOperators, CallsAreFound) {
  const std::set<std::string> names = called_names();
  EXPECT_EQ(calls_in("y = x.exp().cumsum(-1) + at::ctc_loss(a, b);", names),
            (std::vector<std::string>{"ctc_loss", "cumsum"}));
  EXPECT_EQ(calls_in("#include <ATen/ops/median.h>\n x.put_(i, y); p->cumsum_(0)", names),
            (std::vector<std::string>{"cumsum", "median", "put"}));
  EXPECT_TRUE(calls_in("cumulative_sum(x); x.index_put_(i, y); x.scatter(0, i, 1)", names).empty());
  EXPECT_EQ(called_name("aten::max_pool3d_with_indices_backward"), "max_pool3d");
  EXPECT_EQ(called_name("aten::_upsample_bicubic2d_aa_backward"), "upsample_bicubic2d");
}

TEST(RefusedOperators, AreFoundByNameAndOverload) {
  using stand_in::refusal_of;
  using stand_in::RefusedWhen;
  EXPECT_EQ(refusal_of("aten::cumsum", "out"), RefusedWhen::floating_point);
  EXPECT_EQ(refusal_of("aten::median", "dim"), RefusedWhen::always);
  EXPECT_EQ(refusal_of("aten::median", ""), std::nullopt);
  EXPECT_EQ(refusal_of("aten::scatter", "src"), std::nullopt);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
