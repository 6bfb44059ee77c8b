#pragma once

#include <string>

#include "elbow/foundations/core/config_node.h"

namespace elbow::data {

/// Whether a file is an LDA-C corpus by its ending, .ldac or .ldac.gz.
bool is_corpus_name(const std::string& name);
/// What `data_info` and `describe_data_file` say of such a file. @throws DataError, IoError
Json corpus_info(const std::string& path);
std::string describe_corpus(const std::string& path);

}  // namespace elbow::data
