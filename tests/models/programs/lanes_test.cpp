// Loops whose passes are taken at once: the same densities and gradients as pass by pass, and no
// loop whose passes look at each other.
#include <gtest/gtest.h>

#include "elbow/language/stan/lane_loops.h"
#include "program_examples.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using at::Tensor;

struct Loop {
  const char* parameters;
  const char* body;
  bool has_lanes;
};

const char* const kData =
    "data { int N; vector[N] y; array[N] int n; array[N] int g; matrix[N, 2] X; array[2, N] real "
    "w; }";
const char* const kValues =
    R"({"N": 4, "y": [0.5, -1, 2, 0.1], "n": [3, 0, 1, 2], "g": [2, 1, 2, 2],
        "X": [[1, 2], [0.5, -1], [0, 1], [2, 0.3]], "w": [[1, 2, 3, 4], [-1, -2, -3, -4]]})";

const Loop kLoops[] = {
    {"real a;", "for (i in 1:N) y[i] ~ normal(a, 1);", true},
    {"real a; real b;", "for (i in 1:N) y[i] ~ normal(a + b * X[i, 2], exp(b));", true},
    {"vector[2] a;", "for (i in 1:N) y[i] ~ normal(X[i] * a, 1);", true},
    {"vector[2] a;", "for (i in 1:N) y[i] ~ normal(dot_product(a, X[i]), 1);", true},
    {"vector[2] a;", "for (i in 1:N) y[i] ~ normal(a[g[i]], 2);", true},
    {"matrix[2, 4] a;", "for (i in 1:N) y[i] ~ normal(a[g[i], i] + a[1, i] * w[2, i], 2);", true},
    {"real a;", "for (i in 1:N) n[i] ~ poisson_log(a * y[i]);", true},
    {"real a;", "for (i in 2:N) y[i] ~ normal(a * y[i - 1], 1);", true},
    {"real a; vector[2] b;",
     "for (i in 3:N) { real m = a; for (k in 1:2) m += b[k] * y[i - k]; y[i] ~ normal(m, 1); }",
     true},
    {"real<lower=0, upper=1> a; vector[2] m;",
     "for (i in 1:N) target += log_mix(a, normal_lpdf(y[i] | m[1], 1), normal_lpdf(y[i] | m[2], "
     "2));",
     true},
    {"real a;",
     "for (i in 1:N) { real u; u = a * y[i]; u = u / 2; target += log_sum_exp(u, -u) - u^2; }",
     true},
    {"real a;", "vector[N] m; for (i in 1:N) m[i] = a * y[i] + i; m ~ normal(0, 1);", true},
    {"real a;", "vector[N] m = y; for (i in 2:3) m[i] += a * i; m ~ normal(0, 1);", true},
    {"real a;",
     "matrix[N, 2] m; for (j in 1:2) for (i in 1:N) m[i, j] = a * X[i, j]; to_vector(m) ~ "
     "normal(0, 1);",
     true},
    {"real a;", "array[N] int k; for (i in 1:N) k[i] = g[i] + i; y ~ normal(a * sum(k), 1);", true},
    {"real a;", "for (i in 1:N) target += a;", true},
    {"real a;", "for (i in 1:N) target += (g[i] == 2) * a * y[i];", true},
    {"real a; real b;", "for (i in 1:N) target += -b * pow(fabs(y[i] - a), 1.5);", true},
    {"real<lower=0> s;",
     "for (i in 1:N) target += normal_lcdf(y[i] | 0, s) + inv_logit(s * i);",
     true},
    {"vector[2] m;",
     "for (x in y) target += log_sum_exp(normal_lpdf(x | m[1], 1), normal_lpdf(x | m[2], 2));",
     true},
    {"vector[4] m;", "for (x in m) target += -x^2 + x;", true},
    {"real a;", "for (k in n) k ~ poisson_log(a); for (r in w) y ~ normal(a * r[1], 1);", true},
    // Passes that look at each other, or do what has no form for all at once.
    {"real a;",
     "vector[N] m; m[1] = a; for (i in 2:N) m[i] = a * m[i - 1]; m ~ normal(0, 1);",
     false},
    {"real a;", "real s = 0; for (i in 1:N) s += a * y[i]; target += s;", false},
    {"real a;", "vector[N] m = y; for (i in 1:N) m[i] = a * sum(m); m ~ normal(0, 1);", false},
    {"real a;", "vector[N] m = y; for (i in 1:N) m[g[i]] = a * i; m ~ normal(0, 1);", false},
    {"real a;", "for (i in 1:N) if (y[i] > 0) target += a * y[i];", false},
    {"real a;", "for (i in 1:N) target += a * y[i] + target();", false},
    {"real a;", "for (i in 1:N) y[i] ~ normal(a, 1) T[-2, 3];", false},
    {"vector[2] a;", "for (i in 1:N) target += -sum(square(X[i])) * a[1];", false},
};

