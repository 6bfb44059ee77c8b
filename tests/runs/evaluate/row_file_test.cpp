// Rows are computed and written a part at a time.
#include "elbow/runs/evaluate/row_file.h"

#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "elbow/data/sources/formats.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/runs/evaluate/fitted_model.h"
#include "elbow/runs/evaluate/pictures.h"
#include "elbow/runs/evaluate/sampler.h"
#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::TemporaryFolder;

struct Built {
  Experiment experiment;
  FittedModelPtr fitted;
};

Built build(const std::string& text) {
  const auto config = load_config_text(text, "rows.yaml", {}, full_schema());
  const ConfigNode node(config.value);
  Built out{build_experiment(node, /*use_stand_in=*/false, at::Device(at::kCPU)), nullptr};
  out.fitted = fitted_model(node, out.experiment.modules);
  return out;
}

TEST(RowFileTest, DrawsComeInPartsThatAreTheWhole) {
  const TemporaryFolder folder;
  const Built built = build(testing::kTinyConfig);
  built.experiment.modules.model->eval();
  Sampler& sampler = *built.fitted->sampler();
  const SampleOptions options{/*use_mean=*/false, /*seed=*/3, /*width=*/36};
  const Tensor whole = draw_samples(sampler, 600, options);
  RowFile file(folder.path() + "/x.npy", 600);
  std::int64_t largest = 0, parts = 0;
  sampler.each_sample(600, options, [&](const Tensor& part) {
    largest = std::max(largest, part.size(0));
    ++parts;
    file.append(part);
  });
  file.commit();
  EXPECT_EQ(parts, 3);
  EXPECT_EQ(largest, 256);
  const data::Array found = data::read_npy(folder.path() + "/x.npy");
  EXPECT_EQ(found.shape, (std::vector<std::int64_t>{600, 1, 6, 6}));
  EXPECT_EQ(found.element, data::Element::f32);
  EXPECT_EQ(std::memcmp(found.bytes.data(), whole.contiguous().const_data_ptr(), whole.nbytes()),
            0);
}

// A closed form has no parts of its own: asked for many wide examples it must not make all at once.
TEST(RowFileTest, DrawsOfAClosedFormHaveABoundedPart) {
  const Built built = build(
      "name: rows\nseed: 1\ndevice: cpu\ndtype: float64\n"
      "data: {type: synthetic_mixture, means: [-5, 0, 5, 0], scale: [1.0], "
      "train_size: 40}\nmodel: {type: mixture, num_components: 2}\n"
      "inference: {type: conjugate}\ntrainer: {epochs: 2}\n");
  std::int64_t drawn = 0, largest = 0;
  const SampleOptions options{/*use_mean=*/false, /*seed=*/1, /*width=*/1 << 12};
  built.fitted->sampler()->each_sample(3 << 14, options, [&](const Tensor& part) {
    drawn += part.size(0);
    largest = std::max(largest, part.size(0));
  });
  EXPECT_EQ(drawn, 3 << 14);
  EXPECT_EQ(largest, 1 << 12);  // 2^24 numbers of 2^12 each
}

TEST(RowFileTest, AnEndingThatIsNoTableIsRefusedAtOnce) {
  EXPECT_THROW(RowFile("rows.png", 3), UsageError);
}

TEST(RowFileTest, AGridThatNoViewerShowsIsRefused) {
  EXPECT_THROW(check_grid(1'000'000'000, {1, 28, 28}, 8), UsageError);
  EXPECT_NO_THROW(check_grid(400, {1, 28, 28}, 8));
}

// Rows of NaN were written without a word.
TEST(RowFileTest, RowsWithoutNumbersAreCounted) {
  const TemporaryFolder folder;
  RowFile file(folder.path() + "/x.csv", 4);
  file.append(at::tensor({1.0, 2.0, NAN, 4.0}, at::kDouble).view({2, 2}));
  file.append(at::tensor({1.0, INFINITY, NAN, NAN}, at::kDouble).view({2, 2}));
  EXPECT_EQ(file.num_undefined(), 2);
  const auto before = log::num_warnings();
  file.commit("the example overflows");
  EXPECT_EQ(log::num_warnings(), before + 1);
  EXPECT_EQ(io::read_file(folder.path() + "/x.csv"), "1,2\nnan,4\n1,inf\nnan,nan\n");
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
