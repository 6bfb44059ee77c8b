#include "elbow/data/sources/named_set.h"

#include <cmath>
#include <stdexcept>

#include "elbow/data/sources/value_rules.h"
#include "elbow/foundations/core/error.h"
#include "loaders.h"
#include "malformed.h"

namespace elbow::data {
namespace {

struct NonFinite {
  std::int64_t count = 0, first = -1;
  double value = 0;  ///< the first of them
};

template <class T>
NonFinite non_finite_of(const Array& array) {
  NonFinite out;
  for (std::int64_t i = 0; i < array.count(); ++i) {
    const auto value = static_cast<double>(array.as<T>()[i]);
    if (std::isfinite(value)) continue;
    if (out.count++ == 0) out.first = i, out.value = value;
  }
  return out;
}

}  // namespace

std::uint64_t seed_of(const ConfigNode& config, const std::string& key, std::uint64_t run_seed) {
  return config.is_word(key, "run") ? run_seed : static_cast<std::uint64_t>(config.integer(key));
}

Array slice_rows(const Array& array, std::int64_t first, std::int64_t count) {
  const std::int64_t row = static_cast<std::int64_t>(array.bytes.size()) / array.shape.at(0);
  Array out;
  out.element = array.element;
  out.shape = array.shape;
  out.shape[0] = count;
  const auto start = array.bytes.begin() + first * row;
  out.bytes.assign(start, start + count * row);
  return out;
}

void check_synthetic_size(std::int64_t rows, std::int64_t bytes_per_row) {
  constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 34;
  const auto bytes = saturating_product(static_cast<std::uint64_t>(rows),
                                        static_cast<std::uint64_t>(bytes_per_row));
  if (bytes <= kMaxBytes) return;
  throw DataError("data: expected a synthetic set of at most 16 GiB, got " + std::to_string(rows) +
                      " rows of " + std::to_string(bytes_per_row) + " bytes",
                  "make it smaller");
}

void refuse_non_finite(const Array& array, const std::string& file, const std::string& help) {
  const NonFinite bad = array.element == Element::f32   ? non_finite_of<float>(array)
                        : array.element == Element::f64 ? non_finite_of<double>(array)
                                                        : NonFinite{};
  if (bad.count == 0) return;
  const std::int64_t width = array.count() / array.shape.at(0);
  throw DataError(file + ": expected finite values, found " + std::to_string(bad.count) +
                      " that are NaN or infinite (the first: " + text_of_number(bad.value) +
                      " in example " + std::to_string(bad.first / width) + ", from 0)",
                  help);
}

void split_validation(RawData& data, std::int64_t size, const std::string& name) {
  if (size == 0) return;
  if (data.splits.count("valid")) {
    throw DataError("data.validation_size: " + name + " brings its own validation split of " +
                        std::to_string(data.splits.at("valid").size()) +
                        " rows, so it must be 0, got " + std::to_string(size),
                    "remove the key");
  }
  RawSplit& train = data.splits.at("train");
  const std::int64_t rows = train.images.shape[0];
  if (size >= rows) {
    throw DataError("data.validation_size: expected less than the " + std::to_string(rows) +
                        " training rows, got " + std::to_string(size),
                    "leave at least one row to train on");
  }
  RawSplit valid{slice_rows(train.images, rows - size, size), train.file, train.sha256};
  train.images.shape[0] = rows - size;
  train.images.bytes.resize(train.images.bytes.size() - valid.images.bytes.size());
  if (!train.labels.empty()) {
    const auto first = train.labels.end() - size;
    valid.labels.assign(first, train.labels.end());
    train.labels.erase(first, train.labels.end());
  }
  data.splits.emplace("valid", std::move(valid));
}

namespace {

RawData count_draws(const ConfigNode& config) {
  RawData out;
  const auto add = [&](const std::string& split, std::int64_t count) {
    if (count == 0) return;
    RawSplit rows;
    rows.images.element = Element::f32;
    rows.images.shape = {count};
    rows.images.bytes.assign(static_cast<std::size_t>(count) * sizeof(float), 0);
    out.splits.emplace(split, std::move(rows));
  };
  add("train", config.integer("train_size"));
  add("valid", config.integer("validation_size"));
  add("test", config.integer("test_size"));
  return out;
}

}  // namespace

RawData load_named_set(const ConfigNode& config, std::uint64_t seed) {
  // Whoever chooses between the set and its stand-in reads this key; here the choice has been made.
  if (config.has("stand_in")) config.touch("stand_in");
  const std::string name = config.type();
  // The model reads a program's data.
  if (config.has("path") && name == "program") config.touch("path");
  if (name == "none" || name == "program") return count_draws(config);
  if (name == "table") return load_table(config, seed);
  if (name == "bag_of_words") return load_bag_of_words(config, seed);
  if (name == "sequences") return load_sequences(config, seed);
  if (name == "synthetic_topics") return make_topics(config, seed);
  if (name == "synthetic_regression") return make_regression(config, seed);
  if (name == "synthetic_classification") return make_classification(config, seed);
  if (name == "synthetic_hmm") return make_hmm(config, seed);
  if (name == "synthetic_linear_gaussian") return make_linear_gaussian(config, seed);
  if (name == "synthetic_mixture") return make_mixture(config, seed);
  if (name == "synthetic_two_moons") return make_two_moons(config, seed);
  if (name == "synthetic_counts") return make_counts(config, seed);
  if (name == "synthetic_images") return make_synthetic_images(config, seed);
  if (name == "idx") return load_idx_files(config, seed);
  return load_image_folder(config, name, seed);
}

}  // namespace elbow::data
