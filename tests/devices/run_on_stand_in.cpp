#include "devices/run_on_stand_in.h"

#include <ATen/TensorOperators.h>

#include <cstdlib>

#include "elbow/runs/train/tensor_io.h"

namespace elbow::test {
namespace ELBOW_TEST_FILE {

/// What is worth the time of every build: each kind of step that differs in what it asks of a
/// device.
const std::vector<std::string>& sample() {
  static const std::vector<std::string> names{"gumbel_mnist",
                                              "disarm_mnist",
                                              "density_spline",
                                              "guide_mixture",
                                              "guide_von_mises_fisher",
                                              "energies_planar",
                                              "semi_supervised",
                                              "covariates",
                                              "mixed_score",
                                              "discretized_logistic_mixture",
                                              "negative_binomial",
                                              "concrete_gaps",
                                              "beta_tc",
                                              "capacity",
                                              "info_vae",
                                              "vr_max",
                                              "wake_sleep",
                                              "bayesian_network_concrete",
                                              "dropout_concrete",
                                              "fashion_mnist_conv",
                                              "mnist_vamp"};
  return names;
}

}  // namespace ELBOW_TEST_FILE

std::vector<std::string> device_configurations() {
  const char* wanted = std::getenv("ELBOW_STAND_IN");
  const bool all = wanted != nullptr && std::string(wanted) == "all";
  std::vector<std::string> out;
  const std::filesystem::path root = std::string(ELBOW_SOURCE_DIR) + "/configs";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".yaml") continue;
    if (read_text(entry.path().string()).find("type: conjugate") != std::string::npos) continue;
    const auto& names = ELBOW_TEST_FILE::sample();
    if (all || std::count(names.begin(), names.end(), entry.path().stem().string()) != 0)
      out.push_back(entry.path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

double largest_difference(const std::string& a, const std::string& b) {
  const NamedTensors first = decode_tensors(a, "a"), second = decode_tensors(b, "b");
  if (first.size() != second.size()) throw std::runtime_error("other tensors");
  double out = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const auto x = first[i].second.to(at::kDouble), y = second[i].second.to(at::kDouble);
    if (first[i].first != second[i].first || x.sizes() != y.sizes())
      throw std::runtime_error("other tensors: " + first[i].first);
    if (x.numel() == 0) continue;
    const double size = std::max(1.0, x.abs().max().item<double>());
    out = std::max(out, (x - y).abs().max().item<double>() / size);
  }
  return out;
}

}  // namespace elbow::test
