// Where dropout masks come from.
#include "elbow/neural/nn/dropout.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace elbow {
namespace ELBOW_TEST_FILE {

/// Masks whose elements are the numbers of calls: 1, 2, ...
class NumberedMasks : public MaskScope {
 public:
  Tensor mask(const Tensor& values, double) override { return at::full_like(values, ++calls_); }
  int calls() const { return calls_; }

 private:
  int calls_ = 0;
};

const auto kDoubles = at::TensorOptions().dtype(at::kDouble);

// Weights that were trained before there were scopes are trained to the same bits.
TEST(MaskScope, WithoutOneTheMasksAreLibTorchs) {
  const Tensor values = at::randn({40, 7});
  at::manual_seed(3);
  const Tensor expected = at::dropout(values, 0.3, /*train=*/true);
  at::manual_seed(3);
  EXPECT_TRUE(drop_out(values, 0.3).equal(expected));
  at::manual_seed(3);
  EXPECT_TRUE((values * dropout_mask(values, 0.3)).equal(expected));
  MaskTape tape;
  at::manual_seed(3);
  EXPECT_TRUE(recorded(tape, [&] { return drop_out(values, 0.3); }).equal(expected));
}

TEST(MaskScope, TheInnermostDecidesUntilItEnds) {
  const Tensor values = at::ones({2, 3}, kDoubles);
  NumberedMasks outer;
  EXPECT_EQ(drop_out(values, 0.5).sum().item<double>(), 6);
  {
    NumberedMasks inner;
    EXPECT_EQ(drop_out(values, 0.5).sum().item<double>(), 6);
  }
  EXPECT_EQ(drop_out(values, 0.5).sum().item<double>(), 12);
  EXPECT_EQ(outer.calls(), 2);
}

TEST(MaskScope, ReplayedMasksAreTheRecordedOnesAndAskNobody) {
  NumberedMasks outer;
  const auto run = [] {
    const Tensor first = drop_out(at::ones({2, 3}, kDoubles), 0.5);
    return first.sum() * 100 + drop_out(at::ones({4}, kDoubles), 0.5).sum();
  };
  MaskTape tape;
  const double value = recorded(tape, run).item<double>();
  EXPECT_EQ(value, 6 * 100 + 8);
  EXPECT_EQ(replayed(tape, run).item<double>(), value);
  EXPECT_EQ(outer.calls(), 2);
}

// Rows are [K, B] flattened; the masks of what runs for examples, or for something else, stay.
TEST(MaskScope, OneParticleOfEachExampleGetsItsRows) {
  const Tensor of_particles = at::arange(12, kDoubles).view({6, 2}),  // K = 3, B = 2
      of_examples = at::arange(4, kDoubles).view({2, 2}),
               of_others = at::arange(5, kDoubles).view({5, 1});
  ReplayedMasks masks({of_examples, of_others, of_particles}, at::tensor({2, 0}, at::kLong));
  EXPECT_TRUE(masks.mask(at::ones({2, 2}), 0.5).equal(of_examples));
  EXPECT_TRUE(masks.mask(at::ones({5, 1}), 0.5).equal(of_others));
  // Particle 2 of example 0 is row 2 * 2 + 0, particle 0 of example 1 is row 1.
  EXPECT_TRUE(
      masks.mask(at::ones({2, 2}), 0.5).equal(at::stack({of_particles[4], of_particles[1]})));
  EXPECT_THROW(masks.mask(at::ones({2, 2}), 0.5), c10::Error);
}

TEST(MaskScope, AShapeThatWasNotTapedIsRefused) {
  ReplayedMasks masks({at::ones({6, 2}), at::ones({6, 2})}, at::tensor({2, 0}, at::kLong));
  EXPECT_THROW(masks.mask(at::ones({2, 3}), 0.5), c10::Error);
  EXPECT_THROW(masks.mask(at::ones({3, 2}), 0.5), c10::Error);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
