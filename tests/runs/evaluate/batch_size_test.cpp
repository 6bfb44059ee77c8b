// `eval --batch-size` is about memory: every model's numbers are the same for any.
#include <gtest/gtest.h>

#include "elbow/foundations/core/user_code.h"
#include "elbow/models/conjugate/conjugate_model_factory.h"
#include "elbow/models/generative/model_factory.h"
#include "elbow/runs/evaluate/evaluation.h"
#include "support/script_files.h"
#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::TemporaryFolder;
using testing::TinyRun;

constexpr char kAny[] = R"(
name: any
seed: 3
dtype: float64
device: cpu
threads: 1
trainer: {epochs: 2}
)";

/// The sections of a small run of each model row.
const std::map<std::string, std::string>& sections_of_rows() {
  static const std::string regression =
      "data: {type: synthetic_regression, features: 2, train_size: 40, test_size: 23}\n";
  // A table of two columns and a class.
  static const TemporaryFolder folder;
  std::string table = "a,b,y\n";
  for (int i = 0; i < 63; ++i)
    table += std::to_string(i * 7 % 11) + "," + std::to_string(i * 5 % 13) + "," +
             std::to_string(i * 3 % 5 % 2) + "\n";
  io::write_file(folder.path() + "/classes.csv", table);
  test::write_script(folder.path() + "/density.pt", {test::kScriptOfANormal});
  allow_user_code();
  static const std::string classes =
      "data: {type: table, path: " + folder.path() +
      "/classes.csv, response: y, standardize: true, standardize_response: false, test_size: 23}\n";
  static const std::map<std::string, std::string> out{
      {"latent",
       "data: {type: synthetic_images, height: 4, width: 4, count: 40, validation_size: 0, "
       "test_size: 23, binarize: dynamic}\n"
       "model: {latent_size: 2, likelihood: {type: bernoulli, network: {type: mlp, "
       "hidden_sizes: [8], dropout: 0.3}}}\n"
       "guide: {posterior: {type: diag_normal, network: {type: mlp, hidden_sizes: [8]}}}\n"},
      {"latents",
       "data: {type: synthetic_linear_gaussian, data_size: 4, latent_size: 2, train_size: 40, "
       "validation_size: 0, test_size: 23}\n"
       "model: {latents: {y: {size: 1, type: categorical, num_classes: 3}, z: {size: 2, given: "
       "[y], type: diag_normal}}, likelihood: {type: normal}}\n"
       "guide: {latents: {y: {given: [x]}, z: {given: [x, y]}}}\n"
       "estimator: {type: enumerate}\n"},
      {"target",
       "data: {type: none, train_size: 16, validation_size: 0, test_size: 23}\n"
       "model: {type: target, target: {type: gaussian}}\n"},
      {"program",
       "data: {type: program, train_size: 16, validation_size: 0, test_size: 23}\n"
       "model: {type: program, path: " ELBOW_SOURCE_DIR "/tests/programs/two_normals.stan}\n"},
      {"torchscript",
       "data: {type: none, train_size: 16, validation_size: 0, test_size: 23}\n"
       "model: {type: torchscript, path: " +
           folder.path() + "/density.pt}\n"},
      {"density",
       "data: {type: synthetic_two_moons, train_size: 40, validation_size: 0, test_size: 23}\n"
       "model: {type: density, density: {type: flow, flows: [{type: maf}]}}\n"},
      {"network_regression", regression + "model: {type: network_regression, hidden_sizes: [5]}\n"},
      {"network_classification",
       classes + "model: {type: network_classification, hidden_sizes: [5]}\n"},
      {"dropout_regression",
       regression + "model: {type: dropout_regression, hidden_sizes: [5], rate: 0.3}\n"},
      {"mixture",
       "data: {type: synthetic_mixture, size: 2, train_size: 40, validation_size: 0, test_size: "
       "23}\n"
       "model: {type: mixture, num_components: 2}\ninference: {type: conjugate}\n"},
      {"hidden_markov",
       "data: {type: synthetic_hmm, states: 2, features: 2, train_size: 20, validation_size: 0, "
       "test_size: 23}\n"
       "model: {type: hidden_markov, num_states: 2}\ninference: {type: conjugate}\n"},
      {"lda",
       "data: {type: synthetic_topics, topics: 3, vocabulary_size: 30, train_size: 40, "
       "validation_size: 0, test_size: 23}\n"
       "model: {type: lda, num_topics: 3}\ninference: {type: conjugate}\n"},
      {"linear_regression",
       regression + "model: {type: linear_regression}\ninference: {type: conjugate}\n"},
      {"hierarchical_regression",
       "data: {type: synthetic_regression, features: 1, groups: 4, train_size: 40, test_size: 23}\n"
       "model: {type: hierarchical_regression, group_column: 0, num_groups: 4}\n"
       "inference: {type: conjugate}\n"},
      {"factor_analysis",
       "data: {type: synthetic_linear_gaussian, data_size: 4, latent_size: 2, train_size: 40, "
       "validation_size: 0, test_size: 23}\n"
       "model: {type: factor_analysis, num_factors: 2}\ninference: {type: conjugate}\n"}};
  return out;
}

std::vector<std::string> model_rows() {
  std::vector<std::string> out = model_factory().names();
  for (const auto& name : conjugate_model_factory().names()) out.push_back(name);
  return out;
}

class BatchSizes : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All, BatchSizes, ::testing::ValuesIn(model_rows()), [](const auto& test) {
  return test.param;
});

/// Every number of a summary, under its path.
std::map<std::string, double> numbers_of(const Json& summary) {
  std::map<std::string, double> out;
  const Json flat = summary.flatten();
  for (const auto& [path, value] : flat.items())
    if (value.is_number() && path != "/seconds") out[path] = value.get<double>();
  return out;
}

TEST_P(BatchSizes, DoNotChangeWhatAnEvaluationSays) {
  const std::string text = kAny + sections_of_rows().at(GetParam());
  const TemporaryFolder folder;
  {
    TinyRun tiny(folder.path(), {}, text);
    io::write_file(folder.path() + "/config.yaml",
                   dump_config(load_config_text(text, "any.yaml", {}, full_schema())));
    tiny.trainer().fit();
  }
  TrainedRun run = load_run(folder.path(), {});
  EvaluationOptions options;
  options.importance.particles = 30;
  options.importance.batch_size = 1000;
  const auto whole = evaluate_run(run, options);
  const auto expected = numbers_of(whole.summary);
  ASSERT_GE(expected.size(), 3u);
  for (const std::int64_t batch_size : {1, 7, 16}) {
    options.importance.batch_size = batch_size;
    const auto parts = evaluate_run(run, options);
    const auto found = numbers_of(parts.summary);
    ASSERT_EQ(found.size(), expected.size());
    for (const auto& [path, value] : expected)
      EXPECT_NEAR(found.at(path), value, 1e-9 * std::max(1.0, std::abs(value)))
          << path << " at " << batch_size;
    for (std::size_t i = 0; i < whole.examples.size(); ++i)
      EXPECT_NEAR(parts.examples[i].elbo, whole.examples[i].elbo, 1e-9) << batch_size;
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
