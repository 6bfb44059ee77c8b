#include "catalogue_parts.h"
#include "elbow/data/sources/labels.h"
#include "elbow/data/sources/named_set.h"
#include "elbow/foundations/core/gaussian_mixture.h"

namespace elbow::data {
namespace {

Parameter folder() {
  return Parameter::file("path",
                         "folder with the files; the usual places are searched when not set")
      .optional();
}

Parameter validation_size() {
  return Parameter::integer("validation_size", "rows taken from the end of train for validation")
      .defaults(0)
      .at_least(0);
}

Parameter allow_nan() {
  return Parameter::boolean("allow_nan",
                            "take NaN as a number that was not observed, for models that take "
                            "gaps (docs/missing.md)")
      .defaults(false);
}

Parameter mask(const std::string& name, const std::string& whose) {
  return Parameter::file(
             name,
             "array of the shape of the " + whose +
                 " images, 0 where a pixel is missing and 1 where it was observed; with "
                 "allow_nan")
      .optional();
}

Parameter missing(const std::string& help) {
  return Parameter::number("missing", help).optional().above(0).below(1);
}

Parameter binarize() {
  return Parameter::choice(
             "binarize",
             {"none", "threshold", "static", "dynamic"},
             "grey to binary: value >= 128, one draw for ever, or a new draw each epoch")
      .defaults("none");
}

Parameters labels_of_images() {
  return Parameters{
             Parameter::boolean("labels", "read the labels in the files beside those of the images")
                 .defaults(false)} +
         label_choices();
}

const std::vector<std::int64_t> kImage28 = {1, 28, 28};
constexpr char kFashionPaper[] =
    "Xiao, Rasul, Vollgraf, \"Fashion-MNIST: a novel image dataset for benchmarking machine "
    "learning algorithms\", "
    "2017, arXiv:1708.07747";
constexpr char kMnistPaper[] =
    "LeCun, Bottou, Bengio, Haffner, \"Gradient-based learning applied to document recognition\", "
    "1998";
constexpr char kStaticPaper[] =
    "Larochelle, Murray, \"The neural autoregressive distribution estimator\", AISTATS 2011";
constexpr char kPcaPaper[] =
    "Tipping, Bishop, \"Probabilistic principal component analysis\", JRSS B 61(3), 1999, section "
    "3";
constexpr char kMixturePaper[] =
    "Bishop, \"Pattern Recognition and Machine Learning\", 2006, section 2.3.9";
constexpr char kMoonsPaper[] =
    "Pedregosa et al., \"Scikit-learn: machine learning in Python\", JMLR 12, 2011, make_moons";
constexpr char kCountsPaper[] =
    "Lambert, \"Zero-inflated Poisson regression, with an application to defects in "
    "manufacturing\", Technometrics 34, 1992";

std::vector<ComponentInfo> stored_sets() {
  const Parameters grey = Parameters{folder(), binarize(), validation_size()} + labels_of_images();
  const Parameters fixed = {folder(), validation_size()};
  const Parameters own =
      Parameters{
          folder(),
          Parameter::file("train", "file with the training images, instead of a folder").optional(),
          Parameter::file("valid", "file with the validation images").optional(),
          Parameter::file("test", "file with the test images").optional(),
          binarize(),
          validation_size(),
          allow_nan(),
          mask("train_mask", "training"),
          mask("valid_mask", "validation"),
          mask("test_mask", "test")} +
      labels_of_images();
  const Parameters table =
      Parameters{
          Parameter::file("path",
                          "CSV, TSV, NPY or IDX file, .gz too, one row an example; also looked for "
                          "under $ELBOW_DATA"),
          Parameter::integers("columns", "columns to use, from 0; all when not set").optional(),
          Parameter::text("response",
                          "column that a supervised model predicts from the others, by name or by "
                          "number from 0; it becomes the last one")
              .optional(),
          Parameter::text(
              "label",
              "column of whole numbers, by name or by number from 0, that says of which "
              "class a row is, nan where that is not known; it is no part of x")
              .optional(),
          Parameter::texts("covariates",
                           "columns, by name or by number from 0, that the model is given and does "
                           "not model (given: [covariates]); always standardised")
              .optional(),
          header(),
          Parameter::texts("nan_markers", "cells of a text table that read as NaN, e.g. [NA, '?']")
              .defaults(Json::array()),
          Parameter::boolean("standardize",
                             "mean 0, population standard deviation 1 over the training rows")
              .defaults(false),
          Parameter::boolean("standardize_response",
                             "standardize changes the response too; false: it stays as it is, as "
                             "codes of classes must")
              .defaults(true),
          Parameter::integer("validation_size", "rows drawn for validation")
              .defaults(0)
              .at_least(0),
          Parameter::integer("test_size", "rows drawn for the test").defaults(0).at_least(0),
          Parameter::file(
              "test_rows",
              "text file, .gz too, each line of which lists the rows of one test split, from "
              "0; also looked for under $ELBOW_DATA; instead of test_size")
              .optional(),
          Parameter::integer("test_split",
                             "which line of test_rows, from 0; all: every line, side by side, for "
                             "models of a response")
              .defaults(0)
              .at_least(0)
              .or_word("all"),
          seed("split_seed", "key of the random division of the rows"),
          allow_nan(),
          Parameter::file("mask",
                          "array or table of the file's shape, 0 where a number is missing and 1 "
                          "where it was observed; with allow_nan")
              .optional(),
          missing("share of the numbers that are hidden at random, by split_seed, to try a model "
                  "of gaps on data without")} +
      label_choices();
  return {
      row("fashion_mnist",
          "60,000 + 10,000 grey images of clothes, 28 x 28",
          kFashionPaper,
          grey,
          traits_of(EventKind::image, DataValues::grey, false, kImage28)),
      row("fashion_mnist_small",
          "8,000 + 1,000 + 1,000 of them, part of the repository",
          kFashionPaper,
          grey,
          traits_of(EventKind::image, DataValues::grey, true, kImage28)),
      row("mnist",
          "60,000 + 10,000 grey images of digits, 28 x 28",
          kMnistPaper,
          grey,
          traits_of(EventKind::image, DataValues::grey, false, kImage28)),
      row("mnist_static",
          "50,000 + 10,000 + 10,000 binary images, one fixed draw of MNIST",
          kStaticPaper,
          fixed,
          traits_of(EventKind::image, DataValues::binary, true, kImage28)),
      row("idx",
          "your own images: a folder or files in IDX format",
          "",
          own,
          traits_of(EventKind::image, DataValues::grey, false)),
      row("table",
          "your own numbers: a CSV, TSV, NPY or IDX file, one row an example",
          "",
          table,
          traits_of(EventKind::vector, DataValues::unknown, false)),
  };
}

std::vector<ComponentInfo> synthetic_sets() {
  const Parameters sizes = {rows("train_size", "training rows", 1000, 1),
                            rows("validation_size", "validation rows", 200, 0),
                            rows("test_size", "test rows", 200, 1),
                            seed("seed", "key of the draws")};
  const Parameters gaussian = {
      rows("data_size", "features D of an example", 10, 1),
      rows("latent_size", "columns of W, which are orthogonal; at most D", 2, 1),
      rows("num_covariates",
           "numbers c of each row that are given: x = W z + V c + b + noise",
           0,
           0),
      Parameter::number("noise_scale", "standard deviation of the noise").defaults(0.5).above(0),
      Parameter::choice("values",
                        {"real", "positive", "fractions"},
                        "what becomes of x: real leaves it, positive takes exp(x), fractions takes "
                        "1 / (1 + exp(-x))")
          .defaults("real"),
      missing("share of the numbers that are hidden at random")};
  const Parameters moons = {
      Parameter::number("noise", "standard deviation of the noise").defaults(0.1).at_least(0)};
  const Parameters counts = {
      rows("data_size", "columns D", 10, 1),
      rows("latent_size", "latents that the means of a row depend on", 2, 1),
      Parameter::number("mean", "typical mean of a column").defaults(5.0).above(0).at_most(1e4),
      Parameter::number("latent_scale",
                        "how far the latents move the logarithm of a mean, as a standard deviation")
          .defaults(0.7)
          .at_least(0)
          .at_most(2),
      Parameter::number("dispersion", "d, with variance m + d m^2 at mean m")
          .defaults(0.5)
          .at_least(1e-3)
          .at_most(100),
      Parameter::number("zero_probability", "probability of a zero that is no count")
          .defaults(0.2)
          .at_least(0)
          .below(1),
      Parameter::integer("largest", "what greater counts become, as on a scale with a top")
          .optional()
          .at_least(1)};
  const Parameters images =
      Parameters{
          rows("channels", "channels", 1, 1),
          rows("height", "rows of pixels", 28, 1),
          rows("width", "columns of pixels", 28, 1),
          rows("count", "training images", 512, 1),
          rows("validation_size", "validation images", 64, 0),
          rows("test_size", "test images", 128, 1),
          Parameter::boolean("binary", "pixels 0 and 1 instead of grey ones").defaults(false),
          rows("num_classes",
               "kinds of images, which become their labels; 0: all of one kind",
               0,
               0),
          binarize(),
          seed("seed", "key of the draws")} +
      label_choices();
  return {
      row("synthetic_linear_gaussian",
          "x = W z + b + noise with known evidence",
          kPcaPaper,
          gaussian + sizes,
          traits_of(EventKind::vector, DataValues::real, true)),
      row("synthetic_mixture",
          "mixture of spherical Gaussians with known log density",
          kMixturePaper,
          gaussian_mixture_parameters() + sizes,
          traits_of(EventKind::vector, DataValues::real, true)),
      row("synthetic_two_moons",
          "two interleaving half circles in the plane",
          kMoonsPaper,
          moons + sizes,
          traits_of(EventKind::vector, DataValues::real, true)),
      row("synthetic_counts",
          "negative binomial counts with zeros of their own, by a few latents, parameters known",
          kCountsPaper,
          counts + sizes,
          traits_of(EventKind::vector, DataValues::count, true)),
      row("synthetic_images",
          "strokes and blobs of any size, to run without data",
          "",
          images,
          traits_of(EventKind::image, DataValues::grey, true)),
  };
}

/// A target is its own density: "examples" only count the draws of an epoch.
ComponentInfo no_data() {
  return row("none",
             "no data, for a target: each example is one draw of the guide",
             "",
             {rows("train_size", "draws in an epoch", 100000, 1),
              rows("validation_size", "draws of a validation", 10000, 0),
              rows("test_size", "draws of an evaluation", 100000, 1)},
             traits_of(EventKind::none, DataValues::unknown, true));
}

}  // namespace

std::vector<ComponentInfo> data_components() {
  std::vector<ComponentInfo> out = stored_sets();
  for (auto& info : corpora_and_sequences()) out.push_back(std::move(info));
  for (auto& info : synthetic_sets()) out.push_back(std::move(info));
  out.push_back(no_data());
  return out;
}

}  // namespace elbow::data
