// What the parts of the language mean, by values known otherwise.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "elbow/foundations/core/error.h"
#include "elbow/language/stan/signatures.h"
#include "models/programs/program_examples.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::density_of;
using testing::density_of_model;
using ::testing::HasSubstr;
using testing::point;

/// The value of an expression of x = 0.3 and v = (0.5, -1, 2), as the density of a model that has
/// nothing else.
double value_of(const std::string& expression) {
  const auto density = density_of_model("real x; vector[3] v;", "target += " + expression + ";");
  return density->log_density(point({0.3, 0.5, -1, 2})).item<double>();
}

TEST(ProgramLanguage, EverySignatureHasItsFunctionAndNoFunctionIsWithoutSignature) {
  for (const stan::Signature& one : stan::signatures())
    EXPECT_EQ(programs::builtins().count(one.name), 1u) << one.name;
  for (const auto& [name, function] : programs::builtins())
    EXPECT_NE(stan::find_signature(name), nullptr) << name;
}

// Of tests/golden/program_expressions.json, which scripts/oracle/program_expressions.py makes;
// alone and as one of three draws.
TEST(ProgramLanguage, FunctionsHaveTheValuesOfSciPy) {
  const Json golden = Json::parse(
      testing::text_in(std::string(ELBOW_SOURCE_DIR) + "/tests/golden/program_expressions.json"));
  const Tensor draws = point({0.1, 0.2, 0.3, 0.4, 0.3, 0.5, -1, 2, 0.2, 3, 1, 0.5}).view({3, 4});
  for (const auto& [expression, value] : golden.items()) {
    const double wanted = value.get<double>(), tolerance = 2e-10 * std::max(1.0, std::abs(wanted));
    EXPECT_NEAR(value_of(expression), wanted, tolerance) << expression;
    const auto density = density_of_model("real x; vector[3] v;", "target += " + expression + ";");
    EXPECT_NEAR(density->log_density(draws)[1].item<double>(), wanted, tolerance) << expression;
  }
}

TEST(ProgramLanguage, ExpressionsBindAsInStan) {
  EXPECT_NEAR(value_of("-2^2"), -4, 1e-14);
  EXPECT_NEAR(value_of("2^3^2"), 512, 1e-12);
  EXPECT_NEAR(value_of("1 + 2 * 3 - 4 / 8.0"), 6.5, 1e-14);
  EXPECT_NEAR(value_of("7 / 2"), 3, 0);
  EXPECT_NEAR(value_of("-7 % 3"), -1, 0);
  EXPECT_NEAR(value_of("7 %/% 2"), 3, 0);
  EXPECT_NEAR(value_of("1 < 2 ? x : 5"), 0.3, 1e-15);
  EXPECT_NEAR(value_of("1 || 0 && 0"), 1, 0);
  EXPECT_NEAR(value_of("!0 + !3.5"), 1, 0);
  EXPECT_NEAR(value_of("v' * v"), 5.25, 1e-14);
  EXPECT_NEAR(value_of("sum(v .* v ./ 2)"), 2.625, 1e-14);
  EXPECT_NEAR(value_of("(v * v')[2, 3]"), -2, 1e-14);
  EXPECT_NEAR(value_of("[1, 2, 3] * v"), 4.5, 1e-14);
  EXPECT_NEAR(value_of("sum([[1, 2], [3, 4]] * [x, 1]')"), 4 * 0.3 + 6, 1e-14);
  EXPECT_NEAR(value_of("sum([[4, 1], [1, 3]] \\ [x, 1]')"), (0.3 * 3 - 1 + 4 - 0.3) / 11, 1e-14);
  EXPECT_NEAR(value_of("{1.5, x}[2]"), 0.3, 1e-15);
}

