// What a model is given: word counts, sequences, whole tables.
#include "elbow/data/dataset/dataset.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include <cmath>
#include <cstring>

#include "elbow/foundations/core/error.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

data::RawData corpus() {
  data::CorpusBuilder builder;
  builder.add({{0, 1}, {3, 2}});
  builder.add({});
  builder.add({{1, 5}});
  builder.add({{2, 1}, {3, 1}, {4, 7}});
  const auto documents = builder.finish();
  documents->set_vocabulary(6, nullptr);
  data::RawData out;
  out.event_shape = {6};
  out.splits["train"] = {{}, "", "sum", documents, {3, 1, 0}};
  out.splits["test"] = {{}, "", "sum", documents, {2}};
  return out;
}

data::RawData table(const std::vector<double>& values, std::int64_t cols) {
  data::RawData out;
  data::RawSplit split;
  split.images.element = data::Element::f64;
  split.images.shape = {static_cast<std::int64_t>(values.size()) / cols, cols};
  split.images.bytes.resize(values.size() * sizeof(double));
  std::memcpy(split.images.bytes.data(), values.data(), split.images.bytes.size());
  out.event_shape = {cols};
  out.splits["train"] = std::move(split);
  return out;
}

data::RawData sequences(const std::vector<double>& values, std::int64_t steps) {
  data::RawData out = table(values, 2);
  auto& shape = out.splits["train"].images.shape;
  shape = {shape[0] / steps, steps, 2};
  out.event_shape = {steps, 2};
  return out;
}

TEST(Dataset, ABatchOfSequencesHasTheirLengths) {
  const double gone = std::nan("");
  const std::vector<double> values{1, 2, 3, 4, 5, 6, 7, 8, gone, gone, gone, gone};
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    const Dataset dataset(sequences(values, 3), "none", 1, at::kCPU, dtype);
    const Batch batch = dataset.batch("train", {1, 0, 1}, /*epoch=*/1);
    EXPECT_EQ(batch.x.sizes(), (at::IntArrayRef{3, 3, 2}));
    EXPECT_TRUE(at::equal(batch.lengths, torch::tensor({1, 3, 1}, at::kLong)));
    EXPECT_TRUE(at::equal(batch.narrow(1, 2).lengths, torch::tensor({3, 1}, at::kLong)));
    EXPECT_TRUE(at::equal(batch.select({1}).lengths, torch::tensor({3}, at::kLong)));
  }
  const Dataset rows(table(values, 2), "none", 1, at::kCPU, at::kDouble);
  EXPECT_FALSE(rows.batch("train", {0}, /*epoch=*/1).lengths.defined());
  std::vector<double> gap = values;
  gap[2] = gone;
  const Dataset broken(sequences(gap, 3), "none", 1, at::kCPU, at::kDouble);
  EXPECT_THROW(broken.batch("train", {0}, /*epoch=*/1), DataError);
}

TEST(Dataset, ABatchOfDocumentsIsASparseMatrixOfCounts) {
  for (const auto dtype : {at::kFloat, at::kDouble}) {
    const Dataset dataset(corpus(), "none", 1, at::kCPU, dtype);
    EXPECT_TRUE(dataset.is_corpus());
    EXPECT_FALSE(dataset.gives_grey());
    EXPECT_EQ(dataset.size("train"), 3);
    EXPECT_EQ(dataset.size("test"), 1);
    const Tensor x = dataset.batch("train", {2, 0, 1, 0}, /*epoch=*/3).x;
    EXPECT_EQ(x.layout(), at::kSparseCsr);
    EXPECT_EQ(x.sizes(), (at::IntArrayRef{4, 6}));
    EXPECT_EQ(x.scalar_type(), dtype);
    EXPECT_TRUE(x.crow_indices().equal(torch::tensor({0, 2, 5, 5, 8}, at::kLong)));
    EXPECT_TRUE(x.col_indices().equal(torch::tensor({0, 3, 2, 3, 4, 2, 3, 4}, at::kLong)));
    EXPECT_TRUE(x.to_dense().equal(torch::tensor(
        {{1, 0, 0, 2, 0, 0}, {0, 0, 1, 1, 7, 0}, {0, 0, 0, 0, 0, 0}, {0, 0, 1, 1, 7, 0}}, dtype)));
    const Tensor mean = torch::tensor({1., 0., 1., 3., 7., 0.}, at::kDouble) / 3.0;
    EXPECT_TRUE(at::allclose(dataset.data_mean(), mean));
    EXPECT_EQ(dataset.describe().at("train").at("examples"), 3);
  }
}

TEST(Dataset, ABatchOfDocumentsIsMadeInSilence) {
  struct Counter final : c10::WarningHandler {
    int warnings = 0;
    void process(const c10::Warning&) override { ++warnings; }
  } counter;
  const c10::WarningUtils::WarningHandlerGuard guard(&counter);
  const c10::WarningUtils::WarnAlways always;
  const Dataset dataset(corpus(), "none", 1, at::kCPU, at::kFloat);
  dataset.batch("train", {0, 1}, /*epoch=*/1).x;
  EXPECT_EQ(counter.warnings, 0);
}

TEST(Dataset, WordCountsOnADeviceAreRefused) {
  EXPECT_THROW(Dataset(corpus(), "none", 1, at::Device(at::kCUDA, 0), at::kFloat), UsageError);
}

TEST(Dataset, AllRowsOfATableAreOneTensor) {
  const Dataset dataset(table({1, 2, 3, 4, 5, 6}, 2), "none", 1, at::kCPU, at::kFloat);
  Tensor all;
  {
    const c10::InferenceMode evaluation;
    all = dataset.batch("train", row_range(0, 3), 1).x;
  }
  EXPECT_FALSE(all.is_inference());
  EXPECT_EQ(dataset.batch("train", row_range(0, 3), 2).x.const_data_ptr(), all.const_data_ptr());
  EXPECT_NE(dataset.batch("train", {0, 2, 1}, 1).x.const_data_ptr(), all.const_data_ptr());
  EXPECT_TRUE(all.equal(torch::tensor({{1.f, 2.f}, {3.f, 4.f}, {5.f, 6.f}})));
  EXPECT_TRUE(dataset.batch("train", {2, 1}, 1).x.equal(torch::tensor({{5.f, 6.f}, {3.f, 4.f}})));
}

TEST(Dataset, SequencesKeepTheGapsPastTheirEnds) {
  data::RawData raw = table({1, 2, 3, 4, NAN, NAN, 5, 6, 7, 8, 9, 10}, 6);
  raw.event_shape = {3, 2};
  raw.splits.at("train").images.shape = {2, 3, 2};
  const Dataset dataset(std::move(raw), "none", 1, at::kCPU, at::kDouble);
  const Tensor x = dataset.batch("train", {1, 0}, 1).x;
  EXPECT_EQ(x.sizes(), (at::IntArrayRef{2, 3, 2}));
  EXPECT_TRUE(x[1][2].isnan().all().item<bool>());
  EXPECT_TRUE(x[0].isfinite().all().item<bool>());
  EXPECT_TRUE(
      dataset.data_mean().equal(torch::tensor({{3., 4.}, {5., 6.}, {9., 10.}}, at::kDouble)));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
