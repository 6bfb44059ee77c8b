#include "elbow/data/sources/input.h"

#include "elbow/data/sources/corpus.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/hash.h"
#include "input_parts.h"

namespace elbow::data {
namespace {

EventKind event_of(const std::string& type) {
  for (const ComponentInfo& info : data_components())
    if (info.name == type) return info.find_traits<DataTraits>()->event;
  return EventKind::vector;
}

/// Documents over the vocabulary of training.
RawData corpus_input(const Reading& reading, const std::string& file) {
  RawData out;
  const std::int64_t size = reading.event_shape.at(0);
  const auto corpus = read_ldac(file, size, out.warnings);
  corpus->set_vocabulary(size, nullptr);
  RawSplit split;
  split.file = file;
  split.sha256 = corpus->sha256();
  split.documents = first_numbers(corpus->num_documents());
  split.corpus = corpus;
  out.event_shape = reading.event_shape;
  out.splits["input"] = std::move(split);
  return out;
}

}  // namespace

RawData as_input(RawSplit split, const Reading& reading, const std::string& bytes) {
  RawData out;
  split.sha256 = io::sha256_hex(bytes);
  // A file of the run itself gets the draws that it got there: the same pixels become 1.
  for (const auto& [name, sum] : reading.sha256)
    if (sum == split.sha256 && split.draws_as.empty()) split.draws_as = name;
  if (reading.sha256.count("train") != 0 && reading.sha256.at("train") == split.sha256)
    split.draws_as = "train";
  out.event_shape = reading.event_shape;
  out.num_responses = reading.num_responses;
  out.classes = reading.classes;
  out.covariates = reading.covariates;
  out.has_gaps = reading.has_gaps;
  if (!reading.names.empty()) out.info["columns"] = reading.names;
  out.splits["input"] = std::move(split);
  return out;
}

RawData load_input(const ConfigNode& config,
                   const Reading& reading,
                   const std::string& file,
                   bool may_lack_response) {
  const EventKind event = event_of(config.type());
  if (event == EventKind::bag_of_words) return corpus_input(reading, file);
  if (event == EventKind::sequence) return sequence_input(config, reading, file);
  if (event == EventKind::image) return image_input(config, reading, file);
  if (event == EventKind::vector) return table_input(config, reading, file, may_lack_response);
  throw DataError(file +
                      ": the run was trained without data, on a density of its own, so that no "
                      "file can be read as its training file was",
                  "leave out --input");
}

}  // namespace elbow::data
