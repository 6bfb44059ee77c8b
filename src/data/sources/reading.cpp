#include <stdexcept>

#include "elbow/data/sources/input.h"

namespace elbow::data {
namespace {

const char* word_of(Bytes bytes) {
  return bytes == Bytes::grey ? "grey" : bytes == Bytes::bits ? "bits" : "numbers";
}

Bytes bytes_from(const std::string& word) {
  for (const Bytes bytes : {Bytes::grey, Bytes::bits, Bytes::numbers})
    if (word == word_of(bytes)) return bytes;
  throw std::logic_error("unknown meaning of bytes '" + word + "'");
}

}  // namespace

Reading reading_of(const RawData& data) {
  Reading out;
  out.event_shape = data.event_shape;
  const RawSplit& train = data.splits.at("train");
  if (train.corpus == nullptr && train.images.element == Element::u8)
    out.bytes = data.is_binary ? Bytes::bits : Bytes::grey;
  out.names = data.info.value("columns", out.names);
  out.numbers = data.info.value("column_numbers", out.numbers);
  out.file_columns = data.info.value("file_columns", std::int64_t{0});
  out.num_responses = data.num_responses;
  out.has_gaps = data.has_gaps;
  out.sequence_column = data.info.value("sequence_column", "");
  out.label = data.info.value("label", "");
  out.label_number = data.info.value("label_number", std::int64_t{-1});
  out.classes = data.classes;
  out.covariates = data.covariates;
  out.mean =
      data.info.contains("standard_deviation") ? data.info.value("mean", out.mean) : out.mean;
  out.deviation = data.info.value("standard_deviation", out.deviation);
  for (const auto& [name, split] : data.splits) out.sha256[name] = split.sha256;
  return out;
}

Json reading_json(const Reading& reading) {
  Json out = {{"bytes", word_of(reading.bytes)},
              {"names", reading.names},
              {"numbers", reading.numbers},
              {"file_columns", reading.file_columns},
              {"sequence_column", reading.sequence_column},
              {"sha256", reading.sha256}};
  if (!reading.classes.empty())
    out["labels"] = {{"classes", reading.classes},
                     {"column", reading.label},
                     {"column_number", reading.label_number}};
  const Covariates& given = reading.covariates;
  if (given.size() > 0)
    out["covariates"] = {{"columns", given.names},
                         {"column_numbers", given.numbers},
                         {"mean", given.mean},
                         {"standard_deviation", given.deviation}};
  return out;
}

Reading reading_from(const Json& facts) {
  Reading out;
  out.event_shape = facts.value("event_shape", out.event_shape);
  out.num_responses = facts.value("responses", std::int64_t{0});
  out.has_gaps = facts.value("gaps", false);
  if (facts.contains("standardization")) {
    out.mean = facts.at("standardization").at("mean").get<std::vector<double>>();
    out.deviation = facts.at("standardization").at("standard_deviation").get<std::vector<double>>();
  }
  const Json kept = facts.value("reading", Json::object());
  out.bytes = bytes_from(kept.value("bytes", "numbers"));
  out.names = kept.value("names", out.names);
  out.numbers = kept.value("numbers", out.numbers);
  out.file_columns = kept.value("file_columns", std::int64_t{0});
  out.sequence_column = kept.value("sequence_column", "");
  out.sha256 = kept.value("sha256", out.sha256);
  if (kept.contains("labels")) {
    const Json& labels = kept.at("labels");
    out.classes = labels.at("classes").get<std::vector<double>>();
    out.label = labels.value("column", "");
    out.label_number = labels.value("column_number", std::int64_t{-1});
  }
  if (kept.contains("covariates")) {
    const Json& given = kept.at("covariates");
    out.covariates.names = given.at("columns").get<std::vector<std::string>>();
    out.covariates.numbers = given.at("column_numbers").get<std::vector<std::int64_t>>();
    out.covariates.mean = given.at("mean").get<std::vector<double>>();
    out.covariates.deviation = given.at("standard_deviation").get<std::vector<double>>();
  }
  return out;
}

}  // namespace elbow::data
