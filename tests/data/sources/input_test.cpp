// A user's own file is read as the training file was.
#include "elbow/data/sources/input.h"

#include <gmock/gmock.h>

#include <cmath>

#include "elbow/data/sources/formats.h"
#include "support.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<double> numbers_of(const RawData& data, const std::string& split = "input") {
  return to_double(data.splits.at(split).images);
}

/// A data section, what a run on it keeps, and files that come later.
class Trained {
 public:
  Trained(const std::string& type, const std::string& file, const std::string& bytes, Json changes)
      : type_(type) {
    write_bytes(folder_ / file, bytes);
    changes[type == "idx" ? "train" : "path"] = folder_ / file;
    changes_ = std::move(changes);
    const RawData data = load_named_set(section(), 1);
    Json facts = {{"event_shape", data.event_shape},
                  {"responses", data.num_responses},
                  {"reading", reading_json(reading_of(data))}};
    if (data.info.contains("mean"))
      facts["standardization"] = {{"mean", data.info["mean"]},
                                  {"standard_deviation", data.info["standard_deviation"]}};
    facts_ = Json::parse(facts.dump());
    train_ = numbers_of(data, "train");
  }
  ConfigNode section() const { return resolved(type_, changes_); }
  const std::vector<double>& train() const { return train_; }
  RawData input(const std::string& file, const std::string& bytes, bool may_lack = false) const {
    write_bytes(folder_ / file, bytes);
    return load_input(section(), reading_from(facts_), folder_ / file, may_lack);
  }
  std::vector<double> read(const std::string& file,
                           const std::string& bytes,
                           bool may_lack = false) const {
    return numbers_of(input(file, bytes, may_lack));
  }
  std::string error(const std::string& file,
                    const std::string& bytes,
                    bool may_lack = false) const {
    return data_error_of([&] { input(file, bytes, may_lack); });
  }

 private:
  TemporaryFolder folder_;
  std::string type_;
  Json changes_, facts_;
  std::vector<double> train_;
};

template <class T>
Array array_of_values(Element element, std::vector<std::int64_t> shape, std::vector<T> values) {
  Array out;
  out.element = element;
  out.shape = std::move(shape);
  out.bytes.assign(reinterpret_cast<const unsigned char*>(values.data()),
                   reinterpret_cast<const unsigned char*>(values.data() + values.size()));
  return out;
}

// With the response first in the file, columns by position were read as other columns.
TEST(Input, ColumnsGoByNameWhereBothFilesHaveNames) {
  const Trained run("table", "t.csv", "y,a,b\n1,20,300\n2,30,500\n", {{"response", "y"}});
  const std::vector<double> expected{20, 300, 1, 30, 500, 2};
  EXPECT_EQ(run.train(), expected);
  EXPECT_EQ(run.read("same.csv", "y,a,b\n1,20,300\n2,30,500\n"), expected);
  EXPECT_EQ(run.read("other.csv", "b;id;y;a\n300;9;1;20\n500;8;2;30\n"), expected);
  EXPECT_EQ(run.read("tabs.tsv", "a\tb\ty\n20\t300\t1\n30\t500\t2\n"), expected);
  EXPECT_EQ(run.read("plain.csv", "1,20,300\n2,30,500\n"), expected) << "the layout of training";
}

TEST(Input, AResponseMayBeAbsentWhereItIsPredicted) {
  const Trained run("table", "t.csv", "y,a,b\n1,20,300\n2,30,500\n", {{"response", "y"}});
  const auto expect_absent = [&](const std::string& bytes) {
    const std::vector<double> x = run.read("new.csv", bytes, /*may_lack=*/true);
    ASSERT_EQ(x.size(), 6u) << bytes;
    EXPECT_EQ(x[0], 20);
    EXPECT_EQ(x[1], 300);
    EXPECT_EQ(x[3], 30);
    EXPECT_EQ(x[4], 500);
    EXPECT_TRUE(std::isnan(x[2]) && std::isnan(x[5]));
  };
  expect_absent("b,a\n300,20\n500,30\n");
  expect_absent("20,300\n30,500\n");
  expect_absent("y,a,b\nnan,20,300\nnan,30,500\n");
  EXPECT_THAT(run.error("new.csv", "b,a\n300,20\n"),
              HasSubstr("new.csv:1: expected the column 'y'"));
  EXPECT_THAT(run.error("new.csv", "y,a,b\n1,20,300\nnan,30,500\n", /*may_lack=*/true),
              HasSubstr("new.csv:3: expected the response in column 1 (y) as in other rows"));
}

