#include "cli/common/bench_jobs.h"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace elbow::cli {
namespace {

/// As many images of our own where there are none of MNIST.
const char kMnist[] = R"(data:
  type: mnist
  binarize: dynamic
  stand_in: {type: synthetic_images, binarize: dynamic, count: 60000, validation_size: 0, test_size: 10000}
)";
const char kEpochs[] = "trainer: {epochs: 5, batch_size: 128}\n";

/// 784-400-20-400-784, as configs/vae/mnist.yaml.
std::string reference_vae() {
  return "name: bench-vae\n" + std::string(kMnist) + R"(model:
  latent_size: 20
  likelihood: {type: bernoulli, network: {type: mlp, hidden_sizes: [400]}}
guide:
  posterior: {type: diag_normal, network: {type: mlp, hidden_sizes: [400]}}
optimizer: {type: adam, learning_rate: 1.0e-3}
)" + std::string(kEpochs);
}

std::string conv_vae() {
  return "name: bench-conv-vae\n" + std::string(kMnist) + R"(model:
  latent_size: 20
  likelihood: {type: bernoulli, network: {type: conv, channels: [32, 64]}}
guide:
  posterior: {type: diag_normal, network: {type: conv, channels: [32, 64]}}
optimizer: {type: adam, learning_rate: 1.0e-3}
)" + std::string(kEpochs);
}

std::string iwae() {
  return "name: bench-iwae\n" + std::string(kMnist) + R"(model:
  latent_size: 50
  likelihood: {type: bernoulli, network: {type: mlp, hidden_sizes: [200, 200], activation: tanh}}
guide:
  posterior: {type: diag_normal, network: {type: mlp, hidden_sizes: [200, 200], activation: tanh}}
objective: {type: iwae, num_particles: 50}
optimizer: {type: adam, learning_rate: 1.0e-3}
trainer: {epochs: 5, batch_size: 20}
)";
}

/// A flow fitted to the energy U2 of Rezende and Mohamed (2015), confined, by reverse KL.
std::string energy(const std::string& flow, int batch_size) {
  return "name: bench-energy\ndata: {type: none, train_size: 102400}\n"
         "model: {type: target, target: {type: u2}}\n"
         "guide: {posterior: {type: diag_normal}, flows: [" +
         flow +
         "]}\noptimizer: {type: adam, learning_rate: 1.0e-3}\n"
         "trainer: {epochs: 5, batch_size: " +
         std::to_string(batch_size) + "}\n";
}

std::string flow_vae(bool is_amortized) {
  return "name: bench-planar-vae\n" + std::string(kMnist) + R"(model:
  latent_size: 40
  likelihood: {type: bernoulli, network: {type: mlp, hidden_sizes: [400]}}
guide:
  posterior: {type: diag_normal, network: {type: mlp, hidden_sizes: [400]}}
  flows: [{type: planar, count: 16, amortized: )" +
         std::string(is_amortized ? "true" : "false") +
         "}]\noptimizer: {type: adam, learning_rate: 1.0e-3}\n" + kEpochs;
}

/// Sweeps end as scikit-learn's do when nobody says otherwise.
std::string topics() {
  return R"(name: bench-lda
dtype: float64
data:
  type: bag_of_words
  path: ap/ap.ldac.gz
  stand_in: {type: synthetic_topics, topics: 50, vocabulary_size: 10473, document_length: 194,
             train_size: 2246, validation_size: 0, test_size: 10}
model: {type: lda, num_topics: 50, alpha: 0.02, eta: 0.02, sweeps: 100, tolerance: 1.0e-3}
inference: {type: conjugate, tolerance: 0}
trainer: {epochs: 5}
)";
}

/// Maximum likelihood by EM of 32 overlapping classes; benchmarks/peers has the same means.
std::string mixture() {
  constexpr int kNumbers = 32 * 16;
  std::string means;
  for (int i = 0; i < kNumbers; ++i) {
    const double position = (i + 1) * 1.4142135623730951;
    means += (i == 0 ? "" : ", ") + std::to_string(8.0 * (position - std::floor(position) - 0.5));
  }
  return "name: bench-mixture\ndtype: float64\ndata:\n  type: synthetic_mixture\n  size: 16\n"
         "  scale: [1.5]\n  train_size: 200000\n  validation_size: 0\n  test_size: 1000\n  means: "
         "[" +
         means +
         "]\nmodel: {type: mixture, num_components: 32, component: {type: normal_full}}\n"
         "inference: {type: conjugate, point_mass: [all], flat_priors: true, tolerance: 0}\n"
         "trainer: {epochs: 5}\n";
}

std::string planar(int count) { return "{type: planar, count: " + std::to_string(count) + "}"; }

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string group_of(const BenchJob& job) { return job.name.substr(0, job.name.find('-')); }

}  // namespace

const std::vector<BenchJob>& bench_jobs() {
  using Kind = BenchJob::Kind;
  static const std::vector<BenchJob> jobs{
      {"V1", "reference VAE 784-400-20, batch 128, dynamic MNIST", Kind::steps, reference_vae()},
      {"V1e",
       "the same from beginning to end: 5 epochs, and the bound of the test set",
       Kind::whole,
       reference_vae(),
       5},
      {"V2", "convolutional VAE 1-32-64, batch 128, dynamic MNIST", Kind::steps, conv_vae()},
      {"I1", "5000-sample NLL of the reference VAE", Kind::importance, reference_vae(), 5000},
      {"I2", "IWAE of 50 particles, 784-200-200-50, batch 20, dynamic MNIST", Kind::steps, iwae()},
      {"F1-10", "10 planar layers on U2, batch 1024", Kind::steps, energy(planar(10), 1024)},
      {"F1-32", "32 planar layers on U2, batch 1024", Kind::steps, energy(planar(32), 1024)},
      {"F2-shared",
       "VAE of 40 latents behind 16 planar layers, parameters shared, batch 128",
       Kind::steps,
       flow_vae(false)},
      {"F2-amortized", "the same, parameters by the encoder", Kind::steps, flow_vae(true)},
      {"F3",
       "8 spline couplings of 12 bins, networks 64-64, on U2, batch 512",
       Kind::steps,
       energy("{type: spline_coupling, count: 8, num_bins: 12, hidden_sizes: [64, 64]}", 512)},
      {"L1",
       "latent Dirichlet allocation of 50 topics, the first 5 passes over the AP corpus",
       Kind::passes,
       topics(),
       5},
      {"G1", "EM of a mixture of 32 full Gaussians, 200,000 x 16", Kind::steps, mixture()},
      {"machine", "what the machine itself reaches: matrix products and memory", Kind::machine},
  };
  return jobs;
}

std::vector<std::string> bench_words() {
  std::vector<std::string> out;
  for (const auto& job : bench_jobs()) {
    if (group_of(job) != job.name && std::find(out.begin(), out.end(), group_of(job)) == out.end())
      out.push_back(group_of(job));
    out.push_back(job.name);
  }
  out.push_back("all");
  return out;
}

std::vector<const BenchJob*> find_bench_jobs(const std::string& word) {
  const std::string asked = lower(word);
  std::vector<const BenchJob*> out;
  for (const auto& job : bench_jobs())
    if (asked == "all" || asked == lower(job.name) || asked == lower(group_of(job)))
      out.push_back(&job);
  return out;
}

bool looks_like_bench_job(const std::string& word) {
  return word.find_first_of("./") == std::string::npos;
}

}  // namespace elbow::cli