TEST(ProgramLanguage, IndicesTakeParts) {
  EXPECT_NEAR(value_of("v[2]"), -1, 0);
  EXPECT_NEAR(value_of("sum(v[2:])"), 1, 1e-15);
  EXPECT_NEAR(value_of("sum(v[:2])"), -0.5, 1e-15);
  EXPECT_NEAR(value_of("sum(v[{3, 3, 1}])"), 4.5, 1e-15);
  EXPECT_NEAR(value_of("sum(v[3:2])"), 0, 0);
  EXPECT_NEAR(value_of("(v * [1, 2])[2:3, 2][2]"), 4, 1e-15);
  EXPECT_NEAR(value_of("sum((v * [1, 2])[{1, 3}, 1])"), 2.5, 1e-15);
  EXPECT_NEAR(value_of("{{1, 2}, {3, 4}}[2, 1]"), 3, 0);
  EXPECT_NEAR(value_of("sum({{1, 2}, {3, 4}}[:, 2])"), 6, 0);
  EXPECT_NEAR(value_of("sum({v, 2 * v}[2, 1:2])"), -1, 1e-15);
}

TEST(ProgramLanguage, JacobianOfTransformedParametersCounts) {
  const auto by_hand = density_of(
      "parameters { real u; } transformed parameters { real s = exp(u); jacobian += u; } "
      "model { s ~ gamma(2, 3); }");
  const auto declared = density_of_model("real<lower=0> s;", "s ~ gamma(2, 3);");
  for (const double u : {-1.0, 0.4})
    EXPECT_NEAR(by_hand->log_density(point({u})).item<double>(),
                declared->log_density(point({u})).item<double>(),
                1e-14);
  EXPECT_THROW(density_of_model("real x;", "jacobian += x;"), ConfigError);
}

TEST(ProgramLanguage, StatementsRunInOrder) {
  const auto run = [](const std::string& body) {
    return density_of_model("real x;", body)->log_density(point({0.5})).item<double>();
  };
  EXPECT_NEAR(run("for (i in 1:4) { if (i == 2) continue; if (i == 4) break; target += i * x; }"),
              2,
              1e-15);
  EXPECT_NEAR(run("int i = 0; while (i < 3) { i += 1; target += x; }"), 1.5, 1e-15);
  EXPECT_NEAR(
      run("vector[3] a = rep_vector(1, 3); a[2] = x; a[{1, 3}] = [x, 4]'; target += sum(a);"),
      5,
      1e-15);
  EXPECT_NEAR(
      run("matrix[2, 2] m = identity_matrix(2); m[1, 2] = x; m[2] = [3, x]; target += sum(m);"),
      5,
      1e-15);
  EXPECT_NEAR(run("array[2] vector[2] a; a[1] = [x, 1]'; a[2, 1] = 2; a[2][2] = x; target += "
                  "sum(a[1]) + sum(a[2]);"),
              4,
              1e-15);
  EXPECT_NEAR(run("for (y in {x, 2 * x}) target += y;"), 1.5, 1e-15);
  EXPECT_NEAR(run("real a = 1; { real b = 2; a += b; } target += a * x;"), 1.5, 1e-15);
  EXPECT_NEAR(run("target += 1; target += target() * x;"), 1.5, 1e-15);
  // Draw by draw, where a condition depends on a parameter.
  const auto either = density_of_model("real x;", "if (x > 0) target += x; else target += -10;");
  const Tensor found = either->log_density(at::tensor({2.0, -1.0}, at::kDouble).unsqueeze(1));
  EXPECT_EQ(found[0].item<double>(), 2);
  EXPECT_EQ(found[1].item<double>(), -10);
}

TEST(ProgramLanguage, FunctionsOfTheUsersOwn) {
  const auto density = density_of(
      "functions {\n"
      "  real twice(real a) { return 2 * a; }\n"
      "  vector shifted(vector v, real by) { vector[size(v)] out; for (i in 1:size(v)) out[i] = "
      "v[i] + by; return out; }\n"
      "  real wide_lpdf(real y, real scale) { return normal_lpdf(y | 0, scale); }\n"
      "  void add_lp(real a) { target += a; }\n"
      "}\n"
      "parameters { real x; }\n"
      "model { x ~ wide(10); target += twice(x) + sum(shifted([x, x]', 1)); add_lp(x); }");
  const double x = 0.7, normal = -0.5 * x * x / 100 - std::log(10) - 0.5 * std::log(2 * M_PI);
  EXPECT_NEAR(
      density->log_density(point({x})).item<double>(), normal + 2 * x + 2 * x + 2 + x, 1e-13);
}

