#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace elbow::io {

/// step-00012000: at least eight digits.
std::string checkpoint_name(std::int64_t step);

/// The step of a name that `checkpoint_name` could have made; nothing for any other text.
std::optional<std::int64_t> checkpoint_step(const std::string& name);

/// The step that a user means by `step-12000`, `step-00012000` or `12000`.
std::optional<std::int64_t> requested_step(const std::string& text);

}  // namespace elbow::io
