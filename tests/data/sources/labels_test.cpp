// Labels of rows and images: which are read, which are used, what a later file's mean.
#include "elbow/data/sources/labels.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "elbow/data/sources/formats.h"
#include "elbow/data/sources/input.h"
#include "support.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Sixty rows of three kinds, called 3, 5 and 8; every tenth of nobody knows which.
std::string table() {
  std::string out = "a,kind,b\n";
  const char* const names[] = {"5", "8", "3"};
  for (int i = 0; i < 60; ++i)
    out += std::to_string(i) + "," + (i % 10 == 9 ? "?" : names[i % 3]) + ",0.5\n";
  return out;
}

Json section(const TemporaryFolder& folder) {
  write_bytes(folder / "t.csv", table());
  return {{"path", folder / "t.csv"}, {"label", "kind"}, {"nan_markers", {"?"}}};
}

RawData load(const Json& changes) { return load_named_set(resolved("table", changes), 1); }

TEST(Labels, AColumnSaysThemAndIsNoPartOfX) {
  const TemporaryFolder folder;
  const RawData data = load(section(folder));
  EXPECT_THAT(data.event_shape, ElementsAre(2));
  EXPECT_THAT(data.classes, ElementsAre(3, 5, 8));
  const RawSplit& train = data.splits.at("train");
  EXPECT_THAT(std::vector<std::int64_t>(train.labels.begin(), train.labels.begin() + 10),
              ElementsAre(1, 2, 0, 1, 2, 0, 1, 2, 0, kNoLabel));
  const double* x = train.images.as<double>();
  EXPECT_THAT(std::vector<double>(x, x + 4), ElementsAre(0, 0.5, 1, 0.5));
}

TEST(Labels, AreWholeNumbersAndThereIsOne) {
  const TemporaryFolder folder;
  const Json keys = section(folder);
  write_bytes(folder / "t.csv", "a,kind\n1,2\n1,2.5\n");
  EXPECT_THAT(data_error_of([&] { load(keys); }),
              AllOf(HasSubstr("t.csv:3"), HasSubstr("a whole number"), HasSubstr("2.5")));
  write_bytes(folder / "t.csv", "a,kind\n1,?\n1,?\n");
  EXPECT_THAT(data_error_of([&] { load(keys); }), HasSubstr("at least one training row"));
}

TEST(Labels, FewAreDrawnEvenlyAndShownOften) {
  const TemporaryFolder folder;
  Json keys = section(folder);
  keys["labelled"] = 7;
  keys["label_repeats"] = 4;
  const RawData data = load(keys);
  const RawSplit& train = data.splits.at("train");
  EXPECT_EQ(train.size(), 60 + 3 * 7);
  EXPECT_EQ(static_cast<std::int64_t>(train.labels.size()), train.size());
  std::vector<std::int64_t> counts;
  for (std::int64_t c = 0; c < 3; ++c)
    counts.push_back(std::count(train.labels.begin(), train.labels.end(), c));
  EXPECT_THAT(counts, ElementsAre(4 * 3, 4 * 2, 4 * 2));
  // A copy is the row that it is a copy of.
  const RawData whole = load(section(folder));
  for (std::int64_t i = 0; i < train.size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (train.labels[at] == kNoLabel) continue;
    const auto row = static_cast<std::size_t>(train.images.as<double>()[2 * i]);
    EXPECT_EQ(train.labels[at], whole.splits.at("train").labels[row]);
    EXPECT_EQ(train.rows[at], static_cast<std::int64_t>(row));
  }
  keys["labelled"] = 55;
  EXPECT_THAT(data_error_of([&] { load(keys); }), HasSubstr("at most the 54 training rows"));
}

TEST(Labels, OfALaterFileGoByNameAndAreThoseOfTraining) {
  const TemporaryFolder folder;
  const Json keys = section(folder);
  const Reading reading =
      reading_from({{"event_shape", {2}}, {"reading", reading_json(reading_of(load(keys)))}});
  const auto labels_in = [&](const std::string& text) {
    write_bytes(folder / "late.csv", text);
    return load_input(resolved("table", keys), reading, folder / "late.csv", false)
        .splits.at("input")
        .labels;
  };
  EXPECT_THAT(labels_in("b,kind,a\n1,8,2\n1,?,2\n1,3,2\n"), ElementsAre(2, kNoLabel, 0));
  EXPECT_THAT(labels_in("1,8,2\n1,3,2\n"), ElementsAre(2, 0)) << "the layout of the training file";
  EXPECT_TRUE(labels_in("b,a\n1,2\n").empty());
  EXPECT_THAT(data_error_of([&] { labels_in("b,kind,a\n1,8,2\n1,4,2\n"); }),
              AllOf(HasSubstr("late.csv:3"), HasSubstr("3, 5, 8"), HasSubstr("found 4")));
}

TEST(Labels, OfImagesLieBesideThem) {
  const TemporaryFolder folder;
  Array images, labels;
  images.shape = {6, 2, 2};
  images.bytes.assign(24, 7);
  labels.shape = {6};
  labels.bytes = {4, 2, 4, 9, 2, 4};
  write_bytes(folder / "train-images-idx3-ubyte", encode_idx(images));
  const Json keys = {{"path", folder.path()}, {"labels", true}, {"validation_size", 2}};
  const auto load_images = [&] { return load_named_set(resolved("idx", keys), 1); };
  EXPECT_THAT(data_error_of(load_images), HasSubstr("expected a file of labels beside"));
  write_bytes(folder / "train-labels-idx1-ubyte", encode_idx(labels));
  const RawData data = load_images();
  EXPECT_THAT(data.classes, ElementsAre(2, 4, 9));
  EXPECT_THAT(data.splits.at("train").labels, ElementsAre(1, 0, 1, 2));
  EXPECT_THAT(data.splits.at("valid").labels, ElementsAre(0, 1));
}

TEST(Labels, SyntheticImagesOfAClassShareStrokes) {
  const RawData data =
      load_named_set(resolved("synthetic_images", {{"num_classes", 3}, {"count", 90}}), 1);
  const RawSplit& train = data.splits.at("train");
  const auto distance = [&](std::size_t i, std::size_t j) {
    double sum = 0;
    for (std::size_t p = 0; p < 784; ++p) {
      const double d = double(train.images.bytes[784 * i + p]) - train.images.bytes[784 * j + p];
      sum += d * d;
    }
    return sum;
  };
  double within = 0, between = 0, num_within = 0, num_between = 0;
  for (std::size_t i = 0; i < 90; ++i)
    for (std::size_t j = 0; j < i; ++j)
      (train.labels[i] == train.labels[j] ? within : between) += distance(i, j),
          ++(train.labels[i] == train.labels[j] ? num_within : num_between);
  EXPECT_LT(within / num_within, 0.7 * between / num_between);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
