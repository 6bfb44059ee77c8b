#pragma once

#include <string>

namespace elbow {

/// The PNG with a sentence about it: an iTXt chunk "Description" in UTF-8 behind the header chunk.
/// PNG specification, third edition, 2025, section 11.3.3.4.
std::string with_description(const std::string& png, const std::string& text);

/// What with_description() has put into a PNG; "" when there is none. At most 1,000 bytes.
std::string description_of(const std::string& png);

}  // namespace elbow
