// Values of tests/golden/chain_diagnostics.json, of ArviZ and SciPy; its first key is the command
// that made it.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "elbow/foundations/core/config_node.h"
#include "elbow/inference/monte_carlo/diagnostics.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

/// The chains of scripts/make_golden_chain_diagnostics.py.
Tensor chains_of(const Json& golden) {
  const auto chains = golden.at("num_chains").get<std::int64_t>(),
             draws = golden.at("num_draws").get<std::int64_t>();
  const double memory = golden.at("memory"), shift = golden.at("shift"),
               levels = golden.at("levels");
  std::vector<double> out;
  std::int64_t state = 12345;
  for (std::int64_t chain = 0; chain < chains; ++chain) {
    double x = 0;
    for (std::int64_t draw = 0; draw < draws; ++draw) {
      state = (1103515245 * state + 12345) % (std::int64_t{1} << 31);
      const volatile double carried = memory * x;  // no fused multiply-add: the bits of Python
      x = carried + (static_cast<double>(state) / 2147483648.0 - 0.5);
      const volatile double moved = shift * static_cast<double>(chain);
      const double value = x + moved;
      out.push_back(levels > 0 ? std::floor(value * levels) / levels : value);
    }
  }
  return at::tensor(out, at::kDouble).reshape({chains, draws});
}

void expect_near(double found, const Json& expected, const std::string& what) {
  if (expected.is_null()) return;  // of one chain ArviZ has no R-hat
  const double value = expected.get<double>();
  EXPECT_NEAR(found, value, 1e-10 * std::max(1.0, std::abs(value))) << what;
}

TEST(ChainDiagnostics, AreThoseOfArvizAndScipy) {
  std::ifstream file(std::string(ELBOW_SOURCE_DIR) + "/tests/golden/chain_diagnostics.json");
  const Json golden = Json::parse(file);
  ASSERT_EQ(golden.at("cases").size(), 7u);
  for (const Json& one : golden.at("cases")) {
    SCOPED_TRACE(one.dump());
    const Tensor x = chains_of(one);
    expect_near(split_r_hat(x), one.at("r_hat"), "R-hat");
    expect_near(bulk_ess(x), one.at("bulk_ess"), "bulk");
    expect_near(tail_ess(x), one.at("tail_ess"), "tail");
    expect_near(mean_ess(x), one.at("mean_ess"), "mean");
    expect_near(mcse_of_mean(x), one.at("mcse_of_mean"), "MCSE of the mean");
    expect_near(mcse_of_sd(x), one.at("mcse_of_sd"), "MCSE of the sd");
    const Tensor bfmi = e_bfmi(x);
    for (std::int64_t chain = 0; chain < x.size(0); ++chain)
      expect_near(bfmi[chain].item<double>(),
                  one.at("e_bfmi").at(static_cast<std::size_t>(chain)),
                  "E-BFMI");
    expect_near(wasserstein_1(x[0], x[x.size(0) - 1].narrow(0, 0, x.size(1) / 2)),
                one.at("wasserstein"),
                "W1");
  }
}

TEST(ChainDiagnostics, OfWhatHasNoneAreUndefined) {
  Tensor x = at::zeros({2, 3}, at::kDouble);
  EXPECT_TRUE(std::isnan(bulk_ess(x)));
  x = at::arange(20, at::kDouble).reshape({2, 10}).contiguous();
  x[1][3] = NAN;
  for (const double value : {split_r_hat(x), bulk_ess(x), tail_ess(x), mcse_of_mean(x)})
    EXPECT_TRUE(std::isnan(value));
  // A quantity that never changes has as many effective draws as draws.
  EXPECT_EQ(bulk_ess(at::ones({2, 10}, at::kDouble)), 20);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