TEST(Input, NamesThatAreMissingAreListed) {
  const Trained run("table", "t.csv", "height,weight,age\n1,2,3\n4,5,6\n", {{"columns", {1, 0}}});
  EXPECT_EQ(run.read("n.csv", "age,height,weight\n3,1,2\n"), (std::vector<double>{2, 1}));
  EXPECT_EQ(run.read("n.csv", "1,2,3\n"), (std::vector<double>{2, 1})) << "as in training";
  EXPECT_EQ(run.read("n.csv", "2,1\n"), (std::vector<double>{2, 1})) << "the columns used";
  EXPECT_THAT(run.error("n.csv", "Height,weight\n1,2\n"),
              HasSubstr("n.csv:1: expected the column 'height' as in training, found 'Height', "
                        "'weight'"));
  EXPECT_THAT(run.error("n.csv", "1,2,3,4\n"),
              HasSubstr("n.csv: expected 3 columns as in the training file, or the 2 that the run "
                        "uses, in its order, found 4"));
}

// Two columns of three: the ones that the run uses, or those of the file without its response?
TEST(Input, PositionsThatAreAmbiguousAreRefused) {
  const Trained run(
      "table", "t.csv", "1,20,300\n2,30,500\n", {{"columns", {0, 1}}, {"response", "1"}});
  EXPECT_EQ(run.train(), (std::vector<double>{1, 20, 2, 30}));
  EXPECT_EQ(run.read("n.csv", "1,20,300\n", /*may_lack=*/true), (std::vector<double>{1, 20}));
  EXPECT_THAT(run.error("n.csv", "1,20\n", /*may_lack=*/true),
              HasSubstr("expected names that tell"));
  EXPECT_EQ(run.read("n.csv", "1,20\n"), (std::vector<double>{1, 20})) << "none may be absent";
}

TEST(Input, MarkersAndMomentsAreThoseOfTraining) {
  const Trained run("table",
                    "t.csv",
                    "a,b\n1,NA\n3,?\n5,7\n",
                    {{"columns", {0}}, {"nan_markers", {"NA", "?"}}, {"standardize", true}});
  const double unit = std::sqrt(8.0 / 3);  // population standard deviation; the mean is 3
  const std::vector<double> x = run.read("t2.csv", "a,b\n1,NA\n3,?\n5,7\n");
  EXPECT_EQ(x, run.train());
  EXPECT_NEAR(x[0], -2 / unit, 1e-15);
  EXPECT_NEAR(x[2], 2 / unit, 1e-15);
  EXPECT_EQ(run.read("n.npy", encode_npy(array_of_values<float>(Element::f32, {1, 1}, {3})))[0], 0);
  EXPECT_THAT(run.error("n.csv", "b,a\n1,2\n2,NA\n3,?\n"),
              HasSubstr("n.csv:3: expected finite values, found 2 that are NaN or infinite (the "
                        "first: nan in column 2 (a))"));
  EXPECT_THAT(run.error("n.csv", "a\ninf\n"), HasSubstr("n.csv:2: expected finite values"));
}

TEST(Input, TablesOfBytesAreNumbers) {
  const std::vector<unsigned char> bytes{10, 20, 30};
  const std::string file = encode_npy(array_of_values(Element::u8, {3, 1}, bytes));
  const Trained run("table", "t.npy", file, Json::object());
  const std::vector<double> expected{10, 20, 30};
  EXPECT_EQ(run.train(), expected);
  EXPECT_EQ(run.read("a.npy", file), expected);
  EXPECT_EQ(run.read("a.idx", encode_idx(array_of_values(Element::u8, {3, 1}, bytes))), expected);
  EXPECT_EQ(run.read("a.npy", encode_npy(array_of_values<double>(Element::f64, {3}, {10, 20, 30}))),
            expected);
}

