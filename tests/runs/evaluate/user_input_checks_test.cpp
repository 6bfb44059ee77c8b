// Files that come after training: what their numbers mean, and the checks that training makes.
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "runs/evaluate/user_input_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::AllOf;
using testing::array_of;
using testing::data_error_of;
using testing::Fitted;
using ::testing::HasSubstr;
using testing::Rows;
using testing::run_of;
using testing::TemporaryFolder;

// 10, 20, 30: mean 20, variance 200 / 3, so the NLL at the maximum of the likelihood is
// (ln(2 pi 200 / 3) + 1) / 2 = 3.518832. As bytes over 255 it was 5.9953.
TEST(UserInput, BytesOfATableAreNotScaled) {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& name, const data::Array& array) {
    io::write_file(folder.path() + "/" + name, data::encode_npy(array));
    return folder.path() + "/" + name;
  };
  const Rows rows{{"x"}, {10, 20, 30}};
  const std::string bytes = write("u1.npy", array_of<std::uint8_t>(rows, data::Element::u8)),
                    reals = write("f8.npy", array_of<double>(rows, data::Element::f64));
  Fitted trained = run_of("data: {type: table, path: " + bytes +
                              "}, model: {type: mixture, num_components: 1, component: {type: "
                              "normal_full}}, inference: {type: conjugate, point_mass: [all], "
                              "flat_priors: true}, trainer: {epochs: 1}",
                          /*steps=*/3);
  const auto nll = [&](const std::string& split, const std::string& input) {
    EvaluationOptions options;
    options.split = split;
    options.input = input;
    return evaluate_run(trained.run, options).summary.at("nll").at("value").get<double>();
  };
  const double expected = 0.5 * (std::log(2 * M_PI * 200 / 3) + 1);
  EXPECT_NEAR(nll("train", ""), expected, 1e-9);
  EXPECT_NEAR(nll("train", bytes), expected, 1e-9);
  EXPECT_NEAR(nll("train", reals), expected, 1e-9);
}

// Bits drawn once for ever are those of the file, whatever the command's seed.
TEST(UserInput, TheSeedOfACommandDoesNotTouchTheData) {
  const TemporaryFolder folder;
  Rows pixels{std::vector<std::string>(64, "p"), std::vector<int>(64, 128)};
  data::Array array = array_of<std::uint8_t>(pixels, data::Element::u8);
  array.shape = {1, 8, 8};
  const std::string file = folder.path() + "/grey.idx";
  io::write_file(file, data::encode_idx(array));
  Fitted trained = run_of("data: {type: idx, train: " + file +
                          ", binarize: static}, model: {latent_size: 2}, trainer: {epochs: 1}");
  trained.run.seed = 99;
  EXPECT_TRUE(at::equal(trained.run.load_input(file)->batch("input", {0}, 0).x,
                        trained.run.load_data()->batch("train", {0}, 0).x));
}

struct BadFile {
  const char *text, *place, *expected, *found;
};

void expect_refused(const Fitted& trained, const TemporaryFolder& folder, const BadFile& bad) {
  const std::string file = folder.path() + "/bad.csv";
  io::write_file(file, bad.text);
  EXPECT_THAT(data_error_of([&] { trained.run.load_input(file); }),
              AllOf(HasSubstr("bad.csv:" + std::string(bad.place)),
                    HasSubstr("expected " + std::string(bad.expected)),
                    HasSubstr("found " + std::string(bad.found))))
      << bad.text;
}

