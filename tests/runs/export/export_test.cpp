#include "elbow/runs/export/export_run.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/rand.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cmath>
#include <filesystem>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/foundations/core/shape.h"
#include "elbow/foundations/io/json_file.h"
#include "elbow/foundations/io/safetensors.h"
#include "elbow/neural/conditional/family.h"
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
                                 "dtype=float64"},
        std::vector<std::string>{"++model.prior={type: vamp, num_pseudo_inputs: 5}"},
        std::vector<std::string>{"++model.prior={type: full_rank_normal}"},
        std::vector<std::string>{
            "++model.prior={type: flow, flows: [{type: affine_coupling, hidden_sizes: [4]}, "
            "{type: maf, hidden_sizes: [4]}]}"}));

/// Every family of the factory, with a prior on its support; and flows, whose stack is traced too.
std::vector<std::vector<std::string>> guides() {
  std::vector<std::vector<std::string>> out;
  for (const auto& row : posterior_factory().rows()) {
    const auto& traits = std::get<PosteriorTraits>(row.info.traits);
    const SupportKind kind = traits.latent_kind;
    const std::string prior = kind == SupportKind::real     ? "standard_normal"
                              : kind == SupportKind::sphere ? "uniform_sphere"
                                                            : row.info.name;
    const std::string classes = kind == SupportKind::one_hot ? ", num_classes: 3" : "";
    out.push_back({"++guide.posterior={type: " + row.info.name + classes + "}",
                   "++model.prior={type: " + prior + classes + "}"});
    if (!traits.pathwise) out.back().push_back("++estimator={type: score_function}");
  }
  for (const char* layer : {"type: planar, amortized: true",
                            "type: sylvester_orthogonal, num_vectors: 2, amortized: true",
                            "type: iaf, context_size: 2, hidden_sizes: [4]",
                            "type: spline_coupling, context_size: 2, hidden_sizes: [4]"})
    out.push_back({std::string("guide.flows=[{") + layer + "}]"});
  return out;
}
INSTANTIATE_TEST_SUITE_P(Guides, ExportTest, ::testing::ValuesIn(guides()));

/// The numbers of a list of blocks, which must follow each other without gaps.
std::int64_t total_of(const Json& blocks) {
  std::int64_t next = 0;
  for (const Json& block : blocks) {
    EXPECT_EQ(block.at("begin"), next) << blocks;
    next += num_elements(block.at("shape").get<Shape>());
  }
  return next;
}

std::vector<std::int64_t> sizes_of(const c10::IValue& value) {
  return value.toTensor().sizes().vec();
}

// A reader splits the network's output and the parameters by what model.json says of them, and
// draws from every family: those whose draws are by rejection had no `sample`.
TEST_P(ExportTest, TellsTheLayoutAndDrawsFromEveryFamily) {
  TemporaryFolder folder;
  std::vector<std::string> overrides = GetParam();
  overrides.push_back("trainer.epochs=1");
  train_run(folder.path(), overrides);
  TrainedRun run = load_run(folder.path(), {});
  export_run(run, folder.path());
  const Json model = io::read_json(folder.path() + "/model.json");
  torch::jit::Module encoder = torch::jit::load(folder.path() + "/encoder.pt"),
                     decoder = torch::jit::load(folder.path() + "/decoder.pt");
  const Tensor x = at::rand({5, 1, 6, 6}, at::TensorOptions(dtype_of(run.node())));
  const auto parameters = encoder.get_method("posterior_parameters")({x});
  const Json& named = model.at("encoder").at("posterior_parameters");
  const auto elements = parameters.isTensor() ? std::vector<c10::IValue>{parameters}
                                              : parameters.toTuple()->elements().vec();
  ASSERT_EQ(elements.size(), named.size());
  for (std::size_t i = 0; i < elements.size(); ++i)
    EXPECT_EQ(sizes_of(elements[i]), with_batch(5, named[i].at("shape").get<Shape>())) << named[i];
  EXPECT_EQ(total_of(model.at("encoder").at("network_output")),
            posterior_factory()
                .create(run.node().child("guide").child("posterior"),
                        BuildContext{{num_latents(run.modules.model->sites())}})
                ->num_parameters());
  Json contexts = Json::array();
  if (model.at("encoder").contains("flows"))
    for (const Json& layer : model.at("encoder").at("flows"))
      for (const Json& block : layer.at("context")) contexts.push_back(block);
  const Json& last = named.back();
  EXPECT_EQ(total_of(contexts), last.at("name") == "flow_context" ? last.at("shape")[0] : Json(0));
  const auto drawn = encoder.get_method("sample")({x, std::int64_t{9}}).toTuple()->elements();
  EXPECT_EQ(sizes_of(drawn[0]), (std::vector<std::int64_t>{9, 5, 3}));
  EXPECT_EQ(sizes_of(drawn[1]), (std::vector<std::int64_t>{9, 5}));
  EXPECT_TRUE(drawn[1].toTensor().isfinite().all().item<bool>());
  const auto latents = decoder.get_method("sample_prior")({std::int64_t{5}});
  EXPECT_EQ(sizes_of(latents), (std::vector<std::int64_t>{5, 3}));
  const auto log_p = decoder.get_method("log_prior")({latents});
  EXPECT_EQ(sizes_of(log_p), (std::vector<std::int64_t>{5}));
  EXPECT_TRUE(log_p.toTensor().isfinite().all().item<bool>());
}

