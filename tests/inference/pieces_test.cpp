// A batch in pieces that are read when they are asked for.
#include "elbow/inference/pieces.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace elbow {
namespace ELBOW_TEST_FILE {

TEST(Pieces, AreReadOneAtATimeAndAgain) {
  std::vector<std::vector<std::int64_t>> read;
  const Pieces pieces({{4, 2}, {7}}, [&read](const std::vector<std::int64_t>& rows) {
    read.push_back(rows);
    return torch::tensor(rows, at::kDouble) * 10;
  });
  EXPECT_EQ(pieces.size(), 2u);
  EXPECT_EQ(pieces.num_examples(), 3);
  EXPECT_EQ(pieces.rows(), (std::vector<std::int64_t>{4, 2, 7}));
  EXPECT_TRUE(read.empty());
  const Batch second = pieces[1];
  EXPECT_EQ(second.rows, std::vector<std::int64_t>{7});
  EXPECT_EQ(second.x.item<double>(), 70);
  EXPECT_TRUE(pieces[0].x.equal(torch::tensor({40., 20.}, at::kDouble)));
  EXPECT_EQ(pieces[1].x.item<double>(), 70);
  EXPECT_EQ(read, (std::vector<std::vector<std::int64_t>>{{7}, {4, 2}, {7}}));
}

TEST(Pieces, InMemoryAreTheSameTensors) {
  const Tensor x = torch::ones({2, 3});
  const Pieces pieces(std::vector<Batch>{{x, {0, 1}}});
  EXPECT_TRUE(pieces[0].x.is_same(x));
  EXPECT_EQ(pieces.num_examples(), 2);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