TEST(UserInput, ValuesThatTheModelCannotScoreAreRefusedAsInTraining) {
  const TemporaryFolder folder;
  const std::string conjugate = "inference: {type: conjugate}, trainer: {epochs: 1}";
  const auto on =
      [&](const std::string& rows, const std::string& rest, const std::string& keys = "") {
        io::write_file(folder.path() + "/t.csv", rows);
        return "data: {type: table, path: " + folder.path() + "/t.csv" + keys + "}, " + rest;
      };
  const auto mixture = [&](const std::string& component) {
    return "model: {type: mixture, num_components: 1, component: {type: " + component + "}}, " +
           conjugate;
  };
  const Fitted symbols = run_of(on("0\n3\n2\n0\n", mixture("categorical, num_symbols: 4")));
  for (const BadFile& bad : {BadFile{"0\n9\n2\n", "2", "a symbol (0 to 3) in column 1", "9"},
                             BadFile{"0\n-1\n2\n", "2", "a symbol (0 to 3)", "-1"},
                             BadFile{"0\n2\n1.5\n", "3", "a symbol (0 to 3)", "1.5"},
                             BadFile{"s\n0\nnan\n", "3", "finite values", "1"}})
    expect_refused(symbols, folder, bad);
  const Fitted counts = run_of(on("a,b\n0,3\n2,1\n", mixture("poisson")));
  for (const BadFile& bad :
       {BadFile{"b,a\n1,1\n1,-2\n", "3", "a count (0, 1, 2, ...) in column 2 (a)", "-2"},
        BadFile{"a,b\n0.5,1\n", "2", "a count", "0.5"},
        BadFile{"a,b\ninf,1\n", "2", "finite values", "1"}})
    expect_refused(counts, folder, bad);
  const Fitted bits = run_of(on("a,b\n0,1\n1,1\n", mixture("bernoulli")));
  expect_refused(bits, folder, {"a,b\n0,1\n0,2\n", "3", "0 or 1 in column 2 (b)", "2"});
  const Fitted groups = run_of(
      on("g,x,y\n0,1,1\n1,2,3\n0,3,3\n1,4,5\n",
         "model: {type: hierarchical_regression, group_column: 0, num_groups: 2}, " + conjugate,
         ", response: y"));
  expect_refused(groups, folder, {"y,x,g\n1,1,1\n1,1,2\n", "3", "a whole number from 0 to 1", "2"});
  const Fitted vae = run_of(on("a,b\n0,1\n0.5,1\n",
                               "model: {latent_size: 1, likelihood: {type: continuous_bernoulli}}, "
                               "trainer: {epochs: 1}"));
  expect_refused(vae, folder, {"a,b\n0,1.5\n", "2", "a number from 0 to 1 in column 2 (b)", "1.5"});
}

TEST(UserInput, TrainingRefusesTheSameInTheSameWords) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/s.csv";
  io::write_file(file, "s\n0\n1\n0\n7\n1\n0\n2\n");
  EXPECT_THAT(data_error_of([&] {
                run_of("data: {type: table, path: " + file +
                       ", test_size: 2, validation_size: 2}, model: {type: mixture, "
                       "num_components: 1, component: {type: categorical, num_symbols: 4}}, "
                       "inference: {type: conjugate}, trainer: {epochs: 1}");
              }),
              HasSubstr("s.csv:5: expected a symbol (0 to 3) in column 1 (s), found 7"))
      << "the line of the file, whichever split the row went to";
}

// A run that does not say how it read its data: the data themselves do, while they are there.
TEST(UserInput, OldRunsAreReadByTheirData) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/t.csv";
  io::write_file(file, "y,a,b\n1,20,300\n2,30,400\n3,50,700\n");
  Fitted trained = run_of("data: {type: table, path: " + file +
                          ", response: y}, model: {type: linear_regression}, inference: {type: "
                          "conjugate}, trainer: {epochs: 1}");
  trained.run.facts.erase("reading");
  const std::string moved = folder.path() + "/moved.csv";
  io::write_file(moved, "b,y,a\n300,1,20\n");
  const auto first_row = [&](const std::string& input) {
    return trained.run.load_input(input)->batch("input", {0}, /*epoch=*/0).x;
  };
  const Tensor expected = at::tensor({20., 300., 1.}, at::kDouble);
  EXPECT_TRUE(at::equal(first_row(moved)[0], expected));
  // Without them, by position and with the response last.
  std::filesystem::remove(file);
  io::write_file(moved, "20,300,1\n");
  EXPECT_TRUE(at::equal(first_row(moved)[0], expected));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
