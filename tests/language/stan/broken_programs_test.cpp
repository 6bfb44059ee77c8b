// Programs with one mistake each: the place, what was found, and what to do.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <random>

#include "elbow/foundations/core/error.h"
#include "elbow/language/stan/signatures.h"
#include "elbow/language/stan/syntax.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

struct Broken {
  const char* text;
  int line, column;
  const char* says;
};

const Broken kBroken[] = {
    // Blocks
    {"", 1, 1, "empty"},
    {"   // a comment alone\n", 2, 1, "empty"},
    {"foo { }", 1, 1, "expected a block"},
    {"model { } data { }", 1, 11, "behind 'model'"},
    {"model { } model { }", 1, 11, "second block"},
    {"parameters { real x; ", 1, 12, "has no }"},
    {"transformed { }", 1, 1, "expected a block"},
    {"generated data { }", 1, 1, "expected a block"},
    {"42", 1, 1, "expected a block"},
    {"data { int N; }", 1, 1, "neither parameters nor a model"},
    {"parameters real x;", 1, 12, "expected '{'"},
    {"/* open", 1, 1, "comment has no end"},
    // Words and numbers
    {"parameters { real 2x; } model { }", 1, 19, "expected a number, found '2x'"},
    {"parameters { real x; } model { target += 3i; }", 1, 42, "complex"},
    {"parameters { real x; } model { target += 1 # 2; }", 1, 44, "#include"},
    {"parameters { real x; } model { target += x @ 2; }", 1, 44, "'@'"},
    {"parameters { real x; } model { print(\"open); }", 1, 38, "text has no end"},
    {"parameters { real x; } model { target += 99999999999; }", 1, 42, "2147483647"},
    {"\x7f\x45LF", 1, 1, "byte"},
    {"parameters { real \xc3\xa9; } model { }", 1, 19, "byte"},
    {"parameters { real x; } model { target += ode_rk45(f, 1); }", 1, 42, "ODE"},
    {"parameters { vector[3] x; } model { vector[3] y = x; y[1:2][1] = 1; }", 1, 60, "one pair"},
    {"parameters { real lp__; } model { }", 1, 19, "ends in __"},
    // Declarations
    {"parameters { real x } model { }", 1, 20, "expected ';'"},
    {"parameters { real; } model { }", 1, 18, "expected the name"},
    {"parameters { real for; } model { }", 1, 19, "a word of the language"},
    {"parameters { real x; real x; } model { }", 1, 27, "declared already"},
    {"parameters { int k; } model { }", 1, 18, "an integer"},
    {"parameters { vector x; } model { }", 1, 21, "expected '['"},
    {"parameters { vector[2, 3] x; } model { }", 1, 14, "expected 1 size"},
    {"parameters { matrix[2] x; } model { }", 1, 14, "expected 2 sizes"},
    {"parameters { real[3] x; } model { }", 1, 18, "a number has no sizes"},
    {"data { real x[3]; } model { }", 1, 14, "sizes of an array"},
    {"data { array real x; } model { }", 1, 14, "expected"},
    {"data { array[] real x; } model { }", 1, 8, "without sizes"},
    {"data { vector[2.5] x; } model { }", 1, 15, "expected int for a size"},
    {"data { vector[N] x; } model { }", 1, 15, "not declared"},
    {"data { complex z; } model { }", 1, 8, "complex"},
    {"data { tuple(real, int) z; } model { }", 1, 8, "tuples"},
    {"parameters { sum_to_zero_vector[3] z; } model { }", 1, 14, "not supported"},
    {"parameters { real<lower> x; } model { }", 1, 24, "expected '='"},
    {"parameters { real<low=0> x; } model { }", 1, 19, "expected lower, upper"},
    {"parameters { real<lower=0, lower=1> x; } model { }", 1, 28, "once each"},
    {"parameters { real<lower=0, offset=1> x; } model { }", 1, 38, "exclude each other"},
    {"parameters { real<lower=0 x; } model { }", 1, 27, "expected '>'"},
    {"parameters { simplex<lower=0>[3] x; } model { }", 1, 21, "its constraint already"},
    {"data { int<lower=0.5> N; } model { }", 1, 18, "expected int for lower"},
    {"data { real x = 2; } model { }", 1, 17, "no value of its own"},
    {"parameters { real x = 2; } model { }", 1, 23, "no value of its own"},
    {"parameters { real x; x = 2; } model { }", 1, 22, "cannot be assigned"},
    {"data { real x; } model { x = 2; }", 1, 26, "cannot be assigned"},
    {"data { real normal; } model { target += normal(2); }", 1, 41, "normal"},
    {"parameters { positive x; } model { }", 1, 14, "found 'positive'"},
    // Names
    {"model { x ~ normal(0, 1); }", 1, 9, "not declared"},
    {"parameters { real alpha; } model { alpah ~ normal(0, 1); }", 1, 36, "not declared"},
    {"parameters { real x; } model { real y; { real z; } z = 2; }", 1, 52, "not declared"},
    {"parameters { real x; } model { x ~ nromal(0, 1); }", 1, 36, "no distribution"},
    {"parameters { real x; } model { target += lgama(x); }", 1, 42, "there is no function"},
    {"parameters { real x; } model { target += log; }", 1, 42, "not declared"},
    // Types
    {"parameters { real x; } model { int k = 2.5; }", 1, 40, "expected int"},
    {"parameters { real x; } model { vector[2] v = x; }", 1, 46, "expected vector"},
    {"parameters { vector[2] x; row_vector[2] y; } model { x + y ~ normal(0, 1); }", 1, 56, "'+'"},
    {"parameters { vector[2] x; } model { x * x ~ normal(0, 1); }", 1, 39, "'*'"},
    {"parameters { vector[2] x; } model { target += x[1, 2]; }", 1, 48, "1 dimensions"},
    {"parameters { vector[2] x; } model { target += x[1.5]; }", 1, 49, "expected int for an index"},
    {"parameters { real x; } model { target += x[1]; }", 1, 43, "0 dimensions"},
    {"parameters { real x; } model { if (\"a\") x ~ normal(0, 1); }",
     1,
     36,
     "expected an expression"},
    {"parameters { vector[2] x; } model { if (x) target += 1; }", 1, 41, "a condition"},
    {"parameters { real x; } model { for (i in 1:x) target += 1; }", 1, 44, "a bound of the loop"},
    {"parameters { real x; } model { for (i in 3) target += 1; }", 1, 42, "goes through"},
    {"parameters { real x; } model { for (i in 1:3) i = 2; }", 1, 47, "cannot be assigned"},
    {"parameters { real x; } model { target += {1, x, [1, 2]}; }",
     1,
     49,
     "an element of the array"},
    {"parameters { real x; } model { target += x ? 1 : [1, 2]; }", 1, 50, "other value"},
    {"parameters { real x; } model { x ~ normal(0); }", 1, 36, "does not take"},
    {"parameters { real x; } model { x ~ normal(0, 1, 2); }", 1, 36, "does not take"},
    {"parameters { real x; } model { x ~ poisson(1); }", 1, 36, "does not take"},
    {"parameters { matrix[2, 2] x; } model { x ~ normal(0, 1); }", 1, 44, "does not take"},
    {"parameters { real x; } model { target += normal_lpdf(x, 0, 1); }", 1, 42, "expected a |"},
    {"parameters { real x; } model { target += log(x | 1); }", 1, 42, "has no |"},
    {"parameters { real x; } model { target += x % 2; }", 1, 44, "'%'"},
    // Statements
    {"parameters { real x; } model { x ~ normal(0, 1) }", 1, 48, "expected ';'"},
    {"parameters { real x; } model { x <- 2; }", 1, 34, "expected ="},
    {"parameters { real x; } model { x; }", 1, 32, "no statement"},
    {"parameters { real x; } model { x ~ ; }", 1, 36, "a distribution behind ~"},
    {"parameters { real x; } model { target += ; }", 1, 42, "expected an expression"},
    {"parameters { real x; } model { target += (x; }", 1, 44, "expected ')'"},
    {"parameters { real x; } model { target += x); }", 1, 43, "expected ';'"},
    {"parameters { real x; } model { target += x[; }", 1, 44, "expected an expression"},
    {"parameters { real x; } model { target += {}; }", 1, 43, "an element"},
    {"parameters { real x; } model { if x > 0 target += 1; }", 1, 35, "expected '('"},
    {"parameters { real x; } model { for (1:3) target += 1; }", 1, 37, "loop's variable"},
    {"parameters { real x; } model { while (x > 0 target += 1; }", 1, 45, "expected ')'"},
    {"parameters { real x; } model { break; }", 1, 32, "into a loop"},
    {"parameters { real x; } model { return; }", 1, 32, "into a function"},
    {"parameters { real x; } model { increment_log_prob(x); }", 1, 32, "increment_log_prob"},
    {"parameters { real x; } model { vector[2] v; v[1:2] + 1 = v; }", 1, 52, "only a variable"},
    {"parameters { real x; } transformed parameters { x ~ normal(0, 1); } model { }",
     1,
     53,
     "~ has no place"},
    {"parameters { real x; } transformed parameters { target += 1; } model { }", 1, 49, "no place"},
    {"parameters { real x; } model { real y = normal_rng(0, 1); }", 1, 41, "draws"},
    {"data { int N; N = 3; } model { }", 1, 15, "cannot be assigned"},
    {"data { vector[2] y; } parameters { real x; } model { y ~ normal(x, 1) T[0, ]; }",
     1,
     58,
     "T[,]"},
    {"parameters { real x; } model { x ~ von_mises(0, 1) T[0, ]; }",
     1,
     36,
     "distribution function"},
    {"parameters { real x; } model { x ~ normal(0, 1) T[0]; }", 1, 52, "expected ','"},
    // Functions
    {"functions { real f(real x) { return f(x - 1); } } model { }", 1, 37, "calls itself"},
    {"functions { real f(real x) { return g(x); } real g(real x) { return f(x); } } model { }",
     1,
     69,
     "calls itself"},
    {"functions { real f(real x); } parameters { real x; } model { target += f(x); }",
     1,
     18,
     "never defined"},
    {"functions { real f(real x) { return x; } } parameters { real x; } model { target += f(x, 2); "
     "}",
     1,
     85,
     "takes"},
    {"functions { real f(real x) { return [x, 1]; } } model { }", 1, 37, "the result of"},
    {"functions { void f(real x) { return x; } } model { }", 1, 30, "returns void"},
    {"functions { real log(real x) { return x; } } model { }", 1, 18, "part of the language"},
    {"functions { real f(real x, real x) { return x; } } model { }", 1, 33, "second argument"},
    {"functions { vector[3] f(real x) { return x; } } model { }", 1, 19, "no sizes"},
    {"functions { vector f_lpdf(real x) { return [x]'; } } model { }", 1, 20, "has to return real"},
    {"functions { real f(real x) { x ~ normal(0, 1); return x; } } model { }",
     1,
     34,
     "~ has no place"},
    {"parameters { real x; } model { target += integrate_ode_rk45(x); }", 1, 42, "ODE"},
    {"parameters { real x; } model { target += ode_bdf(x); }", 1, 42, "ODE"},
    {"parameters { real x; } model { target += reduce_sum(x); }", 1, 42, "reduce_sum"},
    {"parameters { real x; } model { target += algebra_solver(x); }", 1, 42, "solvers"},
};

