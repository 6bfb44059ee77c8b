// Values of scripts/make_golden_latent_dirichlet.py, and the trajectory on the Associated Press
// corpus, whose folder ELBOW_DATA names.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "elbow/data/sources/corpus.h"
#include "models/conjugate/latent_dirichlet_support.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

Json golden() {
  std::ifstream file(std::string(ELBOW_SOURCE_DIR) + "/tests/golden/latent_dirichlet.json");
  return Json::parse(file);
}

Tensor matrix_of(const Json& rows) {
  std::vector<Tensor> out;
  for (const auto& row : rows)
    out.push_back(at::tensor(row.get<std::vector<double>>(), at::kDouble));
  return at::stack(out);
}

Tensor numbers_of(const Json& row) {
  return at::tensor(row.get<std::vector<double>>(), at::kDouble);
}

std::shared_ptr<LatentDirichlet> model_of(const Json& config) {
  Json keys = config;
  keys.erase("num_topics");
  keys["tolerance"] = 0.0;
  return testing::lda(3, 12, keys);
}

Globals start_of(const LatentDirichlet& model, const Json& all) {
  std::vector<Tensor> natural{matrix_of(all.at("lambda")) - 1.0};
  for (std::size_t i = 1; i < model.factors().size(); ++i)
    natural.push_back(model.factors()[i].prior);
  return Globals(model.factors(), natural);
}

void expect_factors(const LatentDirichlet& model, const Globals& globals, const Json& wanted) {
  for (std::size_t i = 0; i < globals.size(); ++i) {
    const std::string& name = model.factors()[i].name;
    const Tensor reference = name == "topics" ? matrix_of(wanted.at("lambda")) - 1.0
                             : name == "alpha"
                                 ? numbers_of(wanted.at("alpha"))
                                 : at::full({1}, wanted.at("eta").get<double>(), at::kDouble);
    EXPECT_TRUE(at::allclose(globals.natural(i), reference, 1e-8, 1e-8)) << name;
  }
}

class LatentDirichletGolden : public ::testing::TestWithParam<std::string> {};

TEST_P(LatentDirichletGolden, EveryIterationIsTheOracles) {
  const Json all = golden(), one = all.at("cases").at(GetParam());
  const auto model = model_of(one.at("config"));
  const Tensor x = matrix_of(all.at("x")).to_sparse_csr();
  Globals globals = start_of(*model, all);
  Tensor local;
  for (const auto& iteration : one.at("iterations")) {
    const LocalStep step =
        model->local_step(x, globals, one.at("is_warm").get<bool>() ? local : Tensor());
    local = step.local;
    const double bound = iteration.at("bound").get<double>();
    EXPECT_NEAR(bound_of(*model, step.statistics, globals), bound, 1e-8 * std::abs(bound));
    EXPECT_NEAR(step.statistics.entropy, iteration.at("entropy").get<double>(), 1e-8);
    EXPECT_TRUE(at::allclose(step.bound, numbers_of(iteration.at("documents")), 1e-8, 1e-8));
    for (std::size_t i = 0; i < globals.size(); ++i)
      globals.set(i, model->optimum(i, step.statistics, globals));
    expect_factors(*model, globals, iteration);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases,
                         LatentDirichletGolden,
                         ::testing::Values("fixed", "warm", "symmetric", "asymmetric"));

TEST(LatentDirichletScikitLearn, OneStepGivesTheSameTopics) {
  const Json all = golden(), wanted = all.at("scikit_learn");
  const auto model = model_of(wanted.at("config"));
  const Tensor x = matrix_of(all.at("x")).to_sparse_csr();
  Globals globals = start_of(*model, all);
  const LocalStep step = model->local_step(x, globals, at::ones({x.size(0), 3}, at::kDouble));
  EXPECT_TRUE(at::allclose(step.local, matrix_of(wanted.at("gamma")), 1e-6, 1e-6));
  const Tensor topics = model->optimum(0, step.statistics, globals) + 1.0;
  EXPECT_TRUE(at::allclose(topics, matrix_of(wanted.at("lambda")), 1e-6, 1e-6));
}

/// As a data set would give it.
Tensor batch_of(const data::Corpus& corpus) {
  std::vector<std::int64_t> begins{0}, words;
  std::vector<double> counts;
  for (std::int64_t d = 0; d < corpus.num_documents(); ++d) {
    for (const auto& pair : corpus.document(d)) {
      words.push_back(pair.word);
      counts.push_back(pair.count);
    }
    begins.push_back(static_cast<std::int64_t>(words.size()));
  }
  return at::sparse_csr_tensor(at::tensor(begins),
                               at::tensor(words),
                               at::tensor(counts, at::kDouble),
                               {corpus.num_documents(), corpus.vocabulary_size()},
                               at::TensorOptions().dtype(at::kDouble).layout(at::kSparseCsr));
}

TEST(LatentDirichletAp, FollowsTheComputedTrajectory) {
  const char* folder = std::getenv("ELBOW_DATA");
  const std::string path = std::string(folder != nullptr ? folder : ".") + "/ap/ap.ldac.gz";
  if (!std::filesystem::exists(path))
    GTEST_SKIP() << "ap is not on this machine; ELBOW_DATA names a folder with it";
  std::vector<std::string> warnings;
  const Tensor x = batch_of(*data::read_ldac(path, 10473, warnings));
  const auto model =
      testing::lda(10, 10473, {{"start", "golden_ratio"}, {"sweeps", 50}, {"tolerance", 0.0}});
  Globals globals = testing::start_of(*model, x);
  const std::map<int, double> wanted = {{1, -4627324.499541},
                                        {2, -3986279.091842},
                                        {5, -3717528.601516},
                                        {10, -3632071.339800},
                                        {20, -3602335.752041}};
  for (int pass = 1; pass <= 20; ++pass) {
    Tensor cold;
    const double bound = testing::ascend(*model, x, globals, cold);
    // Six decimals are known; the sums round in the ninth digit behind.
    if (wanted.count(pass) != 0) {
      EXPECT_NEAR(bound, wanted.at(pass), 2e-6) << "pass " << pass;
    }
  }
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
