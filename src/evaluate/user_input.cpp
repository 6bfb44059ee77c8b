// A user's own examples, brought to the form of the training data.
#include <cmath>
#include <limits>

#include "elbow/core/error.h"
#include "elbow/core/shape.h"
#include "elbow/data/formats.h"
#include "elbow/evaluate/trained_run.h"
#include "elbow/io/hash.h"
#include "elbow/observe/log.h"
#include "shape_text.h"

namespace elbow {

namespace {

void become_float64(data::Array& array, const std::vector<double>& values) {
  array.element = data::Element::f64;
  const auto* bytes = reinterpret_cast<const unsigned char*>(values.data());
  array.bytes.assign(bytes, bytes + values.size() * sizeof(double));
}

/// A last column of NaN: what is to be predicted.
void add_response(data::Array& table) {
  const std::int64_t rows = table.shape[0], width = table.count() / rows;
  const std::vector<double> given = data::to_double(table);
  std::vector<double> out;
  for (std::int64_t row = 0; row < rows; ++row) {
    out.insert(out.end(), given.begin() + row * width, given.begin() + (row + 1) * width);
    out.push_back(std::numeric_limits<double>::quiet_NaN());
  }
  become_float64(table, out);
  table.shape = {rows, width + 1};
}

/// The moments of the training rows, as the training took them.
void standardize(data::Array& table, const Json& moments) {
  const auto mean = moments.at("mean").get<std::vector<double>>(),
             deviation = moments.at("standard_deviation").get<std::vector<double>>();
  std::vector<double> values = data::to_double(table);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t column = i % mean.size();
    values[i] = (values[i] - mean[column]) / deviation[column];
  }
  become_float64(table, values);
}

/// Element types that a data set holds: bytes, float32, float64.
void become_resident(data::RawData& raw, data::Array& array) {
  if (array.element == data::Element::u8) {
    raw.is_binary = true;
    for (const unsigned char value : array.bytes) raw.is_binary = raw.is_binary && value <= 1;
    return;
  }
  if (array.element == data::Element::f32 || array.element == data::Element::f64) return;
  const std::vector<float> values = data::to_float(array);
  array.element = data::Element::f32;
  array.bytes.assign(reinterpret_cast<const unsigned char*>(values.data()),
                     reinterpret_cast<const unsigned char*>(values.data() + values.size()));
}

data::RawData input_array(const std::string& file, const TrainedRun& run, bool may_lack_response) {
  data::RawSplit split;
  split.images = data::read_any(file);
  split.file = file;
  const Shape& event_shape = run.event_shape;
  const std::int64_t width = num_elements(event_shape);
  const auto shape = split.images.shape;
  const std::int64_t found = shape.empty() || shape[0] == 0 ? 0 : split.images.count() / shape[0];
  const bool lacks_response = may_lack_response && found == width - 1;
  if ((found != width && !lacks_response) ||
      (shape.size() > 2 && shape.back() != event_shape.back()))
    throw DataError(
        file + ": examples of shape " +
            shape_text(shape.empty() ? Shape{} : Shape(shape.begin() + 1, shape.end())) +
            ", expected " + shape_text(event_shape) + " as in training" +
            (may_lack_response ? ", or one column less" : ""),
        "elbow data info " + file);
  if (lacks_response) add_response(split.images);
  if (run.facts.contains("standardization"))
    standardize(split.images, run.facts.at("standardization"));
  split.sha256 = io::sha256_hex(
      {reinterpret_cast<const char*>(split.images.bytes.data()), split.images.bytes.size()});
  data::RawData raw;
  raw.event_shape = event_shape;
  raw.num_responses = run.facts.value("responses", std::int64_t{0});
  become_resident(raw, split.images);
  split.images.shape = {shape[0], width};
  raw.splits["input"] = std::move(split);
  return raw;
}

/// Documents over the vocabulary of training.
data::RawData input_corpus(const std::string& file, const Shape& event_shape) {
  data::RawData raw;
  raw.event_shape = event_shape;
  const auto corpus = data::read_ldac(file, event_shape.at(0), raw.warnings);
  corpus->set_vocabulary(event_shape.at(0), nullptr);
  data::RawSplit split;
  split.file = file;
  split.sha256 = corpus->sha256();
  split.documents = row_range(0, corpus->num_documents());
  split.corpus = corpus;
  raw.splits["input"] = std::move(split);
  return raw;
}

}  // namespace

std::shared_ptr<Dataset> TrainedRun::load_input(const std::string& file,
                                                bool may_lack_response) const {
  const ConfigNode data = node().child("data");
  const ConfigNode own = uses_stand_in && data.has("stand_in") ? data.child("stand_in") : data;
  const bool is_corpus = own.type() == "bag_of_words";
  data::RawData raw =
      is_corpus ? input_corpus(file, event_shape) : input_array(file, *this, may_lack_response);
  for (const auto& warning : raw.warnings) log::warning(warning);
  const std::string binarize = own.has("binarize") ? own.text("binarize") : "none";
  return std::make_shared<Dataset>(std::move(raw), binarize, seed, device, dtype_of(node()));
}

}  // namespace elbow
