#include "elbow/foundations/observe/canvas.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "plot_axis.h"

namespace elbow {
namespace {

constexpr Rgb kAxis{140, 149, 159};

std::size_t size_of(int pixels) { return static_cast<std::size_t>(pixels); }

/// The curve at x, straight between its points; NaN outside.
double interpolated(const std::vector<double>& x, const std::vector<double>& y, double at) {
  const auto after = std::lower_bound(x.begin(), x.end(), at);
  if (after == x.end() || (after == x.begin() && at < x.front())) return std::nan("");
  const auto i = static_cast<std::size_t>(after - x.begin());
  if (x[i] == at) return y[i];
  const double share = (at - x[i - 1]) / (x[i] - x[i - 1]);
  return y[i - 1] + share * (y[i] - y[i - 1]);
}

}  // namespace

Canvas::Canvas(int width, int height, const DataRange& x, const DataRange& y) : x_(x), y_(y) {
  const double across = x.high - x.low, up = y.high - y.low;
  if (width < 2 || height < 2 || !(across > 0) || !(up > 0) || !std::isfinite(across + up))
    throw std::invalid_argument("Canvas: expected at least 2 x 2 pixels and ranges with a width");
  picture_ = white_picture(width, height);
}

Canvas::Place Canvas::place(double x, double y) const {
  return {(x - x_.low) / (x_.high - x_.low) * (picture_.width - 1),
          (y_.high - y) / (y_.high - y_.low) * (picture_.height - 1)};
}

double Canvas::column_value(int column) const {
  return x_.low + (x_.high - x_.low) * column / (picture_.width - 1);
}

void Canvas::blend(int column, int row, const Rgb& colour, double alpha) {
  if (column < 0 || row < 0 || column >= picture_.width || row >= picture_.height) return;
  auto* pixel = &picture_.pixels[(size_of(row) * size_of(picture_.width) + size_of(column)) * 3];
  for (std::size_t c = 0; c < 3; ++c)
    pixel[c] = static_cast<std::uint8_t>(std::lround(alpha * colour[c] + (1.0 - alpha) * pixel[c]));
}

void Canvas::point(double x, double y, const Rgb& colour, int radius, double alpha) {
  const Place at = place(x, y);
  // Also false for what is not finite; behind it the pixels fit into an int.
  if (!(at.x > -radius - 1 && at.x < picture_.width + radius && at.y > -radius - 1 &&
        at.y < picture_.height + radius))
    return;
  const int column = static_cast<int>(std::lround(at.x)), row = static_cast<int>(std::lround(at.y));
  for (int dy = -radius; dy <= radius; ++dy)
    for (int dx = -radius; dx <= radius; ++dx)
      // The half more rounds the corners of small discs.
      if (dx * dx + dy * dy <= radius * radius + radius / 2)
        blend(column + dx, row + dy, colour, alpha);
}

void Canvas::stamp(const Place& at, const Rgb& colour, int thickness) {
  const int left = static_cast<int>(std::lround(at.x - 0.5 * (thickness - 1)));
  const int top = static_cast<int>(std::lround(at.y - 0.5 * (thickness - 1)));
  for (int dy = 0; dy < thickness; ++dy)
    for (int dx = 0; dx < thickness; ++dx) blend(left + dx, top + dy, colour, 1.0);
}

bool Canvas::clip(Place* from, Place* to) const {
  const double dx = to->x - from->x, dy = to->y - from->y;
  const double right = picture_.width - 1, bottom = picture_.height - 1;
  const double step[] = {-dx, dx, -dy, dy};
  const double room[] = {from->x, right - from->x, from->y, bottom - from->y};
  double enter = 0, leave = 1;
  for (int edge = 0; edge < 4; ++edge) {
    if (step[edge] == 0 && room[edge] < 0) return false;
    if (step[edge] == 0) continue;
    const double at = room[edge] / step[edge];
    if (step[edge] < 0)
      enter = std::max(enter, at);
    else
      leave = std::min(leave, at);
  }
  if (enter > leave) return false;
  const Place begin = *from;
  *from = {begin.x + enter * dx, begin.y + enter * dy};
  *to = {begin.x + leave * dx, begin.y + leave * dy};
  return true;
}

void Canvas::segment(Place from, Place to, const Rgb& colour, int thickness) {
  if (!std::isfinite(from.x + from.y + to.x + to.y) || !clip(&from, &to)) return;
  const double length = std::max(std::abs(to.x - from.x), std::abs(to.y - from.y));
  const int steps = std::max(1, static_cast<int>(std::ceil(length)));
  for (int i = 0; i <= steps; ++i) {
    const double share = static_cast<double>(i) / steps;
    stamp({from.x + share * (to.x - from.x), from.y + share * (to.y - from.y)}, colour, thickness);
  }
}

void Canvas::line(const std::vector<std::pair<double, double>>& points,
                  const Rgb& colour,
                  int thickness) {
  for (std::size_t i = 1; i < points.size(); ++i)
    segment(place(points[i - 1].first, points[i - 1].second),
            place(points[i].first, points[i].second),
            colour,
            thickness);
}

void Canvas::band(const std::vector<double>& x,
                  const std::vector<double>& lower,
                  const std::vector<double>& upper,
                  const Rgb& colour,
                  double alpha) {
  if (x.size() != lower.size() || x.size() != upper.size())
    throw std::invalid_argument("Canvas::band: the curves have different sizes");
  const double last = picture_.height - 1;
  for (int column = 0; column < picture_.width; ++column) {
    const double value = column_value(column);
    const double top = place(value, interpolated(x, upper, value)).y;
    const double bottom = place(value, interpolated(x, lower, value)).y;
    if (!(std::isfinite(top) && std::isfinite(bottom)) || top > last || bottom < 0) continue;
    const int begin = static_cast<int>(std::lround(std::clamp(top, 0.0, last)));
    const int end = static_cast<int>(std::lround(std::clamp(bottom, 0.0, last)));
    for (int row = begin; row <= end; ++row) blend(column, row, colour, alpha);
  }
}

void Canvas::axes() {
  constexpr int kMark = 6, kTicks = 6;  // length in pixels, and about how many
  const double right = picture_.width - 1, bottom = picture_.height - 1;
  const Place corners[] = {{0, 0}, {right, 0}, {right, bottom}, {0, bottom}, {0, 0}};
  for (int i = 0; i < 4; ++i) segment(corners[i], corners[i + 1], kAxis, 1);
  for (const double tick : plot::nice_ticks({x_.low, x_.high}, kTicks, /*integral=*/false).values) {
    const double at = place(tick, y_.low).x;
    segment({at, bottom - kMark}, {at, bottom}, kAxis, 1);
  }
  for (const double tick : plot::nice_ticks({y_.low, y_.high}, kTicks, /*integral=*/false).values) {
    const double at = place(x_.low, tick).y;
    segment({0, at}, {kMark, at}, kAxis, 1);
  }
}

}  // namespace elbow