TEST(ProgramLanguage, TruncationDividesByTheProbability) {
  const double phi1 = 0.5 * std::erfc(-1 / std::sqrt(2.0)), half = 0.5;
  const double at = -0.5 * 0.49 - 0.5 * std::log(2 * M_PI);
  const auto of = [](const std::string& ending) {
    return density_of_model("real<lower=0> x;",
                            "x ~ normal(0, 1) T" + ending + "; target += -log(x);")
        ->log_density(point({std::log(0.7)}))
        .item<double>();
  };
  EXPECT_NEAR(of("[0, ]"), at - std::log(half), 1e-13);
  EXPECT_NEAR(of("[, 1]"), at - std::log(phi1), 1e-13);
  EXPECT_NEAR(of("[0, 1]"), at - std::log(phi1 - half), 1e-13);
  const auto poisson = density_of(
      "data { int y; } parameters { real r; } model { y ~ poisson(exp(r)) T[1, ]; }", "{\"y\": 3}");
  EXPECT_NEAR(poisson->log_density(point({0.0})).item<double>(),
              -1 - std::log(6) - std::log(1 - std::exp(-1)),
              1e-12);
}

TEST(ProgramLanguage, DrawsWithoutADensityAreCountedWithAReason) {
  const auto density = density_of_model("real s;", "target += normal_lpdf(1 | 0, s);");
  const Tensor found =
      density->log_density(at::tensor({1.0, -1.0, 0.0, 2.0}, at::kDouble).unsqueeze(1));
  EXPECT_TRUE(std::isfinite(found[0].item<double>()) && std::isfinite(found[3].item<double>()));
  EXPECT_EQ(found[1].item<double>(), -INFINITY);
  EXPECT_EQ(found[2].item<double>(), -INFINITY);
  const programs::RejectedDraws rejected = density->rejected_draws();
  EXPECT_EQ(rejected.evaluated, 4);
  EXPECT_EQ(rejected.rejected, 2);
  EXPECT_THAT(rejected.first_reason,
              HasSubstr("test.stan:1:42: argument 2 of normal_lpdf has to be above 0"));
  const auto [value, gradient] =
      testing::with_gradient(*density, at::tensor({1.0, -1.0}, at::kDouble).unsqueeze(1));
  EXPECT_NEAR(gradient[0].item<double>(), 0, 1e-14);  // (y^2 / s^2 - 1) / s at 1
  const auto above = density_of_model("real x;", "if (x > 0) reject(\"x is \", x);");
  const Tensor halves = above->log_density(at::tensor({1.5, -1.0}, at::kDouble).unsqueeze(1));
  EXPECT_EQ(halves[0].item<double>(), -INFINITY);
  EXPECT_EQ(halves[1].item<double>(), 0);
  EXPECT_THAT(above->reason_against(at::tensor({1.5}, at::kDouble)), HasSubstr("reject(x is 1.5)"));
  const auto covariance =
      density_of_model("real r;", "target += sum(cholesky_decompose([[1, r], [r, 1]]));");
  const Tensor factors = covariance->log_density(at::tensor({0.6, 1.5}, at::kDouble).unsqueeze(1));
  EXPECT_NEAR(factors[0].item<double>(), 1 + 0.6 + 0.8, 1e-14);
  EXPECT_EQ(factors[1].item<double>(), -INFINITY);
}

