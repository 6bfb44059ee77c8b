#pragma once

#include <string>
#include <vector>

#include "elbow/data/sources/fetch.h"
#include "elbow/data/sources/known_files.h"

namespace elbow::data {

/// The address of a file below a mirror's.
std::string url_of(const std::string& mirror, const KnownFile& file);

/// True when the file is there and its decoded content is the published one.
bool is_in_place(const KnownFile& file, const std::string& folder);

/// Gets one file from the first mirror that has it, checks its decoded content and renames it into
/// place.
/// @throws DataError when the last mirror's content is another one, IoError when none could be read
void fetch_file(const KnownFile& file,
                const std::vector<std::string>& mirrors,
                const std::string& folder,
                const FetchOptions& options);

}  // namespace elbow::data
