#include "plot_axis.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "text_format.h"

namespace elbow::plot {
namespace {

// Keeps high - low finite for any doubles.
constexpr double kLargest = 1e300;
constexpr std::size_t kMaxPoints = 2000;

double tame(double value) { return std::clamp(value, -kLargest, kLargest); }

Range empty_range() {
  const double infinity = std::numeric_limits<double>::infinity();
  return {infinity, -infinity};
}

void include(Range* range, double value) {
  range->low = std::min(range->low, value);
  range->high = std::max(range->high, value);
}

bool is_empty(const Range& range) { return range.low > range.high; }

/// A range of no width gets some, so that a constant is drawn in the middle.
Range widened(Range range) {
  if (is_empty(range)) return {0, 1};
  // Below this two neighbouring ticks would be the same double.
  const double least = std::max(std::abs(range.low), std::abs(range.high)) * 1e-9;
  if (range.high - range.low > least) return range;
  const double half = range.low == 0 ? 1 : std::abs(range.low) * 0.1;
  return {range.low - half, range.high + half};
}

Range finite_y(const Plot& plot, double from_x) {
  Range range = empty_range();
  for (const Series& series : plot.series)
    for (const auto& [x, y] : series.points)
      if (std::isfinite(x) && std::isfinite(y) && x >= from_x) include(&range, tame(y));
  return range;
}

double nice_step(double rough) {
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (rough <= factor * power * (1 + 1e-9)) return factor * power;
  return 10 * power;
}

std::string tick_label(double value, double step) {
  if (std::abs(value) < step * 1e-6) return "0";
  const double magnitude = std::abs(value);
  if (step < 1e-4 || magnitude >= 1e9) return text::significant(value, 4);
  const int decimals = step >= 1 ? 0 : static_cast<int>(std::ceil(-std::log10(step) - 1e-9));
  return text::fixed(value, decimals);
}

/// Appends the lowest and the highest point of one column, in the order of x.
void close_column(Points* column, Points* piece) {
  if (column->empty()) return;
  const auto [low, high] =
      std::minmax_element(column->begin(), column->end(), [](const auto& a, const auto& b) {
        return a.second < b.second;
      });
  piece->push_back(*std::min(low, high));
  if (low != high) piece->push_back(*std::max(low, high));
  column->clear();
}

}  // namespace

Ticks nice_ticks(Range range, int wanted, bool integral) {
  double step = nice_step((range.high - range.low) / std::max(wanted, 1));
  if (integral) step = std::max(step, 1.0);
  Ticks ticks;
  const double first = std::ceil(range.low / step - 1e-9);
  // By index, since a running sum drifts; the bound guards against a step lost in rounding.
  for (int i = 0; i <= 4 * wanted + 4; ++i) {
    const double value = (first + i) * step;
    if (value > range.high + step * 1e-9) break;
    ticks.values.push_back(value);
    ticks.labels.push_back(tick_label(value, step));
  }
  return ticks;
}

Range x_range(const Plot& plot) {
  Range range = empty_range();
  for (const Series& series : plot.series)
    for (const auto& point : series.points)
      if (std::isfinite(point.first)) include(&range, tame(point.first));
  // A curve of steps begins at 1 or 100; its axis begins at 0.
  if (range.low > 0 && range.low < 0.05 * range.high) range.low = 0;
  return widened(range);
}

Range y_range(const Plot& plot, bool* is_clipped) {
  *is_clipped = false;
  Range range = finite_y(plot, -kLargest);
  if (plot.focus && !is_empty(range)) {
    const Range x = x_range(plot);
    const Range later = finite_y(plot, x.low + (x.high - x.low) / 20);
    if (!is_empty(later) && later.high > later.low &&
        (range.high - range.low) > 3 * (later.high - later.low)) {
      range = later;
      *is_clipped = true;
    }
  }
  range = widened(range);
  const double pad = (range.high - range.low) * 0.04;
  return {range.low - pad, range.high + pad};
}

std::vector<Points> line_pieces(const Series& series, Range x, int columns) {
  const bool decimate = series.points.size() > kMaxPoints;
  const bool has_gap = std::any_of(series.points.begin(), series.points.end(), [](const auto& p) {
    return !std::isfinite(p.second);
  });
  // A column keeps two points, and two more when it holds a gap.
  const int most = static_cast<int>(kMaxPoints) / (has_gap ? 4 : 2) - 1;
  const int kept = std::clamp(columns, 1, most);
  std::vector<Points> pieces(1);
  Points column;
  int current = -1, column_of_gap = -1;
  for (const auto& [px, py] : series.points) {
    if (!std::isfinite(px)) continue;
    const double share = (tame(px) - x.low) / (x.high - x.low);
    const int at = decimate ? static_cast<int>(share * kept) : current + 1;
    if (at != current) close_column(&column, &pieces.back());
    current = at;
    if (std::isfinite(py)) {
      column.emplace_back(tame(px), tame(py));
    } else if (at != column_of_gap) {
      column_of_gap = at;
      close_column(&column, &pieces.back());
      if (!pieces.back().empty()) pieces.emplace_back();
    }
  }
  close_column(&column, &pieces.back());
  if (pieces.back().empty()) pieces.pop_back();
  return pieces;
}

}  // namespace elbow::plot
