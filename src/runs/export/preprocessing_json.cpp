#include <cmath>
#include <cstdio>

#include "elbow/data/dataset/build_context.h"
#include "elbow/data/dataset/dataset.h"
#include "elbow/data/sources/binarize.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/foundations/core/shape.h"
#include "exported_modules.h"

namespace elbow {

namespace {

/// JSON's numbers are doubles to most readers: 64 bits travel as hexadecimal text.
std::string hexadecimal(std::uint64_t key) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%016llx", static_cast<unsigned long long>(key));
  return text;
}

/// The key that draws the bits of each split's rows.
Json binarization_json(const std::string& word, std::uint64_t seed) {
  const auto mode = data::parse_binarize(word);
  Json keys = Json::object();
  for (const char* split : {"train", "valid", "test"})
    keys[split] = hexadecimal(data::binarize_key(mode, split_seed(seed, split), /*epoch=*/0));
  return {{"generator", "philox4x32-10"},
          {"counter", {"pixel / 4", "row of the split", "row of the split >> 32", 0}},
          {"rule", "1 if word [pixel % 4] < round(byte / 255 * 2^32), else 0"},
          {"keys", keys}};
}

Json standardization_json(const Json& moments) {
  double log_jacobian = 0;
  for (const double deviation : moments.at("standard_deviation").get<std::vector<double>>())
    log_jacobian -= std::log(deviation);
  return {{"mean", moments.at("mean")},
          {"standard_deviation", moments.at("standard_deviation")},
          {"rule", "(value - mean) / standard_deviation, column by column, in double precision"},
          {"log_jacobian", log_jacobian}};
}

/// Which rows of a table are whose: taken from the end of a keyed order.
Json split_json(const Json& data, std::uint64_t run_seed) {
  const bool takes_run = data.at("split_seed") == "run";
  const std::uint64_t seed = takes_run ? run_seed : data.at("split_seed").get<std::uint64_t>();
  return {{"validation_size", data.at("validation_size")},
          {"test_size", data.at("test_size")},
          {"key", hexadecimal(derive_key(derive_key(seed, Purpose::split), Purpose::data_order))}};
}

/// What bytes stand for, and which columns of the file are used: by what the run kept of it, which
/// one of an older version did not.
void add_reading(const Json& reading, const Json& data, Json& out) {
  if (reading.contains("bytes")) out["bytes"] = reading.at("bytes");
  if (!reading.value("names", Json::array()).empty()) out["column_names"] = reading.at("names");
  if (!reading.value("numbers", Json::array()).empty())
    out["columns"] = reading.at("numbers");
  else if (data.contains("columns"))
    out["columns"] = data.at("columns");
}

}  // namespace

Shape encoder_shape(const TrainedRun& run) {
  DataContext data;
  data.event_shape = run.event_shape;
  data.has_gaps = run.has_gaps();
  return data.encoder_shape();
}

Json blocks_json(const Layout& layout) {
  Json out = Json::array();
  std::int64_t begin = 0;
  for (const Block& block : layout) {
    out.push_back({{"name", block.name}, {"begin", begin}, {"shape", block.shape}});
    begin += num_elements(block.shape);
  }
  return out;
}

Json preprocessing_json(const TrainedRun& run) {
  const Json& section = run.config.value.at("data");
  const Json& data =
      run.uses_stand_in && section.contains("stand_in") ? section.at("stand_in") : section;
  const std::string binarize = data.value("binarize", "none");
  const auto seed = run.config.value.at("seed").get<std::uint64_t>();
  Json out = {{"event_shape", run.event_shape},
              {"dtype", run.config.value.at("dtype")},
              {"data", data.at("type")},
              {"scale",
               "bytes are divided by 255, unless every byte is 0 or 1; other numbers are taken as "
               "they are, then standardized where `standardization` says how"},
              {"binarize", binarize}};
  if (binarize == "static" || binarize == "dynamic")
    out["binarization"] = binarization_json(binarize, seed);
  if (run.facts.contains("standardization"))
    out["standardization"] = standardization_json(run.facts.at("standardization"));
  if (run.has_gaps())
    out["gaps"] = {
        {"encoder_shape", encoder_shape(run)},
        {"rule",
         "x is 0 where a number is missing; the encoder takes x and then, along the first "
         "dimension "
         "of an example, 1 for each number that was observed and 0 for those that were not"}};
  add_reading(run.facts.value("reading", Json::object()), data, out);
  if (data.at("type") == "table" && !data.contains("test_rows"))
    out["split"] = split_json(data, seed);
  return out;
}

}  // namespace elbow
