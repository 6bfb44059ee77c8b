#include <algorithm>
#include <cctype>

#include "elbow/foundations/config/loader.h"

namespace elbow {
namespace {

/// Nobody misspells a word this long; the distance costs the product of both lengths.
constexpr std::size_t kLongestWord = 200;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours
/// (Damerau, "A technique for computer detection and correction of spelling errors", CACM 7(3),
/// 1964).
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace

std::string nearest_word(const std::string& word, const std::vector<std::string>& known) {
  if (word.empty() || word.size() > kLongestWord) return "";
  const std::string wanted = lower(word);
  std::size_t best = std::max<std::size_t>(2, word.size() / 3) + 1;
  std::string nearest;
  for (const auto& candidate : known) {
    if (candidate.size() > kLongestWord) continue;
    const std::size_t found = distance(wanted, lower(candidate));
    // Half of a short word changed is no slip any more: 'lr' is not near 'z'.
    if (found >= best || 2 * found > std::max(word.size(), candidate.size())) continue;
    best = found;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace elbow
