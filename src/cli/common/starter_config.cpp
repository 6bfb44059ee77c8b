#include "cli/common/starter_config.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>

#include "cli/common/output.h"
#include "elbow/data/sources/formats.h"
#include "elbow/foundations/core/config_node.h"
#include "elbow/foundations/core/error.h"

namespace elbow::cli {
namespace {

namespace fs = std::filesystem;

// A column of Poisson counts is within a few percent of 1 from a thousand rows on.
constexpr double kPoissonLike = 1.3;
// Of a normal column 2 values of 10^9 are outliers, of Student's t with 5 degrees of freedom 2 of
// a thousand.
constexpr double kHeavyTail = 1e-3;

/// A plain folder name for `name:`, made of the file's.
std::string plain_name(const std::string& path) {
  std::string name = path.empty() ? "fashion" : fs::path(path).filename().string();
  name = name.substr(0, name.find('.'));
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') c = '-';
  name.erase(0, name.find_first_not_of('-'));
  return "vae-" + (name.empty() ? "data" : name.substr(0, 40));
}

/// JSON's double quotes are YAML's, too: any path survives.
std::string yaml_quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::int64_t tenth(std::int64_t rows) { return rows / 10; }

bool is_in_unit_interval(const DataFacts& facts) {
  return (facts.is_image && facts.is_bytes) || (facts.minimum >= 0 && facts.maximum <= 1);
}

/// A mass for each of the 256 levels of each channel.
bool has_levels(const DataFacts& facts) {
  return facts.is_image && facts.is_bytes && facts.is_colour && !facts.is_binary;
}

/// Bytes are drawn from: grey ones by chance, and a 1 stays a 1 in every mode.
bool is_drawn(const DataFacts& facts) {
  return facts.is_image && facts.is_bytes && !has_levels(facts);
}

bool is_table_of_counts(const DataFacts& facts) {
  return !facts.is_image && !facts.is_binary && facts.values.are_counts;
}

/// Shares and rates: neither 0 nor 1 is among them.
bool is_table_of_fractions(const DataFacts& facts) {
  return !facts.is_image && facts.minimum > 0 && facts.maximum < 1;
}

/// Above 0, with outliers that the logarithm takes in.
bool is_table_of_magnitudes(const DataFacts& facts) {
  return !facts.is_image && facts.values.share_of_outliers > kHeavyTail &&
         facts.values.share_of_log_outliers < facts.values.share_of_outliers / 2;
}

std::string line_of_gaps(const DataFacts& facts) {
  return facts.has_gaps
             ? "  allow_nan: true                # NaN is a missing number; elbow impute "
               "fills it in\n"
             : "";
}

std::string image_lines(const DataFacts& facts) {
  std::string out = "data:\n  type: idx\n  " + std::string(facts.is_folder ? "path: " : "train: ") +
                    yaml_quoted(facts.path) + "\n";
  if (is_drawn(facts)) {
    out += "  binarize: dynamic              # " +
           std::string(facts.is_binary ? "pixels are 0 and 1 and stay so"
                                       : "a pixel becomes 0 or 1 by a new draw each epoch") +
           "\n";
  }
  out += line_of_gaps(facts);
  return facts.has_validation
             ? out
             : out + "  validation_size: " + std::to_string(tenth(facts.rows)) + "\n";
}

std::string table_lines(const DataFacts& facts) {
  std::string out = "data:\n  type: table\n  path: " + yaml_quoted(facts.path) + "\n";
  if (!facts.columns.empty())
    out += "  columns: " + Json(facts.columns).dump() + "  # without the column that has no name\n";
  if (!is_in_unit_interval(facts) && !is_table_of_counts(facts) && !is_table_of_magnitudes(facts))
    out +=
        "  standardize: true              # mean 0, standard deviation 1 over the training rows\n";
  const std::string size = std::to_string(tenth(facts.rows));
  return out + line_of_gaps(facts) + "  validation_size: " + size + "\n  test_size: " + size + "\n";
}

std::string data_lines(const DataFacts& facts) {
  if (facts.path.empty()) {
    return "# Grey images; a pixel becomes 0 or 1 by a new draw each epoch.\n"
           "data: {type: fashion_mnist_small, binarize: dynamic}\n";
  }
  return "# " + std::to_string(facts.rows) + " examples of " + std::to_string(facts.features) +
         " values, from " + number_text(facts.minimum, "%.4g") + " to " +
         number_text(facts.maximum, "%.4g") + ".\n" +
         (facts.is_image ? image_lines(facts) : table_lines(facts));
}

struct LikelihoodChoice {
  std::string type, reason;
  std::string more = {};  ///< lines of their own, such as the one of a scale
};

LikelihoodChoice choice_for_counts(const ValueFacts& values) {
  const std::string ratio = number_text(values.variance_over_mean, "%.3g");
  if (values.variance_over_mean < kPoissonLike)
    return {"poisson", "for counts whose variance is " + ratio + " times their mean"};
  return {"negative_binomial",
          "for counts whose variance is " + ratio + " times their mean",
          "    dispersion: per_element        # one learned dispersion for each column\n"};
}

LikelihoodChoice choose_likelihood(const DataFacts& facts) {
  if (facts.path.empty() || facts.is_binary || is_drawn(facts))
    return {"bernoulli", "for values 0 and 1"};
  if (has_levels(facts))
    return {"discretized_logistic",
            "a mass for each of 256 levels; green depends on red, blue on both",
            "    num_components: 5              # logistics that are mixed in each pixel\n"};
  if (is_table_of_fractions(facts)) return {"beta", "for values between 0 and 1, without the ends"};
  if (is_in_unit_interval(facts)) return {"continuous_bernoulli", "for values between 0 and 1"};
  if (is_table_of_counts(facts)) return choice_for_counts(facts.values);
  // A scale fixed at 1 is the noise of the whole data where columns are standardised.
  const std::string scale = "    scale: shared                # one learned standard deviation\n";
  if (is_table_of_magnitudes(facts))
    return {"log_normal", "for values above 0 whose outliers are none among the logarithms"};
  if (facts.values.share_of_outliers > kHeavyTail)
    return {"student_t",
            number_text(100 * facts.values.share_of_outliers, "%.2g") +
                " % of the values lie more than " + number_text(kOutlier, "%.0f") +
                " robust deviations from their column's median",
            "    scale: per_pixel               # one learned scale for each column\n"};
  return {"normal", "for real values", scale};
}

/// The training images of a folder, under the names that type idx looks for. @throws DataError when
/// there are none
std::string training_images(const std::string& folder) {
  for (const char* ending : {"", ".gz"}) {
    const std::string file = folder + "/train-images-idx3-ubyte" + ending;
    if (fs::exists(file)) return file;
  }
  throw DataError(folder + ": expected train-images-idx3-ubyte or the same with .gz, found neither",
                  "name the file itself with --data");
}

bool has_validation_images(const std::string& folder) {
  return fs::exists(folder + "/valid-images-idx3-ubyte") ||
         fs::exists(folder + "/valid-images-idx3-ubyte.gz");
}

std::int64_t batch_size(const DataFacts& facts) {
  if (facts.rows == 0) return 100;
  const std::int64_t training = facts.rows - 2 * tenth(facts.rows);
  return std::max<std::int64_t>(1, std::min<std::int64_t>(100, training));
}

/// The numbers of a file, without a column of a text table that has no name.
data::Array named_columns(const std::string& bytes, const std::string& file, DataFacts& facts) {
  if (data::detect_format(bytes, file) != "csv") return data::decode_any(bytes, file);
  data::Table table = data::decode_csv(bytes, file);
  const auto unnamed = std::find(table.columns.begin(), table.columns.end(), "");
  if (unnamed == table.columns.end()) return data::array_of(table);
  const std::int64_t index = unnamed - table.columns.begin();
  for (std::int64_t column = 0; column < table.cols; ++column)
    if (column != index) facts.columns.push_back(column);
  std::vector<double> values;
  for (std::int64_t row = 0; row < table.rows; ++row)
    for (const std::int64_t column : facts.columns)
      values.push_back(table.values[static_cast<std::size_t>(row * table.cols + column)]);
  table.values = std::move(values);
  --table.cols;
  return data::array_of(table);
}

/// Those that are not missing. @throws DataError for infinity, and where there are none
std::vector<float> seen_values(const std::vector<float>& values,
                               const std::string& file,
                               DataFacts& facts) {
  const auto bad =
      std::find_if(values.begin(), values.end(), [](float v) { return std::isinf(v); });
  if (bad != values.end())
    throw DataError(file + ": expected finite values, value " +
                        std::to_string(bad - values.begin()) + " is not",
                    "correct it, or leave the row out");
  std::vector<float> out;
  std::copy_if(values.begin(), values.end(), std::back_inserter(out), [](float v) {
    return !std::isnan(v);
  });
  if (out.empty()) throw DataError(file + ": every value is missing", "choose another file");
  facts.has_gaps = out.size() < values.size();
  return out;
}

}  // namespace

DataFacts inspect_data(const std::string& path) {
  DataFacts facts;
  std::error_code ignored;
  facts.path = fs::absolute(path, ignored).lexically_normal().string();
  facts.is_folder = fs::is_directory(path, ignored);
  facts.has_validation = facts.is_folder && has_validation_images(path);
  const std::string file = facts.is_folder ? training_images(path) : path;
  const std::string bytes = data::read_maybe_gzip(file);
  const data::Array array = named_columns(bytes, file, facts);
  const std::vector<float> values = data::to_float(array);
  if (values.empty())
    throw DataError(file + ": expected at least one row, got none", "choose another file");
  const std::vector<float> seen = seen_values(values, file, facts);
  const auto range = std::minmax_element(seen.begin(), seen.end());
  facts.rows = array.shape.at(0);
  facts.features = array.count() / facts.rows;
  facts.minimum = *range.first;
  facts.maximum = *range.second;
  facts.is_binary = std::all_of(seen.begin(), seen.end(), [](float v) { return v == 0 || v == 1; });
  facts.is_bytes = array.element == data::Element::u8;
  facts.is_image = array.shape.size() >= 3;
  facts.is_colour = array.shape.size() == 4 && array.shape[1] == 3;
  facts.values = value_facts(values, facts.features);
  if (facts.is_image && data::detect_format(bytes, file) != "idx") {
    throw DataError(file + ": expected a table of 1 or 2 dimensions, found " +
                        std::to_string(array.shape.size()),
                    "save images as IDX, or one example in each row");
  }
  return facts;
}

std::string starter_config(const DataFacts& facts) {
  const LikelihoodChoice likelihood = choose_likelihood(facts);
  const bool is_small = facts.features > 0 && facts.features < 64;
  const std::string network = "{type: mlp, hidden_sizes: [" +
                              std::string(is_small ? "64, 64" : "400") + "], activation: relu}";
  // Without it an encoder of large counts begins far from the prior, where rates overflow.
  const std::string encoder = is_table_of_counts(facts) || is_table_of_magnitudes(facts)
                                  ? network.substr(0, network.size() - 1) + ", input: symlog}"
                                  : network;
  const std::int64_t latent = is_small ? std::max<std::int64_t>(1, facts.features / 2) : 20;
  return "# Starter configuration; `elbow describe SECTION` explains each key, `elbow list` the "
         "alternatives.\n"
         "name: " +
         plain_name(facts.path) + "\nseed: 1\n\n" + data_lines(facts) +
         "\nmodel:\n"
         "  latent_size: " +
         std::to_string(latent) +
         "\n"
         "  prior: {type: standard_normal}\n"
         "  likelihood:                    # " +
         likelihood.reason +
         "\n"
         "    type: " +
         likelihood.type + "\n" + likelihood.more + "    network: " + network +
         "\n"
         "guide:\n"
         "  posterior:\n"
         "    type: diag_normal\n"
         "    network: " +
         encoder +
         "\n"
         "\nobjective: {type: elbo}\n"
         "estimator: {type: pathwise}\n"
         "optimizer: {type: adam, learning_rate: 1.0e-3}\n"
         "trainer:\n"
         "  epochs: 50\n"
         "  batch_size: " +
         std::to_string(batch_size(facts)) + "\n";
}

}  // namespace elbow::cli