/// model.json of a run on these data.
Json exported_json(const std::string& folder, const std::vector<std::string>& overrides) {
  train_run(folder, overrides);
  TrainedRun run = load_run(folder, {});
  export_run(run, folder + "/export");
  return io::read_json(folder + "/export/model.json");
}

// The run: encoder.pt on raw rows gave -16.5 where `encode` gave 0.40, because the moments
// of `standardize` were nowhere in the export. Right values: those of the table's training rows.
TEST(Export, TellsTheMomentsOfAStandardizedTable) {
  TemporaryFolder folder;
  io::write_file(folder.path() + "/t.csv", "a,b\n10,-1\n14,3\n10,-1\n14,3\n");
  const Json model =
      exported_json(folder.path() + "/run",
                    {"++data={type: table, path: '" + folder.path() + "/t.csv', standardize: true}",
                     "++model.likelihood={type: normal, network: {type: mlp, hidden_sizes: [4]}}",
                     "trainer.epochs=1"});
  const Json& how = model.at("preprocessing").at("standardization");
  EXPECT_EQ(how.at("mean"), Json({12.0, 1.0}));
  EXPECT_EQ(how.at("standard_deviation"), Json({2.0, 2.0}));
  EXPECT_NEAR(how.at("log_jacobian").get<double>(), -2 * std::log(2.0), 1e-15);
}

// The bits that a reader draws by the exported rule and key are the data set's.
TEST(Export, TellsHowStaticBitsAreDrawn) {
  TemporaryFolder folder;
  const Json model =
      exported_json(folder.path(), {"data.binarize=static", "seed=11", "trainer.epochs=1"});
  const Json& how = model.at("preprocessing").at("binarization");
  const TrainedRun run = load_run(folder.path(), {});
  const auto dataset = run.load_data();
  const auto* bytes = dataset->raw().splits.at("test").images.as<std::uint8_t>();
  const Tensor x = dataset->batch("test", {2, 29}, /*epoch=*/0).x.reshape({2, 36});
  const std::uint64_t key =
      std::stoull(how.at("keys").at("test").get<std::string>(), nullptr, /*base=*/16);
  std::int64_t row_of_batch = 0, num_ones = 0;
  for (const std::uint32_t row : {2u, 29u}) {
    for (std::uint32_t pixel = 0; pixel < 36; ++pixel) {
      const double probability = bytes[row * 36 + pixel] / 255.0;
      const bool bit =
          philox(key, {pixel / 4, row, 0, 0})[pixel % 4] < std::round(probability * 0x1p32);
      EXPECT_EQ(x[row_of_batch][pixel].item<double>(), bit ? 1.0 : 0.0) << row << " " << pixel;
      num_ones += bit;
    }
    ++row_of_batch;
  }
  EXPECT_GT(num_ones, 0);
}

// Few degrees of freedom have no mean and no variance: `encode` and the export wrote NaN and inf.
TEST(Export, AStudentTTellsItsLocationAndScale) {
  TemporaryFolder folder;
  train_run(folder.path(),
            {"++guide.posterior={type: student_t, network: {type: mlp, hidden_sizes: []}}",
             "trainer.epochs=1"});
  TrainedRun run = load_run(folder.path(), {});
  {
    const at::NoGradGuard no_grad;
    for (const auto& item : run.modules.guide->named_parameters())
      if (item.value().dim() == 1) item.value().narrow(0, 0, 3).fill_(-3.0);  // e^-3 of freedom
  }
  export_run(run, folder.path() + "/export");
  const Json model = io::read_json(folder.path() + "/export/model.json");
  EXPECT_EQ(model.at("encoder").at("forward"), Json({"location", "scale"}));
  torch::jit::Module encoder = torch::jit::load(folder.path() + "/export/encoder.pt");
  const Tensor x = at::rand({4, 1, 6, 6});
  const auto told = encoder.forward({x}).toTuple()->elements();
  const auto parameters = encoder.get_method("posterior_parameters")({x}).toTuple()->elements();
  EXPECT_LT(parameters[0].toTensor().max().item<double>(), 0.0);  // log_df: below one
  EXPECT_TRUE(told[0].toTensor().equal(parameters[1].toTensor()));
  EXPECT_TRUE(told[1].toTensor().allclose(parameters[2].toTensor().exp()));
}

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
  EXPECT_GT(
      (stored - only_distribution(*run.modules.guide, {x}, run.modules.model->sites())->mean())
          .abs()
          .max()
          .item<double>(),
      1e-3);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