// A dark picture of bytes 0 and 1 is not one of black and white.
TEST(Input, WhatBytesMeanIsWhatTheyMeantInTraining) {
  const std::vector<unsigned char> grey{0, 1, 128, 255}, dark{0, 1, 1, 0};
  const Trained run(
      "idx", "t.idx", encode_idx(array_of_values(Element::u8, {1, 2, 2}, grey)), Json::object());
  const RawData from_bytes =
      run.input("d.idx", encode_idx(array_of_values(Element::u8, {1, 2, 2}, dark)));
  EXPECT_FALSE(from_bytes.is_binary);
  EXPECT_EQ(numbers_of(from_bytes), (std::vector<double>{0, 1, 1, 0})) << "bytes, of 255";
  EXPECT_EQ(from_bytes.splits.at("input").images.element, Element::u8);
  EXPECT_EQ(from_bytes.splits.at("input").images.shape, (std::vector<std::int64_t>{1, 1, 2, 2}));
  const RawData from_whole = run.input(
      "d.npy", encode_npy(array_of_values<std::int64_t>(Element::i64, {1, 4}, {0, 1, 1, 0})));
  EXPECT_EQ(from_whole.splits.at("input").images.bytes, from_bytes.splits.at("input").images.bytes);
  const float level = 1.0f / 255.0f;
  EXPECT_EQ(
      run.read("d.npy",
               encode_npy(array_of_values<float>(Element::f32, {1, 2, 2}, {0, level, level, 0}))),
      (std::vector<double>{0, level, level, 0}));
  EXPECT_THAT(
      run.error("d.npy", encode_npy(array_of_values<float>(Element::f32, {1, 4}, {0, 255, 0, 0}))),
      AllOf(HasSubstr("d.npy: row 0"),
            HasSubstr("expected a grey level from 0 to 1"),
            HasSubstr("found 255")));
  EXPECT_THAT(
      run.error("d.npy",
                encode_npy(array_of_values<std::int32_t>(Element::i32, {1, 4}, {0, 256, 0, 0}))),
      HasSubstr("expected a grey level from 0 to 255 in column 2, found 256"));
  EXPECT_THAT(run.error("d.csv", "0,1,0.5,0\n0,0,nan,0\n"), HasSubstr("expected finite values"));
  EXPECT_THAT(run.error("d.csv", "0,1,0.5,0\n0,0,7,0\n"), HasSubstr("d.csv:2: expected a grey"));
  EXPECT_THAT(run.error("d.idx", encode_idx(array_of_values(Element::u8, {1, 1, 4}, grey))),
              AllOf(HasSubstr("[1, 4]"), HasSubstr("[1, 2, 2]")));
}

TEST(Input, BitsStayBits) {
  const std::vector<unsigned char> bits{0, 1, 1, 0}, grey{0, 1, 2, 0};
  const Trained run(
      "idx", "t.idx", encode_idx(array_of_values(Element::u8, {1, 2, 2}, bits)), Json::object());
  const RawData data = run.input("b.npy", encode_npy(array_of_values(Element::u8, {1, 4}, bits)));
  EXPECT_TRUE(data.is_binary);
  EXPECT_EQ(numbers_of(data), (std::vector<double>{0, 1, 1, 0}));
  EXPECT_TRUE(run.input("b.csv", "1,1,1,1\n").is_binary);
  EXPECT_THAT(run.error("g.idx", encode_idx(array_of_values(Element::u8, {1, 2, 2}, grey))),
              HasSubstr("expected 0 or 1 as in training in column 3, found 2"));
}

// Floating-point pictures are turned into the bytes that they would have been, and drawn from.
TEST(Input, FractionsAreDrawnFromLikeBytes) {
  const std::vector<unsigned char> grey{0, 1, 128, 255};
  const Trained run("idx",
                    "t.idx",
                    encode_idx(array_of_values(Element::u8, {1, 2, 2}, grey)),
                    {{"binarize", "dynamic"}});
  const RawData data = run.input(
      "f.npy",
      encode_npy(array_of_values<double>(Element::f64, {1, 4}, {0, 1 / 255., 128 / 255., 1})));
  EXPECT_EQ(data.splits.at("input").images.element, Element::u8);
  EXPECT_EQ(numbers_of(data), (std::vector<double>{0, 1, 128, 255}));
}

