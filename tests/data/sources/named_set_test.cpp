#include "elbow/data/sources/named_set.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <set>

#include "elbow/data/sources/formats.h"
#include "support.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string images(
    std::int64_t count, std::int64_t height, std::int64_t width, int first = 0, int modulus = 256) {
  Array array;
  array.shape = {count, height, width};
  for (std::int64_t i = 0; i < array.count(); ++i)
    array.bytes.push_back(static_cast<unsigned char>((first + i) % modulus));
  return encode_idx(array);
}

std::string labels(std::int64_t count) {
  Array array;
  array.shape = {count};
  array.bytes.assign(static_cast<std::size_t>(count), 1);
  return encode_idx(array);
}

std::string load_error(const std::string& type, const Json& changes) {
  return data_error_of([&] { load_named_set(resolved(type, changes), 1); });
}

RawData load(const std::string& type,
             const Json& changes = Json::object(),
             std::uint64_t seed = 1) {
  return load_named_set(resolved(type, changes), seed);
}

TEST(NamedSet, EveryRowHasAStandInAndItsTraits) {
  std::set<std::string> names;
  for (const ComponentInfo& info : data_components()) {
    names.insert(info.name);
    EXPECT_EQ(info.kind, "data");
    ASSERT_NE(info.find("stand_in"), nullptr) << info.name;
    EXPECT_EQ(info.find("stand_in")->kind, "data");
    EXPECT_NE(info.find_traits<DataTraits>(), nullptr) << info.name;
    for (const Parameter& parameter : info.parameters)
      EXPECT_FALSE(parameter.help.empty()) << info.name << "." << parameter.name;
  }
  for (const char* name : {"fashion_mnist",
                           "fashion_mnist_small",
                           "mnist",
                           "mnist_static",
                           "idx",
                           "table",
                           "synthetic_linear_gaussian",
                           "synthetic_mixture",
                           "synthetic_two_moons",
                           "synthetic_images"})
    EXPECT_EQ(names.count(name), 1u) << name;
}

TEST(NamedSet, EveryKeyIsRead) {
  const TemporaryFolder folder;
  write_bytes(folder / "train-images-idx3-ubyte", images(4, 28, 28));
  write_bytes(folder / "t.csv", "1,2\n3,4\n5,6\n");
  write_bytes(folder / "t.ldac", "1 0:1\n2 0:2 1:3\n");
  for (const ComponentInfo& info : data_components()) {
    if (info.name == "fashion_mnist_small" || info.name == "mnist_static") continue;
    Json changes = {};
    if (info.find("path"))
      changes["path"] = info.name == "table" || info.name == "sequences" ? folder / "t.csv"
                        : info.name == "bag_of_words"                    ? folder / "t.ldac"
                                                                         : folder.path();
    changes["stand_in"] = {{"type", "synthetic_images"}, {"count", 3}};
    const ConfigNode config = resolved(info.name, changes);
    load_named_set(config, 1);
    std::vector<std::string> unread = config.unread();
    // The owner of the batches reads how they are to be drawn.
    unread.erase(std::remove(unread.begin(), unread.end(), "data.binarize"), unread.end());
    EXPECT_THAT(unread, ElementsAre()) << info.name;
  }
}

TEST(NamedSet, AMissingSetNamesTheFoldersAndTheCommand) {
  const TemporaryFolder folder;
  const ScopedVariable data("ELBOW_DATA", folder / "nowhere"),
      cache("XDG_CACHE_HOME", folder / "cache"), home("ELBOW_HOME", folder / "home");
  EXPECT_THAT(load_error("mnist", {}),
              AllOf(HasSubstr("data set mnist: expected train-images-idx3-ubyte or the same with "
                              ".gz, found none in " +
                              (folder / "nowhere/mnist")),
                    HasSubstr(folder / "home/data/mnist"),
                    HasSubstr(folder / "cache/elbow/mnist"),
                    HasSubstr("| elbow data fetch mnist")));
  EXPECT_THAT(load_error("mnist_static", {}), HasSubstr("| elbow data fetch mnist_static"));
  EXPECT_THAT(
      load_error("fashion_mnist", {{"path", folder / "typo"}}),
      AllOf(HasSubstr("found none in " + (folder / "typo") +
                      " | apt install dataset-fashion-mnist, or elbow data fetch fashion_mnist")));
}

