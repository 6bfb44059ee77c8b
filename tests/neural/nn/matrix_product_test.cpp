// Products by either library against the same product in float64.
#include <signal.h>
#include <sys/time.h>

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "elbow/neural/nn/matrix_product.h"
#include "neural/nn/network_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

struct Case {
  std::int64_t m, k, n;
};

/// A sum of k rounded terms differs by k epsilon of their size at most, and by far less in general.
void expect_product(const Tensor& found, const Tensor& exact, const Tensor& sizes) {
  ASSERT_EQ(found.scalar_type(), at::kFloat);
  const Tensor off = (found.to(at::kDouble) - exact).abs() / (sizes + 1e-30);
  EXPECT_LT(off.numel() == 0 ? 0.0 : off.max().item<double>(), 4e-6);
}

TEST(MatrixProduct, IsThatOfFloat64ByEitherLibrary) {
  for (const ProductLibrary library : {ProductLibrary::mkl, ProductLibrary::onednn}) {
    const FixedProductLibrary fixed(library);
    auto generator = at::make_generator<at::CPUGeneratorImpl>(4);
    for (const auto [m, k, n] :
         {Case{3, 5, 7}, {1, 33, 2}, {65, 1, 17}, {130, 70, 49}, {200, 784, 3}})
      for (const bool is_transposed : {false, true}) {
        const Tensor a = is_transposed ? at::randn({k, m}, generator, at::kFloat).t()
                                       : at::randn({m, k}, generator, at::kFloat),
                     b = is_transposed ? at::randn({n, k}, generator, at::kFloat).t()
                                       : at::randn({k, n}, generator, at::kFloat);
        const Tensor bias = at::randn({n}, generator, at::kFloat);
        const Tensor wide_a = a.to(at::kDouble), wide_b = b.to(at::kDouble);
        const Tensor exact = wide_a.mm(wide_b), sizes = wide_a.abs().mm(wide_b.abs());
        expect_product(matrix_product(a, b), exact, sizes);
        expect_product(matrix_product(a, b, bias), exact + bias, sizes + bias.abs());
        Tensor sum = at::randn({m, n}, generator, at::kFloat);
        const Tensor before = sum.to(at::kDouble);
        add_matrix_product(sum, a, b);
        expect_product(sum, before + exact, sizes + before.abs());
      }
  }
}

TEST(MatrixProduct, OfNothingIsEmptyOrTheBias) {
  for (const ProductLibrary library : {ProductLibrary::mkl, ProductLibrary::onednn}) {
    const FixedProductLibrary fixed(library);
    const Tensor bias = at::ones({4}, at::kFloat);
    EXPECT_EQ(matrix_product(at::ones({0, 3}), at::ones({3, 4}), bias).sizes(),
              (std::vector<std::int64_t>{0, 4}));
    EXPECT_TRUE(matrix_product(at::ones({2, 0}), at::ones({0, 4}), bias).equal(at::ones({2, 4})));
  }
}

/// While one lives, this process gets a signal every 0.2 ms.
class Signals {
 public:
  Signals() {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGALRM, &action, &before_);
    set(200);
  }
  ~Signals() {
    set(0);
    ::sigaction(SIGALRM, &before_, nullptr);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  static void set(int microseconds) {
    const itimerval interval{{0, microseconds}, {0, microseconds}};
    ::setitimer(ITIMER_REAL, &interval, nullptr);
  }
  struct sigaction before_ {};
};

// A stop signal arrives in the middle of a product, and must not change it. Where oneDNN 3.10 is
// given the right factor in columns, this process dies of a corrupted heap.
TEST(MatrixProduct, IsTheSameWhileSignalsArrive) {
  for (const ProductLibrary library : {ProductLibrary::mkl, ProductLibrary::onednn}) {
    const FixedProductLibrary fixed(library);
    auto generator = at::make_generator<at::CPUGeneratorImpl>(4);
    std::vector<std::array<Tensor, 3>> cases;
    for (const auto [m, k, n] : {Case{100, 784, 700}, {128, 400, 784}, {1000, 200, 200}})
      for (const bool is_transposed : {false, true}) {
        const Tensor a = is_transposed ? at::randn({k, m}, generator, at::kFloat).t()
                                       : at::randn({m, k}, generator, at::kFloat);
        for (const Tensor& b : {at::randn({k, n}, generator, at::kFloat),
                                at::randn({n, k}, generator, at::kFloat).t()})
          cases.push_back({a, b, matrix_product(a, b)});
      }
    const Signals signals;
    for (int repeat = 0; repeat < 60; ++repeat)
      for (const auto& [a, b, quiet] : cases) ASSERT_TRUE(matrix_product(a, b).equal(quiet));
  }
}

TEST(MatrixProduct, OfDoublesAndSmallOnesAreMkls) {
  EXPECT_EQ(product_library(at::kDouble, 1e12), ProductLibrary::mkl);
  EXPECT_EQ(product_library(at::kFloat, 1e6), ProductLibrary::mkl);
  const FixedProductLibrary fixed(ProductLibrary::onednn);
  EXPECT_EQ(product_library(at::kDouble, 1e12), ProductLibrary::mkl);
  EXPECT_EQ(product_library(at::kFloat, 1), ProductLibrary::onednn);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
