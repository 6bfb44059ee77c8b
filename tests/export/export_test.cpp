#include "elbow/export/export_run.h"

#include <ATen/ops/rand.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/serialization/import.h>

#include <filesystem>

#include "elbow/conditional/family.h"
#include "elbow/core/error.h"
#include "elbow/io/json_file.h"
#include "elbow/io/safetensors.h"
#include "support/tiny_experiment.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using testing::TemporaryFolder;
using testing::TinyRun;

/// A finished run on disk, as `elbow train` leaves it.
void train_run(const std::string& folder, const std::vector<std::string>& overrides) {
  const ResolvedConfig config =
      load_config_text(testing::kTinyConfig, "tiny.yaml", overrides, full_schema());
  TinyRun tiny(folder, overrides);
  io::write_file(folder + "/config.yaml", dump_config(config));
  tiny.trainer().fit();
}

class ExportTest : public ::testing::TestWithParam<std::vector<std::string>> {};

// Traced code that froze a batch size or an order of draws would fail here: the comparison runs at
// batch 1, 2, 7 and 257.
TEST_P(ExportTest, ReloadedFilesEqualTheModelAtEveryBatchSize) {
  TemporaryFolder folder;
  std::vector<std::string> overrides = GetParam();
  overrides.push_back("trainer.epochs=1");
  train_run(folder.path(), overrides);
  TrainedRun run = load_run(folder.path(), {});
  const ExportResult result = export_run(run, folder.path() + "/export");
  EXPECT_LT(result.largest_difference, 1e-6);
  ASSERT_EQ(result.files.size(), 4u);
  const Json model = io::read_json(folder.path() + "/export/model.json");
  EXPECT_EQ(model.at("preprocessing").at("event_shape"), Json({1, 6, 6}));
  const auto tensors = io::decode_safetensors(
      io::read_file(folder.path() + "/export/model.safetensors"), "model.safetensors");
  EXPECT_EQ(tensors.tensors.size(), model.at("tensors").size());
}

INSTANTIATE_TEST_SUITE_P(
    Architectures,
    ExportTest,
    ::testing::Values(
        std::vector<std::string>{},
        std::vector<std::string>{"guide.posterior.network={type: conv, channels: [4, 8]}",
                                 "model.likelihood.network={type: conv, channels: [4, 8]}"},
        std::vector<std::string>{
            "guide.posterior.network={type: gated_mlp, hidden_sizes: [8, 8]}",
            "model.likelihood.network={type: mlp, hidden_sizes: [8], normalization: layer}"},
        std::vector<std::string>{"guide.posterior.network={type: mlp, hidden_sizes: [8], "
                                 "normalization: batch, dropout: 0.3}"},
        std::vector<std::string>{"data.binarize=none",
                                 "model.likelihood={type: continuous_bernoulli}"},
        std::vector<std::string>{"data.binarize=none",
                                 "model.likelihood={type: normal, scale: per_pixel}"},
        std::vector<std::string>{"data.binarize=none",
                                 "model.likelihood={type: normal, scale: shared}",
                                 "dtype=float64"}));

/// Every family of the factory, with a prior on its support; and flows, whose stack is traced too.
std::vector<std::vector<std::string>> guides() {
  std::vector<std::vector<std::string>> out;
  for (const auto& row : posterior_factory().rows()) {
    const std::string kind = row.info.properties.at("latent_kind");
    const std::string prior = kind == "real"     ? "standard_normal"
                              : kind == "sphere" ? "uniform_sphere"
                                                 : row.info.name;
    const std::string classes = kind == "one_hot" ? ", num_classes: 3" : "";
    out.push_back({"++guide.posterior={type: " + row.info.name + classes + "}",
                   "++model.prior={type: " + prior + classes + "}"});
    if (row.info.properties.at("pathwise") == Json(false))
      out.back().push_back("++estimator={type: score_function}");
  }
  for (const char* layer : {"type: planar, amortized: true",
                            "type: sylvester_orthogonal, num_vectors: 2, amortized: true",
                            "type: iaf, context_size: 2, hidden_sizes: [4]",
                            "type: spline_coupling, context_size: 2, hidden_sizes: [4]"})
    out.push_back({std::string("guide.flows=[{") + layer + "}]"});
  return out;
}
INSTANTIATE_TEST_SUITE_P(Guides, ExportTest, ::testing::ValuesIn(guides()));

// A path of this machine, a user name or an example of the data must not travel with the file.
TEST(Export, HoldsNoPath) {
  TemporaryFolder folder;
  train_run(folder.path(), {"trainer.epochs=1"});
  TrainedRun run = load_run(folder.path(), {});
  export_run(run, folder.path() + "/export");
  for (const char* name : {"encoder.pt", "decoder.pt", "model.json"})
    EXPECT_EQ(io::read_file(folder.path() + "/export/" + name)
                  .find(std::filesystem::temp_directory_path().string() + "/elbow"),
              std::string::npos)
        << name;
}

TEST(Export, AWeightChangedAfterTracingIsSeen) {
  TemporaryFolder folder;
  train_run(folder.path(), {"trainer.epochs=1"});
  TrainedRun run = load_run(folder.path(), {});
  export_run(run, folder.path() + "/export");
  torch::jit::Module encoder = torch::jit::load(folder.path() + "/export/encoder.pt");
  const at::NoGradGuard no_grad;
  run.modules.guide->parameters().front().add_(1.0);
  const Tensor x = at::rand({4, 1, 6, 6});
  const Tensor stored = encoder.forward({x}).toTuple()->elements()[0].toTensor();
  EXPECT_GT((stored - run.modules.guide->posterior(x)->mean()).abs().max().item<double>(), 1e-3);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
