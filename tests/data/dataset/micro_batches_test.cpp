// A batch in micro-batches that are read when they are asked for.
#include "elbow/data/dataset/micro_batches.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace elbow {
namespace ELBOW_TEST_FILE {

TEST(MicroBatches, AreReadOneAtATimeAndAgain) {
  std::vector<std::vector<std::int64_t>> read;
  const MicroBatches micro_batches({{4, 2}, {7}}, [&read](const std::vector<std::int64_t>& rows) {
    read.push_back(rows);
    return Batch{torch::tensor(rows, at::kDouble) * 10, rows};
  });
  EXPECT_EQ(micro_batches.size(), 2u);
  EXPECT_EQ(micro_batches.num_examples(), 3);
  EXPECT_EQ(micro_batches.indices(), (std::vector<std::int64_t>{4, 2, 7}));
  EXPECT_TRUE(read.empty());
  const Batch second = micro_batches[1];
  EXPECT_EQ(second.indices, std::vector<std::int64_t>{7});
  EXPECT_EQ(second.x.item<double>(), 70);
  EXPECT_TRUE(micro_batches[0].x.equal(torch::tensor({40., 20.}, at::kDouble)));
  EXPECT_EQ(micro_batches[1].x.item<double>(), 70);
  EXPECT_EQ(read, (std::vector<std::vector<std::int64_t>>{{7}, {4, 2}, {7}}));
}

TEST(MicroBatches, InMemoryAreTheSameTensors) {
  const Tensor x = torch::ones({2, 3});
  const MicroBatches micro_batches(std::vector<Batch>{{x, {0, 1}}});
  EXPECT_TRUE(micro_batches[0].x.is_same(x));
  EXPECT_EQ(micro_batches.num_examples(), 2);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
