#include "elbow/data/sources/linear_gaussian.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "division.h"
#include "elbow/data/sources/covariates.h"
#include "elbow/foundations/core/error.h"
#include "gaps.h"
#include "keyed_draws.h"
#include "synthetic_rows.h"

namespace elbow::data {
namespace {

constexpr double kTwoPi = 6.283185307179586476925;
using Row = std::vector<double>;

double dot(const Row& a, const Row& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// L orthogonal directions of D features by Gram and Schmidt, with falling lengths so that they can
/// be told apart.
std::vector<Row> draw_directions(const KeyedDraws& draws,
                                 std::int64_t data_size,
                                 std::int64_t latent_size) {
  std::vector<Row> out;
  for (std::int64_t l = 0; l < latent_size; ++l) {
    Row direction;
    for (std::int64_t d = 0; d < data_size; ++d) direction.push_back(draws.normal(1, l, d));
    // Twice: one pass leaves errors of the condition number times the rounding unit.
    for (int pass = 0; pass < 2; ++pass) {
      for (const Row& other : out) {
        const double share = dot(direction, other) / dot(other, other);
        for (std::size_t d = 0; d < direction.size(); ++d) direction[d] -= share * other[d];
      }
    }
    const double wanted = std::sqrt(static_cast<double>(data_size)) *
                          (1.0 - 0.5 * static_cast<double>(l) / static_cast<double>(latent_size));
    const double factor = wanted / std::sqrt(dot(direction, direction));
    for (double& value : direction) value *= factor;
    out.push_back(std::move(direction));
  }
  return out;
}

struct Truth {
  std::vector<Row> directions;  ///< the columns of W
  Row bias;
  double noise_scale;
  std::vector<Row> effects = {};  ///< the columns of V, one of each covariate
  std::string values = "real";    ///< what becomes of its numbers (values_of)
};

/// What becomes of a number of the linear model: itself, its exponential, or that as odds.
double value_of(const std::string& values, double y) {
  if (values == "positive") return std::exp(y);
  return values == "fractions" ? 1 / (1 + std::exp(-y)) : y;
}

/// The number that became x, and ln |dy / dx| there.
std::pair<double, double> source_of(const std::string& values, double x) {
  if (values == "positive") return {std::log(x), -std::log(x)};
  if (values == "fractions") return {std::log(x) - std::log1p(-x), -std::log(x) - std::log1p(-x)};
  return {x, 0};
}

/// c of a row: standard normal numbers of its stream behind those of z.
Row covariates_of(const KeyedDraws& draws,
                  const Truth& truth,
                  std::uint32_t stream,
                  std::int64_t row) {
  Row out;
  for (std::size_t i = 0; i < truth.effects.size(); ++i)
    out.push_back(
        draws.normal(stream, row, static_cast<std::int64_t>(truth.directions.size() + i)));
  return out;
}

void add_effects(const Truth& truth, const Row& covariates, double sign, double* x) {
  for (std::size_t i = 0; i < covariates.size(); ++i)
    for (std::size_t d = 0; d < truth.bias.size(); ++d)
      x[d] += sign * covariates[i] * truth.effects[i][d];
}

/// x = b + noise + W z + V c. The stream gives z and c, the one after it the noise.
void draw_row(const KeyedDraws& draws,
              const Truth& truth,
              std::uint32_t stream,
              std::int64_t row,
              double* x) {
  const std::size_t data_size = truth.bias.size();
  for (std::size_t d = 0; d < data_size; ++d) {
    const auto column = static_cast<std::int64_t>(d);
    x[d] = truth.bias[d] + truth.noise_scale * draws.normal(stream + 1, row, column);
  }
  for (std::size_t l = 0; l < truth.directions.size(); ++l) {
    const double z = draws.normal(stream, row, static_cast<std::int64_t>(l));
    for (std::size_t d = 0; d < data_size; ++d) x[d] += z * truth.directions[l][d];
  }
  add_effects(truth, covariates_of(draws, truth, stream, row), 1, x);
  for (std::size_t d = 0; d < data_size; ++d) x[d] = value_of(truth.values, x[d]);
}

Json weight_rows(const Truth& truth) {
  Json out = Json::array();
  for (std::size_t d = 0; d < truth.bias.size(); ++d) {
    Json row = Json::array();
    for (const Row& direction : truth.directions) row.push_back(direction[d]);
    out.push_back(std::move(row));
  }
  return out;
}

Truth truth_of(const Json& info) {
  Truth out{{}, info.at("bias").get<Row>(), info.at("noise_scale").get<double>()};
  const auto weight = info.at("weight").get<std::vector<Row>>();
  out.directions.assign(weight.at(0).size(), Row(weight.size()));
  for (std::size_t d = 0; d < weight.size(); ++d)
    for (std::size_t l = 0; l < weight[d].size(); ++l) out.directions[l][d] = weight[d][l];
  out.effects = info.value("effects", std::vector<Row>{});
  out.values = info.value("values", out.values);
  return out;
}

/// ln N(rest; 0, W W' + noise I) of the numbers that were observed, by the matrix determinant and
/// inversion lemmas: without some rows the columns of W are no longer orthogonal.
double log_evidence_of_seen(const Truth& truth, const Row& rests) {
  const std::size_t units = truth.directions.size();
  const double noise = truth.noise_scale * truth.noise_scale;
  std::vector<Row> gram(units, Row(units, 0.0));  // I + W'W / noise, then its Cholesky factor
  Row projected(units, 0.0);
  double square = 0, count = 0;
  for (std::size_t d = 0; d < truth.bias.size(); ++d) {
    const double rest = rests[d];
    if (std::isnan(rest)) continue;
    ++count;
    square += rest * rest / noise;
    for (std::size_t i = 0; i < units; ++i) {
      projected[i] += truth.directions[i][d] * rest / noise;
      for (std::size_t j = 0; j < units; ++j)
        gram[i][j] += truth.directions[i][d] * truth.directions[j][d] / noise;
    }
  }
  double log_determinant = count * std::log(noise);
  for (std::size_t i = 0; i < units; ++i) {
    gram[i][i] += 1;
    for (std::size_t j = 0; j <= i; ++j) {
      for (std::size_t k = 0; k < j; ++k) gram[i][j] -= gram[i][k] * gram[j][k];
      gram[i][j] = i == j ? std::sqrt(gram[i][i]) : gram[i][j] / gram[j][j];
    }
    for (std::size_t k = 0; k < i; ++k) projected[i] -= gram[i][k] * projected[k];
    projected[i] /= gram[i][i];
    log_determinant += 2 * std::log(gram[i][i]);
    square -= projected[i] * projected[i];
  }
  return -0.5 * (count * std::log(kTwoPi) + log_determinant + square);
}

/// The covariates of a row as they were drawn, before they were standardised.
Row raw_covariates(const RawData& data, const std::string& split, std::int64_t row) {
  Row out;
  const Covariates& covariates = data.covariates;
  const double* values = data.splits.at(split).covariates.as<double>() + row * covariates.size();
  for (std::size_t i = 0; i < covariates.numbers.size(); ++i)
    out.push_back(covariates.mean[i] + covariates.deviation[i] * values[i]);
  return out;
}

/// Draws the covariates of every split again, behind x in a file of these rows.
void add_covariates(const KeyedDraws& draws, const Truth& truth, RawData& out) {
  std::int64_t number = out.event_shape.front();
  for (std::size_t i = 0; i < truth.effects.size(); ++i) out.covariates.numbers.push_back(number++);
  out.info["column_numbers"] = first_numbers(out.event_shape.front());
  out.info["file_columns"] = number;
  out.info["effects"] = truth.effects;
  for (auto& [name, split] : out.splits) {
    Row all;
    for (std::int64_t row = 0; row < split.size(); ++row)
      for (const double c : covariates_of(draws, truth, stream_of_split(name), row))
        all.push_back(c);
    split.covariates.element = Element::f64;
    split.covariates.shape = {split.size(), out.covariates.size()};
    const auto* bytes = reinterpret_cast<const unsigned char*>(all.data());
    split.covariates.bytes.assign(bytes, bytes + all.size() * sizeof(double));
  }
  standardize_covariates(out, "synthetic_linear_gaussian");
}

}  // namespace

std::vector<double> log_evidence(const RawData& data, const std::string& split) {
  const Truth truth = truth_of(data.info);
  const Array& images = data.splits.at(split).images;
  const auto data_size = static_cast<std::int64_t>(truth.bias.size());
  const double noise = truth.noise_scale * truth.noise_scale;
  const double unexplained =
      static_cast<double>(data_size) - static_cast<double>(truth.directions.size());
  double log_determinant = unexplained * std::log(noise);
  for (const Row& direction : truth.directions)
    log_determinant += std::log(dot(direction, direction) + noise);
  std::vector<double> out;
  for (std::int64_t row = 0; row < images.shape[0]; ++row) {
    const double* x = images.as<double>() + row * data_size;
    Row rest;
    double volume = 0;
    for (std::int64_t d = 0; d < data_size; ++d) {
      const auto [source, log_slope] = source_of(truth.values, x[d]);
      rest.push_back(source - truth.bias[static_cast<std::size_t>(d)]);
      if (!std::isnan(x[d])) volume += log_slope;
    }
    add_effects(truth, raw_covariates(data, split, row), -1, rest.data());
    if (std::any_of(rest.begin(), rest.end(), [](double value) { return std::isnan(value); })) {
      out.push_back(volume + log_evidence_of_seen(truth, rest));
      continue;
    }
    double distance = 0;
    for (const Row& direction : truth.directions) {
      const double length = dot(direction, direction);
      const double share = dot(rest, direction) / length;
      distance += share * share * length / (length + noise);
      // What remains is the part outside the columns; subtracting vectors loses less than
      // subtracting squares.
      for (std::size_t d = 0; d < rest.size(); ++d) rest[d] -= share * direction[d];
    }
    distance += dot(rest, rest) / noise;
    out.push_back(volume - 0.5 * (static_cast<double>(data_size) * std::log(kTwoPi) +
                                  log_determinant + distance));
  }
  return out;
}

RawData make_linear_gaussian(const ConfigNode& config, std::uint64_t run_seed) {
  const std::int64_t data_size = config.integer("data_size"),
                     latent_size = config.integer("latent_size");
  if (latent_size > data_size) {
    throw DataError("data.latent_size: expected at most data_size " + std::to_string(data_size) +
                        ", got " + std::to_string(latent_size),
                    "there are no more orthogonal columns than features");
  }
  const KeyedDraws draws(derive_key(seed_of(config, "seed", run_seed), Purpose::synthetic));
  Truth truth{draw_directions(draws, data_size, latent_size), {}, config.number("noise_scale")};
  for (std::int64_t d = 0; d < data_size; ++d) truth.bias.push_back(draws.normal(2, 0, d));
  truth.values = config.text("values");
  for (std::int64_t i = 0; i < config.integer("num_covariates"); ++i) {
    truth.effects.emplace_back();
    for (std::int64_t d = 0; d < data_size; ++d)
      truth.effects.back().push_back(draws.normal(3, i, d));
  }
  RawData out =
      fill_splits(config, data_size, [&](std::uint32_t stream, std::int64_t row, double* x) {
        draw_row(draws, truth, stream, row, x);
      });
  if (config.has("missing"))
    hide_at_random(out, config.number("missing"), seed_of(config, "seed", run_seed));
  note_gaps(out);
  if (!truth.effects.empty()) add_covariates(draws, truth, out);
  out.info["weight"] = weight_rows(truth);
  out.info["bias"] = truth.bias;
  out.info["noise_scale"] = truth.noise_scale;
  out.info["values"] = truth.values;
  Json evidence = Json::object();
  for (const auto& entry : out.splits) {
    const std::vector<double> values = log_evidence(out, entry.first);
    evidence[entry.first] =
        std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  }
  out.info["mean_log_evidence"] = evidence;
  return out;
}

}  // namespace elbow::data