class BrokenProgram : public ::testing::TestWithParam<int> {};

TEST_P(BrokenProgram, IsRefusedAtItsPlaceInWords) {
  const Broken& one = kBroken[GetParam()];
  try {
    stan::read_program(one.text, "broken.stan");
    FAIL() << "was read: " << one.text;
  } catch (const ConfigError& error) {
    ASSERT_EQ(error.diagnostics().size(), 1u);
    const Diagnostic& found = error.diagnostics().front();
    EXPECT_EQ(found.line, one.line) << one.text << "\n" << found.message;
    EXPECT_EQ(found.column, one.column) << one.text << "\n" << found.message;
    EXPECT_NE((found.message + found.help).find(one.says), std::string::npos) << found.message;
    EXPECT_FALSE(found.help.empty()) << one.text;
    EXPECT_EQ(found.file, "broken.stan");
  }
}

INSTANTIATE_TEST_SUITE_P(All,
                         BrokenProgram,
                         ::testing::Range(0, static_cast<int>(sizeof kBroken / sizeof kBroken[0])));

TEST(BrokenPrograms, AMegabyteOfBracketsIsRefusedAtOnce) {
  for (const char* bracket :
       {"(", "[", "{", "-", "!", "1+(", "x[", "if(1)", "f(", "x+", "x'", "x[1]", "x.*"}) {
    std::string text = "parameters { real x; } model { target += ";
    if (bracket == std::string("{") || bracket == std::string("if(1)"))
      text = "parameters { real x; } model { ";
    while (text.size() < (1u << 20)) text += bracket;
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THROW(stan::read_program(text, "deep.stan"), ConfigError) << bracket;
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    EXPECT_LT(taken.count(), 6.0) << bracket;  // at -O0 beside other tests; 0.1 s as it is shipped
  }
}

