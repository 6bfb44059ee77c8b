// `--input` of a training file gives what `--split train` gives, for every model and format.
#include <ATen/ops/equal.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "elbow/models/conjugate/conjugate_model_factory.h"
#include "elbow/models/generative/model_factory.h"
#include "runs/evaluate/user_input_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::AllOf;
using testing::answers_of;
using testing::array_of;
using testing::data_error_of;
using testing::Fitted;
using ::testing::HasSubstr;
using testing::log_unit_of_response;
using testing::Rows;
using testing::run_of;
using testing::TemporaryFolder;
using testing::text_of;

/// The same numbers in every format of tables that can hold them: file name and bytes.
std::vector<std::pair<std::string, std::string>> table_formats(const Rows& rows) {
  using data::Element;
  const auto u8 = array_of<std::uint8_t>(rows, Element::u8);
  const auto f64 = array_of<double>(rows, Element::f64);
  std::vector<std::pair<std::string, std::string>> out{
      {"header.csv", text_of(rows, ",", true)},
      {"plain.csv", text_of(rows, ",", false)},
      {"zipped.csv.gz", data::gzip(text_of(rows, ";", true))},
      {"header.tsv", text_of(rows, "\t", true)},
      {"blanks.txt", text_of(rows, " ", false)},
      {"f32.npy", data::encode_npy(array_of<float>(rows, Element::f32))},
      {"f64.npy", data::encode_npy(f64)},
      {"f64.idx", data::encode_idx(f64)}};
  if (rows.divisor > 1) return out;
  out.emplace_back("u8.npy", data::encode_npy(u8));
  out.emplace_back("i64.npy", data::encode_npy(array_of<std::int64_t>(rows, Element::i64)));
  out.emplace_back("u8.idx", data::encode_idx(u8));
  out.emplace_back("i32.idx", data::encode_idx(array_of<std::int32_t>(rows, Element::i32)));
  return out;
}

/// Columns y, a, b; `b` takes values from 0 to 2 so that it can name a group or a symbol.
Rows mixed_rows() {
  Rows out{{"y", "a", "b"}, {}};
  for (int i = 0; i < 12; ++i)
    out.values.insert(out.values.end(), {(7 * i) % 11, (5 * i * i) % 13, i % 3});
  return out;
}

Rows bit_rows() {
  Rows out = mixed_rows();
  for (int& value : out.values) value %= 2;
  return out;
}

/// Sevenths, of which float has fewer digits than text and double.
Rows fraction_rows() {
  Rows out = mixed_rows();
  out.divisor = 7;
  return out;
}

enum class Values { whole, bits, real };

struct ModelRow {
  std::string name;   ///< of the factory row
  std::string model;  ///< the rest of the configuration
  std::string keys;   ///< of the data section
  Values values = Values::whole;
};
const std::string kMlp = "network: {type: mlp, hidden_sizes: [4]}";

/// A configuration on a table for every model that takes one.
std::vector<ModelRow> table_models() {
  const std::string trainer = ", trainer: {epochs: 1, batch_size: 12}";
  const std::string conjugate = ", inference: {type: conjugate}, trainer: {epochs: 1}";
  const std::string response = ", response: y, standardize: true";
  const std::string posterior = "guide: {posterior: {type: diag_normal, " + kMlp + "}}";
  const auto latent = [&](const std::string& likelihood) {
    return "model: {latent_size: 2, likelihood: {type: " + likelihood + ", " + kMlp + "}}, " +
           posterior + trainer;
  };
  const auto mixture = [&](const std::string& component) {
    return "model: {type: mixture, num_components: 2, component: {" + component +
           "}, start: random_responsibilities}" + conjugate;
  };
  return {
      {"latent", latent("normal"), ", standardize: true", Values::real},
      {"latent", latent("bernoulli"), "", Values::bits},
      {"latent", latent("continuous_bernoulli"), "", Values::bits},
      {"latents",
       "model: {latents: {y: {size: 1, type: categorical, num_classes: 2}, z: {size: 2}}, "
       "likelihood: {type: normal, " +
           kMlp + "}}, guide: {latents: {y: {" + kMlp + "}, z: {given: [x, y], " + kMlp +
           "}}}, estimator: {type: enumerate}" + trainer,
       ", standardize: true",
       Values::real},
      {"density",
       "model: {type: density, density: {type: diag_normal}}" + trainer,
       "",
       Values::real},
      {"network_regression",
       "model: {type: network_regression, hidden_sizes: [3]}, guide: {posterior: {type: "
       "diag_normal}}" +
           trainer,
       response,
       Values::real},
      {"network_classification",
       "model: {type: network_classification}, guide: {posterior: {type: diag_normal}}" + trainer,
       ", response: y",
       Values::bits},
      {"dropout_regression",
       "model: {type: dropout_regression, hidden_sizes: [3]}" + trainer,
       response,
       Values::real},
      {"mixture",
       mixture("type: normal_full"),
       ", columns: [2, 0], standardize: true",
       Values::real},
      {"mixture", mixture("type: normal_unit"), "", Values::real},
      {"mixture", mixture("type: normal_diagonal"), ""},
      {"mixture", mixture("type: poisson"), ""},
      {"mixture", mixture("type: multinomial"), ", columns: [1, 0]"},
      {"mixture", mixture("type: categorical, num_symbols: 3"), ", columns: [2]"},
      {"mixture", mixture("type: bernoulli"), "", Values::bits},
      {"linear_regression", "model: {type: linear_regression}" + conjugate, response, Values::real},
      {"hierarchical_regression",
       "model: {type: hierarchical_regression, group_column: 1, num_groups: 3}" + conjugate,
       ", response: y"},
      {"factor_analysis",
       "model: {type: factor_analysis, num_factors: 1}" + conjugate,
       ", standardize: true",
       Values::real},
      {"hidden_markov",
       "model: {type: hidden_markov, num_states: 2}" + conjugate,
       ", sequence_length: 5",
       Values::real},
      {"hidden_markov",
       "model: {type: hidden_markov, num_states: 2, component: {type: categorical, "
       "num_symbols: 3}}" +
           conjugate,
       ", sequence_length: 5, columns: [2]"}};
}

