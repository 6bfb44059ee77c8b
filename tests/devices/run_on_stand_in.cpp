#include "devices/run_on_stand_in.h"

#include <ATen/TensorOperators.h>

#include <cstdlib>

#include "elbow/runs/train/tensor_io.h"

namespace elbow::test {
namespace ELBOW_TEST_FILE {

/// What is worth the time of every build, through every verb: each kind of data, model and step.
const std::vector<std::string>& few() {
  static const std::vector<std::string> names{"gumbel_mnist",
                                              "density_spline",
                                              "covariates",
                                              "semi_supervised",
                                              "concrete_gaps",
                                              "bayesian_network_concrete",
                                              "dropout_concrete",
                                              "mnist"};
  return names;
}

/// And in single steps: what differs in what it asks of a device.
const std::vector<std::string>& more() {
  static const std::vector<std::string> names{"disarm_mnist",
                                              "guide_full_rank",
                                              "guide_mixture",
                                              "guide_von_mises_fisher",
                                              "energies_planar",
                                              "mixed_score",
                                              "negative_binomial",
                                              "ordinal",
                                              "beta_tc",
                                              "capacity",
                                              "categorical_enumerate",
                                              "info_vae",
                                              "vr_max",
                                              "wake_sleep",
                                              "fashion_mnist_conv",
                                              "mnist_vamp"};
  return names;
}

}  // namespace ELBOW_TEST_FILE

std::vector<std::string> device_configurations(Sample sample) {
  const char* wanted = std::getenv("ELBOW_STAND_IN");
  const bool all = wanted != nullptr && std::string(wanted) == "all";
  std::vector<std::string> out;
  const std::filesystem::path root = std::string(ELBOW_SOURCE_DIR) + "/configs";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".yaml") continue;
    if (read_text(entry.path().string()).find("type: conjugate") != std::string::npos) continue;
    const std::string name = entry.path().stem().string();
    const auto holds = [&name](const std::vector<std::string>& names) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (all || holds(ELBOW_TEST_FILE::few()) ||
        (sample == Sample::larger && holds(ELBOW_TEST_FILE::more())))
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