TEST(Input, SequencesAreCutAsInTraining) {
  const std::string text = "id,a,b\n7,1,10\n7,2,20\n7,3,30\n5,4,40\n5,5,50\n";
  for (const char* column : {"id", "0"}) {
    const Trained run("sequences", "t.csv", text, {{"sequence_column", column}});
    const RawData same = run.input("s.csv", text);
    EXPECT_THAT(same.event_shape, ElementsAre(3, 2));
    const std::vector<double> x = numbers_of(same);
    ASSERT_EQ(x.size(), 12u);
    for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(x[i], run.train()[i]);
    EXPECT_TRUE(std::isnan(x[10]) && std::isnan(x[11]));
    const RawData moved = run.input("m.csv", "b,a,id\n10,1,1\n20,2,1\n");
    EXPECT_THAT(moved.event_shape, ElementsAre(3, 2)) << "padded to the longest of training";
    EXPECT_EQ(numbers_of(moved)[2], 2);
    EXPECT_EQ(numbers_of(moved)[3], 20);
    EXPECT_THAT(run.input("l.csv", "b,a,id\n1,1,1\n2,2,1\n3,3,1\n4,4,1\n").event_shape,
                ElementsAre(4, 2));
    EXPECT_THAT(run.error("g.csv", "id,a,b\n1,1,nan\n"), HasSubstr("g.csv:2: expected finite"));
    EXPECT_THAT(run.error("g.csv", "1,2\n3,4\n"), HasSubstr("among them the sequence column"));
  }
  const Trained pieces("sequences", "t.csv", "1\n2\n3\n4\n5\n", {{"sequence_length", 2}});
  EXPECT_THAT(pieces.input("p.csv", "1\n2\n3\n4\n").splits.at("input").images.shape,
              ElementsAre(2, 2, 1));
  EXPECT_THAT(
      pieces
          .input("p.npy",
                 encode_npy(array_of_values<double>(Element::f64, {1, 3, 1}, {1, 2, std::nan("")})))
          .event_shape,
      ElementsAre(3, 1));
}

TEST(Input, ArraysOfSequencesEndInNanAndHaveNoOther) {
  const Trained run("sequences", "t.csv", "1\n2\n3\n4\n5\n", {{"sequence_length", 2}});
  const double gap = std::nan("");
  const auto error = [&](std::vector<double> values) {
    return run.error("p.npy", encode_npy(array_of_values(Element::f64, {1, 3, 1}, values)));
  };
  EXPECT_EQ(error({1, 2, gap}), "");
  EXPECT_EQ(error({1, gap, gap}), "");
  EXPECT_THAT(error({1, gap, 2}), HasSubstr("p.npy: sequence 0, step 2 (from 0)"));
  EXPECT_THAT(error({gap, gap, gap}), HasSubstr("step 0"));
  EXPECT_THAT(error({1, INFINITY, 2}), HasSubstr("step 1"));
}

// Each of the data sets side by side has the row in its own moments.
TEST(Input, ARowIsShownToEveryDataSetSideBySide) {
  TemporaryFolder folder;
  write_bytes(folder / "s.txt", "0\n1\n");
  const Trained run("table",
                    "t.csv",
                    "x,y\n0,0\n2,20\n4,60\n",
                    {{"response", "y"},
                     {"test_rows", folder / "s.txt"},
                     {"test_split", "all"},
                     {"standardize", true}});
  // Without row 0: x 2, 4 (mean 3, deviation 1), y 20, 60 (40, 20); without row 1: x 0, 4 (2, 2), y
  // 0, 60 (30, 30).
  EXPECT_EQ(run.read("n.csv", "y,x\n60,4\n"), (std::vector<double>{1, 1, 1, 1}));
}

TEST(Input, AFileOfTheRunGetsTheDrawsOfItsSplit) {
  const std::vector<unsigned char> grey{0, 1, 128, 255}, other{3, 1, 128, 255};
  const std::string file = encode_idx(array_of_values(Element::u8, {1, 2, 2}, grey));
  const Trained run("idx", "t.idx", file, {{"binarize", "static"}});
  EXPECT_EQ(run.input("copy.idx", file).splits.at("input").draws_as, "train");
  EXPECT_EQ(run.input("copy.idx.gz", gzip(file)).splits.at("input").draws_as, "train");
  EXPECT_EQ(run.input("new.idx", encode_idx(array_of_values(Element::u8, {1, 2, 2}, other)))
                .splits.at("input")
                .draws_as,
            "");
}

TEST(Input, WithoutDataThereIsNoFileToRead) {
  TemporaryFolder folder;
  write_bytes(folder / "a.csv", "1\n");
  EXPECT_THAT(data_error_of([&] {
                load_input(
                    resolved("none"), Reading{}, folder / "a.csv", /*may_lack_response=*/false);
              }),
              HasSubstr("trained without data"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