TEST(NamedSet, FoldersAreSearchedInOrder) {
  const TemporaryFolder folder;
  const ScopedVariable data("ELBOW_DATA", folder / "a"), cache("XDG_CACHE_HOME", folder / "c"),
      home("ELBOW_HOME", folder / "b");
  EXPECT_THAT(search_folders("fashion_mnist", ""),
              ElementsAre(folder / "a/fashion_mnist",
                          folder / "b/data/fashion_mnist",
                          "/usr/share/datasets/fashion-mnist",
                          folder / "c/elbow/fashion_mnist"));
  EXPECT_THAT(search_folders("mnist", "/given"), ElementsAre("/given"));
  write_bytes(folder / "b/data/mnist/train-images-idx3-ubyte.gz", gzip(images(2, 28, 28)));
  write_bytes(folder / "c/elbow/mnist/train-images-idx3-ubyte", images(3, 28, 28));
  EXPECT_EQ(load("mnist").splits.at("train").images.shape[0], 2);
}

TEST(NamedSet, SplitsShapesAndScaleComeFromTheFiles) {
  const TemporaryFolder folder;
  write_bytes(folder / "train-images-idx3-ubyte.gz", gzip(images(6, 5, 4)));
  write_bytes(folder / "t10k-images-idx3-ubyte", images(3, 5, 4, 9));
  write_bytes(folder / "train-labels-idx1-ubyte", labels(6));
  const RawData data = load("idx", {{"path", folder.path()}, {"validation_size", 2}});
  EXPECT_THAT(data.event_shape, ElementsAre(1, 5, 4));
  EXPECT_THAT(data.splits.at("train").images.shape, ElementsAre(4, 1, 5, 4));
  EXPECT_THAT(data.splits.at("valid").images.shape, ElementsAre(2, 1, 5, 4));
  EXPECT_THAT(data.splits.at("test").images.shape, ElementsAre(3, 1, 5, 4));
  EXPECT_EQ(data.splits.at("train").images.bytes.size(), 80u);
  EXPECT_EQ(data.splits.at("valid").images.bytes[0], 80)
      << "the last rows of train, in the order of the file";
  EXPECT_EQ(data.scale, 1.0 / 255.0);
  EXPECT_FALSE(data.is_binary);
  EXPECT_EQ(data.splits.at("test").file, folder / "t10k-images-idx3-ubyte");
  EXPECT_EQ(data.splits.at("train").sha256.size(), 64u);
}

TEST(NamedSet, ZerosAndOnesAreBinary) {
  const TemporaryFolder folder;
  write_bytes(folder / "a", images(6, 5, 4, 0, 2));
  write_bytes(folder / "b", images(6, 5, 4, 0, 3));
  EXPECT_TRUE(load("idx", {{"train", folder / "a"}}).is_binary);
  EXPECT_EQ(load("idx", {{"train", folder / "a"}}).scale, 1.0);
  EXPECT_FALSE(load("idx", {{"train", folder / "a"}, {"test", folder / "b"}}).is_binary)
      << "one grey split makes all grey";
}