TEST(ProgramLanguage, MistakesThatNoDrawCanMendAreRefused) {
  const auto says =
      [](const std::string& program, const std::string& data, const std::string& words) {
        try {
          const auto density = density_of(program, data);
          density->log_density(at::zeros({1, density->size()}, at::kDouble));
          ADD_FAILURE() << "was accepted: " << program;
        } catch (const DataError& error) {
          EXPECT_THAT(error.what(), HasSubstr(words));
          EXPECT_FALSE(error.help().empty()) << program;
        }
      };
  const std::string head = "parameters { vector[3] v; } model { ";
  says(head + "target += v[4]; }", "{}", "test.stan:1:48: index 4 is out of 1 to 3");
  says(head + "target += v[0]; }", "{}", "index 0 is out of 1 to 3");
  says(head + "target += sum(v[2:5]); }", "{}", "index 4 is out of 1 to 3");
  says(head + "target += sum(v + [1, 2]'); }", "{}", "different sizes");
  says(head + "v ~ normal([1, 2]', 1); }", "{}", "3 and 2 elements");
  says(head + "target += [[1, 2]] * v; }", "{}", "2 columns and 3 rows");
  says(head + "vector[2] w = v; }", "{}", "different sizes");
  says(head + "vector[-1] w; }", "{}", "a size is -1");
  says(head + "while (1) { } }", "{}", "do not end");
  says("data { int N; } parameters { real x; } model { }", "{}", "'N' is missing");
  says("data { int N; } parameters { real x; } model { }",
       "{\"N\": 2.5}",
       "test.json: N: expected an integer, found 2.5");
  says("data { int N; } parameters { real x; } model { }",
       "{\"N\": \"two\"}",
       "expected an integer");
  says("data { int N; } parameters { real x; } model { }",
       "{\"N\": [1]}",
       "expected an integer, found a list");
  says("data { int N; } parameters { real x; } model { }", "{\"N\": 3000000000}", "32 bits");
  says("data { int<lower=0> N; } parameters { real x; } model { }", "{\"N\": -1}", "at least 0");
  says("data { real<upper=2> N; } parameters { real x; } model { }", "{\"N\": 3}", "at most 2");
  says("data { vector[2] y; } parameters { real x; } model { }",
       "{\"y\": 1}",
       "expected a list of 2");
  says("data { vector[2] y; } parameters { real x; } model { }",
       "{\"y\": [1, 2, 3]}",
       "expected 2 elements, found 3");
  says("data { vector[2] y; } parameters { real x; } model { }",
       "{\"y\": [1, \"NaN\"]}",
       "test.json: y[2]: not a number");
  says("data { vector[2] y; } parameters { real x; } model { }",
       "{\"y\": [1, null]}",
       "not a number");
  says("data { vector[2] y; } parameters { real x; } model { }",
       "{\"y\": [1, true]}",
       "expected a number");
  says("data { matrix[2, 2] y; } parameters { real x; } model { }",
       "{\"y\": [[1, 2], [3]]}",
       "y[2]: expected 2 elements");
  says("data { simplex[2] y; } parameters { real x; } model { }",
       "{\"y\": [0.5, 0.6]}",
       "a simplex");
  says("data { ordered[2] y; } parameters { real x; } model { }", "{\"y\": [2, 1]}", "ordered");
  says("data { cov_matrix[2] y; } parameters { real x; } model { }",
       "{\"y\": [[1, 2], [2, 1]]}",
       "positive definite");
  says("transformed data { int<lower=1> N = 0; } parameters { real x; } model { }",
       "{}",
       "at least 1");
  says("data { int N; } model { }", "{\"N\": 1}", "no parameters");
  says(head + "reject(\"never\"); }", "{}", "reject(never)");
  says(head + "v ~ normal(0, -1); }", "{}", "argument 2 of normal_lpdf has to be above 0");
  says(head + "int n; v ~ normal(n, 1); }", "{}", "no value yet");
  says(head + "array[2] int n; v ~ normal(n[1], 1); }", "{}", "no value yet");
  says(head + "int n = 2000000000; v ~ normal(n + n, 1); }", "{}", "more than 32 bits");
  says(head + "v ~ normal(log_determinant([[1, 2]]), 1); }", "{}", "of the sizes [1,2]");
  says(head + "v ~ normal(inverse([[1, 1], [1, 1]])[1, 1], 1); }", "{}", "singular");
  says("parameters { vector[2000000000] v; } model { }", "{}", "do not fit into memory");
  says(head + "vector[40000] w = rep_matrix(0, 40000, 40000)[1]'; }", "{}", "40000 x 40000");
  says(head + "real s = 0; for (i in 1:100000) for (j in 1:100000) s += 1; }", "{}", "do not end");
  says(head + "for (i in 1:2000000000) target += i * v[1]; }", "{}", "do not fit into memory");
  says("parameters { real x; simplex[0] s; } model { }", "{}", "cannot sum to 1");
  says("parameters { real x; } model { } generated quantities { real z = [1, 2][3]; }",
       "{}",
       "index 3 is out of 1 to 2");
}