std::vector<Rows> rows_for(Values values) {
  if (values == Values::bits) return {bit_rows()};
  if (values == Values::whole) return {mixed_rows()};
  return {mixed_rows(), fraction_rows()};
}

/// What a reader sees of an evaluation, less how long it took and what it was asked for.
std::string results_of(Json summary) {
  for (const char* key : {"seconds", "split", "input"}) summary.erase(key);
  return summary.dump();
}

/// Gaps past the end of a sequence are equal, too.
bool are_equal(const Tensor& a, const Tensor& b) {
  if (a.layout() != at::kStrided) return at::equal(a.to_dense(), b.to_dense());
  return at::equal(a.nan_to_num(-77), b.nan_to_num(-77));
}

constexpr std::int64_t kParticles = 3;

// `encode` and `reconstruct` answer for the split what they answer for the file, and `predict`
// gives a response the density that `eval` gives it.
void expect_same_answers(const TrainedRun& run,
                         const Tensor& x,
                         const Tensor& y,
                         const Json& summary,
                         const std::string& what) {
  const auto of_split = answers_of(run, x, kParticles), of_input = answers_of(run, y, kParticles);
  ASSERT_EQ(of_split.size(), of_input.size()) << what;
  for (std::size_t i = 0; i < of_split.size(); ++i) {
    EXPECT_TRUE(are_equal(of_split[i].second, of_input[i].second)) << what << of_split[i].first;
    if (of_input[i].first != "log_density") continue;
    const double density =
        of_input[i].second.mean().item<double>() - log_unit_of_response(run.facts);
    EXPECT_NEAR(density, -summary.at("nll").at("value").get<double>(), 1e-9) << what;
  }
}

void expect_same(Fitted& trained, const std::string& file, const std::string& what) {
  EvaluationOptions split, input;
  split.split = "train";
  input.input = file;
  split.importance.particles = input.importance.particles = kParticles;
  const auto rows = row_range(0, trained.run.load_data()->size("train"));
  const Evaluation by_split = evaluate_run(trained.run, split),
                   by_input = evaluate_run(trained.run, input);
  EXPECT_EQ(results_of(by_split.summary), results_of(by_input.summary)) << what;
  EXPECT_EQ(per_example_csv(by_split), per_example_csv(by_input)) << what;
  const Tensor x = trained.run.load_data()->batch("train", rows, /*epoch=*/0).x;
  // `predict` reads a file whose response may be absent, the other verbs one that is whole.
  for (const bool may_lack_response : {false, true}) {
    const auto read = trained.run.load_input(file, may_lack_response);
    ASSERT_EQ(read->size("input"), static_cast<std::int64_t>(rows.size())) << what;
    const Tensor y = read->batch("input", rows, /*epoch=*/0).x;
    EXPECT_TRUE(are_equal(x, y)) << what;
    expect_same_answers(trained.run, x, y, by_split.summary, what);
  }
}

