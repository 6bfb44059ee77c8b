#pragma once

#include <array>
#include <utility>

#include "elbow/foundations/core/traits/words.h"

namespace elbow {

/// What one example is.
enum class EventKind {
  none,  ///< there are no examples
  vector,
  image,
  sequence,      ///< steps, of which an example has any number
  bag_of_words,  ///< a document as word counts
};

constexpr std::array<std::pair<EventKind, const char*>, 5> words(EventKind /*of*/) {
  return {{{EventKind::none, "none"},
           {EventKind::vector, "vector"},
           {EventKind::image, "image"},
           {EventKind::sequence, "sequence"},
           {EventKind::bag_of_words, "bag_of_words"}}};
}

}  // namespace elbow