TEST(ProgramLanguage, DataAreReadAsJsonOrRefusedWithTheirPlace) {
  for (const char* text :
       {"", "{", "[1, 2]", "{\"N\": }", "3", "{\"N\": NaN}", "\x01\x02", "{\"N\": 1,}"}) {
    try {
      stan::parse_data(text, "broken.json");
      ADD_FAILURE() << text;
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), HasSubstr("broken.json:1:"));
      EXPECT_THAT(error.help(), HasSubstr("{\"N\": 3"));
    }
  }
  const auto infinite = density_of(
      "data { vector[2] y; } parameters { real x; } model { target += y[2] > 1e300 ? 1 : 0; }",
      "{\"y\": [1, \"Infinity\"], \"other\": 3}");
  EXPECT_EQ(infinite->log_density(point({0.0})).item<double>(), 1);
  EXPECT_NO_THROW(
      density_of("data { int N; vector[N] y; } parameters { real x; } model { }", "{\"N\": 0}"));
}

TEST(ProgramLanguage, GeneratedQuantitiesAreKeyedByTheirDraw) {
  const auto density = density_of(
      "parameters { real x; matrix[2, 2] m; }\n"
      "transformed parameters { real y = 2 * x; }\n"
      "generated quantities { real z = normal_rng(x, 1e-3); int n = poisson_rng(exp(x)); array[2] "
      "real r = normal_rng([x, -x], 1e-3); }");
  std::vector<std::string> names;
  for (const auto& one : density->quantities()) names.push_back(one.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{
                "x", "m[1,1]", "m[2,1]", "m[1,2]", "m[2,2]", "y", "z", "n", "r[1]", "r[2]"}));
  const Tensor z = point({1, 1, 2, 3, 4, 5, 1, 2, 3, 4}).view({2, 5});
  const Tensor first = density->quantities_at(z, 7), again = density->quantities_at(z, 7),
               other = density->quantities_at(z, 8);
  EXPECT_TRUE(at::equal(first, again));
  EXPECT_FALSE(at::equal(first, other));
  EXPECT_EQ(first[1][5].item<double>(), 10);
  EXPECT_EQ(first[0][2].item<double>(), 2);  // m[2,1]: by columns
  EXPECT_NEAR(first[0][6].item<double>(), 1, 0.01);
  EXPECT_NEAR(first[1][9].item<double>(), -5, 0.01);
}

TEST(ProgramLanguage, AGeneratedQuantityThatFailsLeavesTheParametersAlone) {
  const auto density = density_of(
      "parameters { real x; } transformed parameters { real y = 2 * x; }\n"
      "generated quantities { real z = 1; int k = bernoulli_rng(x); }");
  const Tensor found = density->quantities_at(at::tensor({0.5, 3.0}, at::kDouble).unsqueeze(1), 1);
  EXPECT_EQ(found[1][1].item<double>(), 6);
  EXPECT_TRUE(std::isnan(found[1][2].item<double>()) && std::isnan(found[1][3].item<double>()));
  EXPECT_FALSE(found[0].isnan().any().item<bool>());
  const programs::RejectedDraws lacking = density->take_undefined();
  EXPECT_EQ(lacking.rejected, 1);
  EXPECT_THAT(lacking.first_reason, HasSubstr("argument 1 of bernoulli_rng has to be in [0, 1]"));
  EXPECT_EQ(density->take_undefined().rejected, 0);
}

TEST(ProgramLanguage, WhatHasNoElementsIsNoMistake) {
  const auto density = density_of(
      "parameters { real x; cov_matrix[0] s; ordered[0] o; cholesky_factor_corr[0] c; array[0] "
      "simplex[3] p; } model { }\n"
      "generated quantities { vector[0] y; array[0] real z = normal_rng(y, 1); array[0] int n = "
      "poisson_rng(rep_vector(1, 0)); }");
  EXPECT_EQ(density->size(), 1);
  // Nor is a density that holds no parameter: it has a gradient, of zeros.
  const auto [value, gradient] = testing::with_gradient(*density, point({0.3}));
  EXPECT_EQ(value.item<double>(), 0);
  EXPECT_EQ(gradient.item<double>(), 0);
  EXPECT_EQ(density->quantities_at(point({0.3}), 1).size(1), 1);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
