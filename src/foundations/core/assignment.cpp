#include "elbow/foundations/core/assignment.h"

#include <algorithm>
#include <limits>

namespace elbow {
namespace {

/// A square problem of least cost, row by row: each new row takes the shortest path that leads to a
/// free column. Potentials keep all reduced costs at 0 or above. Index 0 is a place to begin from.
class Matching {
 public:
  explicit Matching(std::vector<std::vector<double>> costs)
      : costs_(std::move(costs)),
        size_(costs_.size()),
        of_rows_(size_ + 1, 0),
        of_columns_(size_ + 1, 0),
        row_of_(size_ + 1, 0) {
    for (std::size_t row = 1; row <= size_; ++row) add(row);
  }
  /// From 0, the row of each column.
  const std::vector<std::size_t>& rows() const { return row_of_; }

 private:
  void add(std::size_t row) {
    std::vector<double> shortest(size_ + 1, std::numeric_limits<double>::infinity());
    std::vector<std::size_t> before(size_ + 1, 0);
    std::vector<bool> is_done(size_ + 1, false);
    std::size_t column = 0;
    row_of_[0] = row;
    do {
      is_done[column] = true;
      column = extend(column, shortest, before, is_done);
    } while (row_of_[column] != 0);
    for (; column != 0; column = before[column]) row_of_[column] = row_of_[before[column]];
  }

  /// @return the nearest column that is not done
  std::size_t extend(std::size_t from,
                     std::vector<double>& shortest,
                     std::vector<std::size_t>& before,
                     const std::vector<bool>& is_done) {
    const std::size_t row = row_of_[from];
    std::size_t next = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t column = 1; column <= size_; ++column) {
      if (is_done[column]) continue;
      const double reduced = costs_[row - 1][column - 1] - of_rows_[row] - of_columns_[column];
      if (reduced < shortest[column]) shortest[column] = reduced, before[column] = from;
      if (shortest[column] < least) least = shortest[column], next = column;
    }
    for (std::size_t column = 0; column <= size_; ++column) {
      if (is_done[column])
        of_rows_[row_of_[column]] += least, of_columns_[column] -= least;
      else
        shortest[column] -= least;
    }
    return next;
  }

  std::vector<std::vector<double>> costs_;
  std::size_t size_;
  std::vector<double> of_rows_, of_columns_;  ///< potentials
  std::vector<std::size_t> row_of_;           ///< of each column, from 1; 0: it is free
};

}  // namespace

std::vector<std::int64_t> best_assignment(const std::vector<std::vector<double>>& values) {
  const std::size_t rows = values.size(), columns = rows == 0 ? 0 : values.front().size();
  const std::size_t size = std::max(rows, columns);
  std::vector<std::vector<double>> costs(size, std::vector<double>(size, 0));
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column)
      costs[row][column] = -values[row][column];
  const Matching matching(std::move(costs));
  std::vector<std::int64_t> out(rows, -1);
  for (std::size_t column = 1; column <= columns; ++column)
    if (const std::size_t row = matching.rows()[column]; row <= rows)
      out[row - 1] = static_cast<std::int64_t>(column) - 1;
  return out;
}

}  // namespace elbow