TEST(BrokenPrograms, NoMutationOfAProgramEndsInAnythingButAnErrorOrAProgram) {
  const std::string whole =
      "functions { real f(real a, vector b) { return a + sum(b); } }\n"
      "data { int<lower=0> N; array[N] real y; matrix[N, 2] x; }\n"
      "transformed data { vector[N] z = to_vector(y); z[1] += 2; }\n"
      "parameters { real<lower=0, upper=1> p; simplex[3] s; vector<offset=1>[2] beta; }\n"
      "transformed parameters { vector[N] mu = x * beta + f(p, s); }\n"
      "model { for (n in 1:N) { if (y[n] > 0 && n != 3) y[n] ~ normal(mu[n], 1) T[0, ]; }\n"
      "  target += p ? 1 : -s[1]^2; beta ~ normal(0, 1); }\n"
      "generated quantities { array[N] real y_rep = normal_rng(mu, 1); }\n";
  ASSERT_NO_THROW(stan::read_program(whole, "whole.stan"));
  const std::string pieces = "(){}[]<>,;:=+-*/^'|~?.0123456789abcxyN\n \"#\\";
  std::mt19937 random(5);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string text = whole;
    for (unsigned change = 0; change < 1 + random() % 3; ++change) {
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text.erase(at, 1 + random() % 5);
          break;
        case 1:
          text.insert(at, 1, pieces[random() % pieces.size()]);
          break;
        case 2:
          text[at] = pieces[random() % pieces.size()];
          break;
        default:
          text.resize(at + 1);
          break;
      }
    }
    try {
      stan::read_program(text, "mutated.stan");
    } catch (const ConfigError& error) {
      ++refused;
      EXPECT_GE(error.diagnostics().front().line, 1);
      EXPECT_FALSE(error.diagnostics().front().help.empty()) << text;
    }
  }
  EXPECT_GT(refused, 1500);
}

TEST(ProgramsOfTheDocument, AreRead) {
  std::ifstream file(std::string(ELBOW_SOURCE_DIR) + "/docs/programs.md");
  int count = 0;
  bool is_program = false;
  std::string text;
  for (std::string line; std::getline(file, line);) {
    if (line == "```stan") {
      is_program = true;
      text.clear();
    } else if (line == "```" && is_program) {
      is_program = false;
      EXPECT_NO_THROW(stan::read_program(text, "programs.md")) << text;
      ++count;
    } else if (is_program) {
      text += line + "\n";
    }
  }
  EXPECT_EQ(count, 4);
}

TEST(Signatures, DescribeThemselvesAndHaveNoTwins) {
  std::string before;
  for (const stan::Signature& one : stan::signatures()) {
    EXPECT_LT(before, one.name);
    EXPECT_EQ(stan::find_signature(one.name), &one);
    EXPECT_FALSE(stan::describe(one).empty()) << one.name;
    before = one.name;
  }
  EXPECT_EQ(stan::find_signature("no_such_function"), nullptr);
  EXPECT_EQ(stan::density_of("normal"), "normal_lpdf");
  EXPECT_EQ(stan::density_of("poisson"), "poisson_lpmf");
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
