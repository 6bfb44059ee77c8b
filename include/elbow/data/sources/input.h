#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "elbow/data/sources/named_set.h"
#include "elbow/foundations/core/config_node.h"

namespace elbow::data {

/// What bytes of a file stand for: grey levels (255 is 1), the values 0 and 1, or plain numbers.
enum class Bytes { grey, bits, numbers };

/// How the training data of a run were read. A file that comes later means what it would have meant
/// then, whatever it looks like itself.
struct Reading {
  std::vector<std::int64_t> event_shape;
  Bytes bytes = Bytes::numbers;
  std::vector<std::string> names;     ///< of the columns used, in order; empty without a header
  std::vector<std::int64_t> numbers;  ///< of these columns, in the training file
  std::int64_t file_columns = 0;      ///< of the training file
  std::int64_t num_responses = 0;     ///< the last of these columns
  bool has_gaps = false;              ///< numbers were missing
  std::string sequence_column;        ///< its name, where it has one
  std::string label;                  ///< the name of the label's column, where it has one
  std::int64_t label_number = -1;     ///< its number in the training file; -1: no column
  std::vector<double> classes;        ///< what the labels of training were; empty: there were none
  Covariates covariates;
  std::vector<double> mean, deviation;  ///< of the training rows, where they were standardised
  std::map<std::string, std::string> sha256;  ///< of the file of each split, decoded
};

/// What the data that a run trains on say of it.
Reading reading_of(const RawData& data);
/// What a run keeps of it. Event shape, number of responses and moments stand elsewhere in its
/// facts.
Json reading_json(const Reading& reading);
/// @param facts of a run, with or without its reading
Reading reading_from(const Json& facts);

/// A user's own file as the split "input", read as the training file was: columns by name where
/// both files have names, else by position; markers and sequences as the section says; bytes as in
/// training; standardised by the moments of training. Values are checked as in training. What is
/// missing is NaN, for a run whose training data had gaps.
/// @param config the data section of the run
/// @param may_lack_response the response may be absent, as a column or in every row: it is NaN then
/// @throws DataError: file, place, expected, found, remedy
RawData load_input(const ConfigNode& config,
                   const Reading& reading,
                   const std::string& file,
                   bool may_lack_response);

}  // namespace elbow::data
