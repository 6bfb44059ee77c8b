#include "elbow/data/sources/known_files.h"

namespace elbow::data {
namespace {

KnownFile image_file(const std::string& name, std::uint64_t size, const std::string& sha256) {
  return {name + ".gz", name + ".gz", size, sha256, Encoding::as_sent};
}

KnownFile binary_file(const std::string& split, std::uint64_t size, const std::string& sha256) {
  return {split + "-images-idx3-ubyte.gz",
          "binarized_mnist_" + split + ".amat",
          size,
          sha256,
          Encoding::amat};
}

// LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", 1998.
KnownSet mnist() {
  return {"mnist",
          {"https://storage.googleapis.com/cvdf-datasets/mnist",
           "https://ossci-datasets.s3.amazonaws.com/mnist"},
          {image_file("train-images-idx3-ubyte",
                      47040016,
                      "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
           image_file("train-labels-idx1-ubyte",
                      60008,
                      "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
           image_file("t10k-images-idx3-ubyte",
                      7840016,
                      "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
           image_file("t10k-labels-idx1-ubyte",
                      10008,
                      "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2")},
          "",
          ""};
}

// Larochelle, Murray, "The neural autoregressive distribution estimator", AISTATS 2011: one fixed
// draw of MNIST.
KnownSet mnist_static() {
  return {
      "mnist_static",
      {"http://www.cs.toronto.edu/~larocheh/public/datasets/binarized_mnist"},
      {binary_file(
           "train", 39200016, "0eae7dff54784fdce12433da8ed5d8549d4676c91740d78aa0b18fa99a8b96f2"),
       binary_file(
           "valid", 7840016, "1b017d51bf2733a6cbde62f26dd36be91c88ab4e95f8de9cdafadcb26fe9a852"),
       binary_file(
           "test", 7840016, "491785121c5ff9ffb073809cd7c755a241b9e04052f1cf2ec7c9608a9346e097")},
      "",
      ""};
}

// Xiao, Rasul, Vollgraf, "Fashion-MNIST", 2017, arXiv:1708.07747.
KnownSet fashion_mnist() {
  return {"fashion_mnist",
          {"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"},
          {image_file("train-images-idx3-ubyte",
                      47040016,
                      "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
           image_file("train-labels-idx1-ubyte",
                      60008,
                      "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
           image_file("t10k-images-idx3-ubyte",
                      7840016,
                      "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
           image_file("t10k-labels-idx1-ubyte",
                      10008,
                      "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34")},
          "dataset-fashion-mnist",
          "/usr/share/datasets/fashion-mnist"};
}

}  // namespace

const std::vector<KnownSet>& known_sets() {
  static const std::vector<KnownSet> sets = {mnist(), mnist_static(), fashion_mnist()};
  return sets;
}

const KnownSet* find_known_set(const std::string& name) {
  for (const auto& set : known_sets())
    if (set.name == name) return &set;
  return nullptr;
}

}  // namespace elbow::data
