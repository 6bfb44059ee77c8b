#include "division.h"

#include <numeric>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/permutation.h"
#include "elbow/foundations/core/philox.h"

namespace elbow::data {

Division divide_at_random(const RowNumbers& rows,
                          std::int64_t valid,
                          std::int64_t test,
                          std::uint64_t seed) {
  const auto count = static_cast<std::int64_t>(rows.size());
  const Permutation order(derive_key(seed, Purpose::split), 0, count);
  Division out;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t row = rows[static_cast<std::size_t>(valid + test > 0 ? order(i) : i)];
    (i < count - valid - test ? out.train : i < count - test ? out.valid : out.test).push_back(row);
  }
  return out;
}

RowNumbers first_numbers(std::int64_t count) {
  RowNumbers out(static_cast<std::size_t>(count));
  std::iota(out.begin(), out.end(), std::int64_t{0});
  return out;
}

RowNumbers others(std::int64_t count, const RowNumbers& list) {
  std::vector<bool> is_listed(static_cast<std::size_t>(count), false);
  for (const std::int64_t row : list) is_listed[static_cast<std::size_t>(row)] = true;
  RowNumbers out;
  for (std::int64_t row = 0; row < count; ++row)
    if (!is_listed[static_cast<std::size_t>(row)]) out.push_back(row);
  return out;
}

void check_sizes(std::int64_t rows,
                 std::int64_t valid,
                 std::int64_t test,
                 const std::string& path,
                 const std::string& what) {
  // Each against the rows first, so that the sum cannot overflow.
  if (valid < rows && test < rows && valid + test < rows) return;
  throw DataError("data: expected validation_size + test_size below the " + std::to_string(rows) +
                      " " + what + " of " + path + ", got " + std::to_string(valid) + " and " +
                      std::to_string(test),
                  "leave at least one to train on");
}

}  // namespace elbow::data
