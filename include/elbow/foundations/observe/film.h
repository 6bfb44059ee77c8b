#pragma once

#include <string>

namespace elbow {

/// Of pictures NAME-step-N.png in a folder, once there are two: NAME-film.png shows them in turn,
/// NAME-strip.png six of them side by side, most of them early ones.
/// @throws IoError, DataError for a file that is no PNG
void renew_film(const std::string& folder, const std::string& name);

}  // namespace elbow