TEST(NamedSet, WrongFilesAreRefused) {
  const TemporaryFolder folder;
  write_bytes(folder / "train-images-idx3-ubyte", images(6, 28, 28));
  write_bytes(folder / "train-labels-idx1-ubyte", labels(5));
  EXPECT_THAT(load_error("mnist", {{"path", folder.path()}}),
              HasSubstr("expected 6 labels, one for each image of"));
  std::filesystem::remove(folder / "train-labels-idx1-ubyte");
  EXPECT_THAT(load_error("mnist_static", {{"path", folder.path()}}),
              HasSubstr("expected only the values 0 and 1 for mnist_static"));
  EXPECT_THAT(load_error("mnist", {{"path", folder.path()}, {"validation_size", 6}}),
              HasSubstr("data.validation_size: expected less than the 6 training rows, got 6"));
  write_bytes(folder / "t10k-images-idx3-ubyte", images(6, 27, 28));
  EXPECT_THAT(load_error("mnist", {{"path", folder.path()}}),
              HasSubstr("t10k-images-idx3-ubyte: expected the element type and event shape of"));
  std::filesystem::remove(folder / "t10k-images-idx3-ubyte");
  write_bytes(folder / "train-images-idx3-ubyte", images(6, 27, 28));
  EXPECT_THAT(load_error("mnist", {{"path", folder.path()}}),
              HasSubstr("expected u8 images of 1 x 28 x 28 for mnist, found u8 1 x 27 x 28"));
  EXPECT_THAT(
      load_error("idx", {{"train", folder / "train-images-idx3-ubyte"}, {"path", folder.path()}}),
      HasSubstr("found both"));
  EXPECT_THAT(load_error("idx", {}), HasSubstr("found neither"));
  write_bytes(folder / "l", labels(3));
  EXPECT_THAT(load_error("idx", {{"train", folder / "l"}}), HasSubstr("are these the labels?"));
}

TEST(NamedSet, AShippedValidationSplitCannotBeReplaced) {
  const TemporaryFolder folder;
  for (const char* name : {"train", "valid", "test"})
    write_bytes(folder / (std::string(name) + "-images-idx3-ubyte"), images(4, 28, 28, 0, 2));
  EXPECT_EQ(load("mnist_static", {{"path", folder.path()}}).splits.size(), 3u);
  EXPECT_THAT(load_error("mnist_static", {{"path", folder.path()}, {"validation_size", 1}}),
              HasSubstr("data.validation_size: mnist_static brings its own validation split of 4 "
                        "rows, so it must be 0, got 1"));
}

TEST(NamedSet, FloatImagesKeepTheirValuesAndRefuseNan) {
  const TemporaryFolder folder;
  Array array;
  array.element = Element::f64;
  array.shape = {2, 2, 1};
  array.bytes.resize(32);
  for (int i = 0; i < 4; ++i) array.as<double>()[i] = i - 1.5;
  write_bytes(folder / "a", encode_idx(array));
  const RawData data = load("idx", {{"train", folder / "a"}});
  EXPECT_EQ(data.splits.at("train").images.element, Element::f64);
  EXPECT_EQ(data.splits.at("train").images.as<double>()[0], -1.5);
  EXPECT_EQ(data.scale, 1.0);
  EXPECT_THAT(load_error("idx", {{"train", folder / "a"}, {"binarize", "dynamic"}}),
              HasSubstr("data.binarize: expected u8 images to draw from, found f64"));
  array.as<double>()[2] = std::nan("");
  write_bytes(folder / "a", encode_idx(array));
  EXPECT_THAT(load_error("idx", {{"train", folder / "a"}}),
              HasSubstr("expected finite values, found 1 that are NaN or infinite"));
  EXPECT_EQ(load_error("idx", {{"train", folder / "a"}, {"allow_nan", true}}), "");
}