void drop_lanes(stan::Statements& statements) {
  for (auto& one : statements) {
    one->lanes = nullptr;
    drop_lanes(one->body);
  }
}

bool has_lanes(const stan::Statements& statements) {
  for (const auto& one : statements)
    if (one->lanes || has_lanes(one->body)) return true;
  return false;
}

class LaneLoop : public ::testing::TestWithParam<Loop> {};

TEST_P(LaneLoop, AgreesWithItselfPassByPass) {
  const Loop& loop = GetParam();
  const std::string text =
      std::string(kData) + " parameters { " + loop.parameters + " } model { " + loop.body + " }";
  const stan::ProgramPtr fast = stan::read_program(text, "loop.stan"),
                         slow = stan::read_program(text, "loop.stan");
  const int model = static_cast<int>(stan::Block::model);
  EXPECT_EQ(has_lanes(fast->blocks[model]), loop.has_lanes) << loop.body;
  drop_lanes(const_cast<stan::Program&>(*slow).blocks[model]);
  const stan::ProgramData data = stan::parse_data(kValues, "loop.json");
  const programs::ProgramDensity by_lanes(fast, data), by_passes(slow, data);
  at::manual_seed(5);
  const Tensor z = at::randn({3, by_lanes.size()}, at::kDouble);
  const auto [value, gradient] = testing::with_gradient(by_lanes, z);
  const auto [other, other_gradient] = testing::with_gradient(by_passes, z);
  EXPECT_TRUE(at::allclose(value, other, 1e-13, 1e-13)) << loop.body << value << other;
  EXPECT_TRUE(at::allclose(gradient, other_gradient, 1e-12, 1e-13)) << loop.body;
}

INSTANTIATE_TEST_SUITE_P(All, LaneLoop, ::testing::ValuesIn(kLoops));

TEST(LaneLoops, RefuseAndRejectAsPassByPass) {
  const auto says = [](const std::string& body, const std::string& words) {
    try {
      testing::density_of(std::string(kData) + " parameters { real a; } model { " + body + " }",
                          kValues);
      ADD_FAILURE() << "was accepted: " << body;
    } catch (const std::exception& error) {
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
    }
  };
  says("for (i in 1:5) y[i] ~ normal(a, 1);", "index 5 is out of 1 to 4");
  says("for (i in 1:N) y[i] ~ normal(a, y[i]);", "argument 2 of normal_lpdf has to be above 0");
  says("for (i in 1:N) { int k; target += a * (k + i); }", "no value yet");
  const auto density = testing::density_of(
      std::string(kData) + " parameters { real a; } model { for (i in 1:N) y[i] ~ normal(0, a); }",
      kValues);
  const Tensor found = density->log_density(at::tensor({1.0, -1.0}, at::kDouble).unsqueeze(1));
  EXPECT_TRUE(std::isfinite(found[0].item<double>()));
  EXPECT_EQ(found[1].item<double>(), -INFINITY);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