void test_table(const ModelRow& row, const Rows& rows, const TemporaryFolder& folder) {
  for (const auto& [name, bytes] : table_formats(rows)) {
    const bool has_names = name.find("header") == 0 || name.find("zipped") == 0;
    std::string keys = row.keys;
    if (const auto at = keys.find("response: y"); at != std::string::npos && !has_names)
      keys.replace(at, 11, "response: '0'");
    const bool is_sequence = row.name == "hidden_markov";
    const std::string file = folder.path() + "/" + name;
    io::write_file(file, bytes);
    Fitted trained = run_of(std::string("data: {type: ") + (is_sequence ? "sequences" : "table") +
                            ", path: " + file + keys + "}, " + row.model);
    expect_same(trained, file, row.model + " on " + name);
  }
}

TEST(UserInput, ATrainingTableIsWhatItWasInTraining) {
  const TemporaryFolder folder;
  for (const ModelRow& row : table_models())
    for (const Rows& rows : rows_for(row.values)) test_table(row, rows, folder);
}

TEST(UserInput, ATrainingFileOfPicturesIsWhatItWasInTraining) {
  const TemporaryFolder folder;
  Rows pixels{std::vector<std::string>(6, "p"), {}};
  for (int i = 0; i < 48; ++i) pixels.values.push_back(i * i * 37 % 256);
  Rows dark = pixels;
  for (int& value : dark.values) value %= 2;
  const auto with_axes = [](data::Array array) {
    array.shape = {8, 2, 3};
    return array;
  };
  const auto test = [&](const std::string& name,
                        const data::Array& array,
                        const std::string& binarize,
                        const std::string& likelihood) {
    const std::string file = folder.path() + "/" + name;
    io::write_file(file, data::encode_idx(with_axes(array)));
    Fitted trained =
        run_of("data: {type: idx, train: " + file + ", binarize: " + binarize +
               "}, model: {latent_size: 2, likelihood: {type: " + likelihood + ", " + kMlp +
               "}}, guide: {posterior: {type: diag_normal, " + kMlp + "}}, trainer: {epochs: 1}");
    expect_same(trained, file, name + " " + binarize);
  };
  const data::Array grey = array_of<std::uint8_t>(pixels, data::Element::u8);
  for (const char* binarize : {"threshold", "static", "dynamic"})
    test("grey.idx", grey, binarize, "bernoulli");
  test("grey.idx", grey, "none", "continuous_bernoulli");
  test("bits.idx", array_of<std::uint8_t>(dark, data::Element::u8), "static", "bernoulli");
  test("whole.idx", array_of<std::int32_t>(pixels, data::Element::i32), "none", "normal");
  test("real.idx", array_of<double>(pixels, data::Element::f64), "none", "normal");
}

TEST(UserInput, ATrainingCorpusIsWhatItWasInTraining) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/c.ldac";
  io::write_file(file, "2 0:1 3:2\n0\n3 1:4 2:1 4:1\n1 3:7\n");
  Fitted trained =
      run_of("data: {type: bag_of_words, path: " + file +
             ", vocabulary_size: 6}, model: {type: lda, num_topics: 2}, inference: {type: "
             "conjugate}, trainer: {epochs: 1}");
  expect_same(trained, file, "lda");
  EXPECT_THAT(data_error_of([&] {
                io::write_file(folder.path() + "/bad.ldac", "1 6:1\n");
                trained.run.load_input(folder.path() + "/bad.ldac");
              }),
              AllOf(HasSubstr("bad.ldac:1"), HasSubstr("a word id from 0 to 5"), HasSubstr("6")));
}

// A target was trained without data: there is no file that could be its training file.
TEST(UserInput, ATargetHasNoTrainingFile) {
  const TemporaryFolder folder;
  io::write_file(folder.path() + "/a.csv", "1\n");
  const Fitted trained = run_of(
      "data: {type: none}, model: {type: target, target: {type: gaussian}}, trainer: {epochs: 1}");
  EXPECT_THAT(data_error_of([&] { trained.run.load_input(folder.path() + "/a.csv"); }),
              HasSubstr("trained without data"));
}

// The tests above generate their cases from these configurations: a new model needs one.
TEST(UserInput, EveryModelOfTheFactoriesHasAConfigurationHere) {
  std::set<std::string> configured{
      "lda", "target", "program", "torchscript"};  // a corpus, and no rows
  for (const ModelRow& row : table_models()) configured.insert(row.name);
  std::vector<std::string> names = model_factory().names();
  for (const auto& name : conjugate_model_factory().names()) names.push_back(name);
  for (const auto& name : names) EXPECT_EQ(configured.count(name), 1u) << name;
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