TEST(SyntheticImages, AreKeyedVariedAndOfTheSizeAskedFor) {
  const Json changes = {{"channels", 3},
                        {"height", 9},
                        {"width", 7},
                        {"count", 40},
                        {"validation_size", 0},
                        {"test_size", 5}};
  const RawData data = load("synthetic_images", changes);
  EXPECT_THAT(data.splits.at("train").images.shape, ElementsAre(40, 3, 9, 7));
  EXPECT_EQ(data.splits.count("valid"), 0u);
  EXPECT_THAT(data.event_shape, ElementsAre(3, 9, 7));
  EXPECT_EQ(load("synthetic_images", changes).splits.at("train").images.bytes,
            data.splits.at("train").images.bytes);
  const Array& train = data.splits.at("train").images;
  std::set<std::vector<unsigned char>> distinct;
  for (int i = 0; i < 40; ++i)
    distinct.insert({train.bytes.begin() + i * 189, train.bytes.begin() + (i + 1) * 189});
  EXPECT_EQ(distinct.size(), 40u);
  EXPECT_GT(std::set<unsigned char>(train.bytes.begin(), train.bytes.end()).size(), 100u)
      << "grey, not only black and white";
  Json binary = changes;
  binary["binary"] = true;
  const RawData bits = load("synthetic_images", binary);
  EXPECT_TRUE(bits.is_binary);
  EXPECT_EQ(*std::max_element(bits.splits.at("train").images.bytes.begin(),
                              bits.splits.at("train").images.bytes.end()),
            1);
  EXPECT_THAT(load_error("synthetic_images", {{"height", 1000000}, {"width", 1000000}}),
              HasSubstr("at most 16 GiB"));
}

TEST(EmbeddedSet, HoldsEqualClassesAndNothingTwice) {
  const ScopedVariable home("ELBOW_HOME", ELBOW_SOURCE_DIR), other("ELBOW_DATA", "");
  const RawData data = load("fashion_mnist_small");
  std::set<std::string> distinct;
  for (const auto& [split, count] : {std::pair{"train", 8000}, {"valid", 1000}, {"test", 1000}}) {
    const Array& array = data.splits.at(split).images;
    EXPECT_THAT(array.shape, ElementsAre(count, 1, 28, 28));
    for (int i = 0; i < count; ++i)
      distinct.insert(
          std::string(array.bytes.begin() + i * 784, array.bytes.begin() + (i + 1) * 784));
    const Array classes = read_idx(std::string(ELBOW_SOURCE_DIR) + "/data/fashion_mnist_small/" +
                                   split + "-labels-idx1-ubyte.gz");
    for (int label = 0; label < 10; ++label)
      EXPECT_EQ(std::count(classes.bytes.begin(), classes.bytes.end(), label), count / 10);
  }
  EXPECT_EQ(distinct.size(), 10000u);
  EXPECT_THAT(load_error("fashion_mnist_small", {{"validation_size", 5}}),
              HasSubstr("brings its own validation split"));
}

TEST(EmbeddedSet, IsFoundFromTheProgramsFolder) {
  unsetenv("ELBOW_HOME");
  EXPECT_EQ(std::filesystem::weakly_canonical(repository_data_folder()),
            std::filesystem::weakly_canonical(std::string(ELBOW_SOURCE_DIR) + "/data"));
}

/// The published sets, where this machine has them.
class PublishedSet : public ::testing::TestWithParam<const char*> {};

TEST_P(PublishedSet, HasItsPublishedContent) {
  const std::string name = GetParam();
  bool is_there = false;
  for (const std::string& folder : search_folders(name, ""))
    for (const char* ending : {"", ".gz"})
      is_there |= std::filesystem::exists(folder + "/train-images-idx3-ubyte" + ending);
  if (!is_there)
    GTEST_SKIP() << name << " is not on this machine; ELBOW_DATA names a folder with it";
  const RawData data = load(name);
  EXPECT_EQ(data.info.at("is_published_content"), true);
  double sum = 0;
  for (const unsigned char value : data.splits.at("train").images.bytes) sum += value;
  const double mean =
      sum / static_cast<double>(data.splits.at("train").images.count()) * data.scale;
  if (name == "mnist") {
    EXPECT_NEAR(mean, 0.130660, 1e-6);
  }
  if (name == "mnist_static") {
    EXPECT_NEAR(mean, 0.13056, 1e-5);
    EXPECT_TRUE(data.is_binary);
  }
}
INSTANTIATE_TEST_SUITE_P(All,
                         PublishedSet,
                         ::testing::Values("mnist", "mnist_static", "fashion_mnist"));

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
