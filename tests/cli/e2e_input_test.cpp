// The verbs that take a file read it as the training file was read.
#include "cli/e2e_support.h"
#include "elbow/data/sources/formats.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

class InputFiles : public test::EndToEnd {
 protected:
  void fit(const std::string& name, const std::string& text) {
    folder_.write(name + ".yaml", "name: " + name + "\ndevice: cpu\nthreads: 1\n" + text);
    const auto result = run({"train", name + ".yaml", "-o", name, "-q"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  std::string output(std::vector<std::string> words, const std::string& file) {
    words.insert(words.end(), {"-o", file, "-q"});
    const auto result = run(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return test::read_text(folder_ / file);
  }
};

// y = 2 a - b exactly. By position the response would have been read as an input.
TEST_F(InputFiles, AResponseIsPredictedWhereverItsColumnsStand) {
  std::string first = "y,a,b\n", swapped = "b,a\n";
  for (int i = 0; i < 20; ++i) {
    const int a = (7 * i) % 13, b = (5 * i * i) % 11;
    first += std::to_string(2 * a - b) + "," + std::to_string(a) + "," + std::to_string(b) + "\n";
    swapped += std::to_string(b) + "," + std::to_string(a) + "\n";
  }
  folder_.write("first.csv", first);
  folder_.write("swapped.csv", swapped);
  fit("lm",
      "dtype: float64\n"
      "data: {type: table, path: first.csv, response: y, standardize: true}\n"
      "model: {type: linear_regression}\ninference: {type: conjugate}\ntrainer: {epochs: 100}\n");
  const data::Table truth = data::read_csv(folder_ / "first.csv");
  for (const char* file : {"first.csv", "swapped.csv"}) {
    output({"predict", "lm", "--input", file}, "p.csv");
    const data::Table p = data::read_csv(folder_ / "p.csv");
    ASSERT_EQ(p.rows, 20) << file;
    for (std::int64_t row = 0; row < p.rows; ++row)
      EXPECT_NEAR(p.values[static_cast<std::size_t>(row * p.cols)],
                  truth.values[static_cast<std::size_t>(row * 3)],
                  0.1)
          << file;
  }
  // Both verbs speak of one density, in the units of the file.
  const auto predicted = run({"predict", "lm", "--input", "first.csv", "-o", "p.csv", "--json"}),
             evaluated = run({"eval", "lm", "--split", "train", "--json"});
  EXPECT_NEAR(Json::parse(predicted.out).at("mean_log_density").get<double>(),
              -Json::parse(evaluated.out).at("nll").at("value").get<double>(),
              1e-9);
}

// Draws of a standardised run were standardised rows without a header.
TEST_F(InputFiles, DrawsAreRowsOfTheFile) {
  std::string rows = "height,weight\n";
  for (int i = 0; i < 12; ++i)
    rows += std::to_string(1800 + i % 4) + "," + std::to_string(-70 - i % 3) + "\n";
  folder_.write("people.csv", rows);
  fit("people",
      "dtype: float64\n"
      "data: {type: table, path: people.csv, standardize: true}\n"
      "model: {type: mixture, num_components: 1}\ninference: {type: conjugate}\n"
      "trainer: {epochs: 3}\n");
  output({"sample", "people", "-n", "20"}, "drawn.csv");
  const data::Table drawn = data::read_csv(folder_ / "drawn.csv");
  EXPECT_EQ(drawn.columns, (std::vector<std::string>{"height", "weight"}));
  ASSERT_EQ(drawn.rows, 20);
  // The columns have standard deviations of about 1: no draw is 25 of them away.
  for (std::int64_t i = 0; i < 40; ++i)
    EXPECT_NEAR(drawn.values[static_cast<std::size_t>(i)], i % 2 == 0 ? 1801.5 : -71.0, 25.0);
}

// `encode` of a bad symbol ended as an internal error, or with a number.
TEST_F(InputFiles, BadSymbolsAreRefusedWithFileAndLine) {
  folder_.write("s.csv", "2\n0\n0\n1\n3\n0\n");
  fit("symbols",
      "dtype: float64\ndata: {type: table, path: s.csv}\n"
      "model: {type: mixture, num_components: 2, component: {type: categorical, num_symbols: 4}, "
      "start: random_responsibilities}\ninference: {type: conjugate}\ntrainer: {epochs: 3}\n");
  for (const auto& [bytes, found] : std::vector<std::pair<const char*, const char*>>{
           {"0\n9\n2\n", "found 9"}, {"0\n1.5\n2\n", "found 1.5"}}) {
    folder_.write("bad.csv", bytes);
    expect_refused({"encode", "symbols", "--input", "bad.csv", "-o", "z.csv"},
                   {"bad.csv:2", "a symbol (0 to 3)", found});
  }
}

// A picture whose bytes are 0 and 1 is dark, not black and white.
TEST_F(InputFiles, ADarkPictureOfBytesIsWhatItsFractionsSay) {
  data::Array bytes, fractions;
  bytes.shape = fractions.shape = {1, 8, 8};
  fractions.element = data::Element::f32;
  fractions.bytes.resize(64 * sizeof(float));
  for (int i = 0; i < 64; ++i) {
    bytes.bytes.push_back(i % 2);
    fractions.as<float>()[i] = static_cast<float>(i % 2) / 255.0f;
  }
  folder_.write("dark.idx", data::encode_idx(bytes));
  folder_.write("dark.npy", data::encode_npy(fractions));
  train("run", {"data.binarize=none", "++model.likelihood.type=continuous_bernoulli"});
  EXPECT_EQ(output({"encode", "run", "--input", "dark.idx"}, "a.csv"),
            output({"encode", "run", "--input", "dark.npy"}, "b.csv"));
  EXPECT_EQ(output({"reconstruct", "run", "--input", "dark.idx"}, "a.png"),
            output({"reconstruct", "run", "--input", "dark.npy"}, "b.png"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
