#include "elbow/foundations/observe/svg_plot.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "elbow/foundations/io/hash.h"
#include "plot_axis.h"
#include "plot_style.h"
#include "plot_text.h"
#include "text_format.h"

namespace elbow {
namespace {

constexpr int kRow = 18, kSwatch = 22, kPad = 14, kMaxMarks = 200, kFewPoints = 40;
constexpr std::size_t kMaxLabel = 48, kDensePoints = 300, kMostScattered = 2000;

std::string coordinate(double value) {
  std::string out = text::fixed(value, 1);
  out.erase(std::remove(out.begin(), out.end(), ','), out.end());
  if (out.size() > 2 && out.compare(out.size() - 2, 2, ".0") == 0) out.resize(out.size() - 2);
  return out;
}

/// One drawing: measures first, then appends element after element.
class Drawing {
 public:
  Drawing(const Plot& plot, bool is_file);
  std::string render();

 private:
  enum class Swatch { none, line, mark };
  struct Item {
    std::string text, swatch_class;
    Swatch swatch = Swatch::none;
    double x = 0, y = 0;
  };

  void choose_items();
  void place_items();
  void choose_frame();
  std::string scope_name() const;
  std::string series_class(std::size_t index) const;
  std::string description() const;
  double x_of(double value) const;
  double y_of(double value) const;
  void text(double x,
            double y,
            const std::string& classes,
            const std::string& anchor,
            const std::string& value);
  void line(double x1, double y1, double x2, double y2, const std::string& classes);
  void draw_header();
  void draw_axes();
  void draw_marks();
  void draw_series(std::size_t index);
  void draw_scattered(std::size_t index);
  void draw_non_finite();

  const Plot& plot_;
  bool is_file_, is_clipped_ = false;
  double width_, height_, left_ = 0, right_ = 0, top_ = 0, bottom_ = 0;
  plot::Range x_, y_;
  plot::Ticks x_ticks_, y_ticks_;
  std::vector<Item> items_;
  std::string scope_, out_;
};

Drawing::Drawing(const Plot& plot, bool is_file)
    : plot_(plot),
      is_file_(is_file),
      width_(std::max(plot.width, 240)),
      height_(std::max(plot.height, 160)),
      scope_(scope_name()) {
  x_ = plot::x_range(plot);
  y_ = plot::y_range(plot, &is_clipped_);
  choose_items();
  place_items();
  choose_frame();
}

/// From the content, so that two plots of a page differ and the same plot has the same bytes.
std::string Drawing::scope_name() const {
  std::string key = plot_.title + '\0' + plot_.x_label + '\0' + plot_.y_label;
  for (const Series& series : plot_.series) {
    key += '\0' + series.label;
    for (const auto& [x, y] : series.points)
      key += text::significant(x, 9) + text::significant(y, 9);
  }
  static const char kDigits[] = "0123456789abcdef";
  const std::uint32_t hash = io::crc32c(key.data(), key.size());
  std::string name = "e";
  for (int shift = 28; shift >= 0; shift -= 4) name += kDigits[hash >> shift & 15];
  return name;
}

std::string Drawing::series_class(std::size_t index) const {
  const std::string colour = std::to_string(index % plot::kNumColours);
  return scope_ + "l " + scope_ + "s" + colour +
         (index >= plot::kNumColours ? " " + scope_ + "d" : "");
}

void Drawing::choose_items() {
  if (!plot_.y_label.empty())
    items_.push_back({plot::shortened(plot_.y_label, kMaxLabel), "", Swatch::none});
  for (std::size_t i = 0; i < plot_.series.size(); ++i)
    if (!plot_.series[i].label.empty())
      items_.push_back(
          {plot::shortened(plot_.series[i].label, kMaxLabel), series_class(i), Swatch::line});
  if (!plot_.marks.empty())
    items_.push_back({plot::shortened(plot_.marks_label, kMaxLabel), scope_ + "k", Swatch::mark});
  if (is_clipped_) items_.push_back({"(first steps not shown)", "", Swatch::none});
}

/// Left to right, then the next row: nothing overlaps whatever the labels are.
void Drawing::place_items() {
  double x = kPad, y = plot_.title.empty() ? kRow : kRow + 22;
  for (Item& item : items_) {
    const double wide = plot::text_width(item.text) + (item.swatch == Swatch::none ? 0 : kSwatch);
    if (x > kPad && x + wide > width_ - kPad) {
      x = kPad;
      y += kRow;
    }
    item.x = x;
    item.y = y;
    x += wide + 18;
  }
  top_ = y + 16;
}

void Drawing::choose_frame() {
  bottom_ = height_ - (plot_.x_label.empty() ? 30 : 46);
  // Many labels in a small picture: the frame keeps a usable height and the picture grows.
  if (bottom_ - top_ < 80) {
    height_ += 80 - (bottom_ - top_);
    bottom_ = top_ + 80;
  }
  bool integral = true;
  for (const Series& series : plot_.series)
    for (const auto& point : series.points)
      integral = integral && point.first == std::floor(point.first);
  y_ticks_ = plot::nice_ticks(y_, static_cast<int>((bottom_ - top_) / 32), false);
  double widest = 0;
  for (const auto& label : y_ticks_.labels) widest = std::max(widest, plot::text_width(label));
  left_ = kPad + widest + 8;
  x_ticks_ = plot::nice_ticks(x_, static_cast<int>((width_ - left_) / 80), integral);
  const double last = x_ticks_.labels.empty() ? 0 : plot::text_width(x_ticks_.labels.back());
  right_ = width_ - std::max<double>(kPad, last / 2 + 4);
}

double Drawing::x_of(double value) const {
  return left_ + (value - x_.low) / (x_.high - x_.low) * (right_ - left_);
}

double Drawing::y_of(double value) const {
  // A clipped curve leaves the frame by one height at most: renderers dislike huge coordinates.
  const double share = std::clamp((value - y_.low) / (y_.high - y_.low), -1.0, 2.0);
  return bottom_ - share * (bottom_ - top_);
}

void Drawing::text(double x,
                   double y,
                   const std::string& classes,
                   const std::string& anchor,
                   const std::string& value) {
  out_ += "<text x=\"" + coordinate(x) + "\" y=\"" + coordinate(y) + "\" class=\"" + classes +
          "\"" + (anchor.empty() ? "" : " text-anchor=\"" + anchor + "\"") + ">" +
          escape_html(value) + "</text>\n";
}

void Drawing::line(double x1, double y1, double x2, double y2, const std::string& classes) {
  out_ += "<line x1=\"" + coordinate(x1) + "\" y1=\"" + coordinate(y1) + "\" x2=\"" +
          coordinate(x2) + "\" y2=\"" + coordinate(y2) + "\" class=\"" + classes + "\"/>\n";
}

void Drawing::draw_header() {
  if (!plot_.title.empty()) {
    // The bold 15-pixel title is about a third wider than a label.
    const auto most = static_cast<std::size_t>((width_ - 2 * kPad) / (plot::kCharacter * 1.35));
    text(kPad, 22, scope_ + "h " + scope_ + "t", "", plot::shortened(plot_.title, most));
  }
  for (const Item& item : items_) {
    double x = item.x;
    if (item.swatch == Swatch::line) line(x, item.y - 4, x + 16, item.y - 4, item.swatch_class);
    if (item.swatch == Swatch::mark) line(x + 8, item.y - 11, x + 8, item.y + 2, item.swatch_class);
    if (item.swatch != Swatch::none) x += kSwatch;
    text(x, item.y, scope_ + (item.swatch == Swatch::none ? "m" : "t"), "", item.text);
  }
}

void Drawing::draw_axes() {
  for (std::size_t i = 0; i < y_ticks_.values.size(); ++i) {
    const double y = y_of(y_ticks_.values[i]);
    line(left_, y, right_, y, scope_ + "g");
    text(left_ - 8, y + 4, scope_ + "m", "end", y_ticks_.labels[i]);
  }
  line(left_, bottom_, right_, bottom_, scope_ + "a");
  for (std::size_t i = 0; i < x_ticks_.values.size(); ++i) {
    const double x = x_of(x_ticks_.values[i]);
    line(x, bottom_, x, bottom_ + 4, scope_ + "a");
    text(x, bottom_ + 18, scope_ + "m", "middle", x_ticks_.labels[i]);
  }
  if (!plot_.x_label.empty())
    text((left_ + right_) / 2,
         bottom_ + 37,
         scope_ + "m",
         "middle",
         plot::shortened(plot_.x_label, kMaxLabel));
}

void Drawing::draw_marks() {
  int drawn = 0;
  for (const double mark : plot_.marks)
    if (x_.contains(mark) && drawn++ < kMaxMarks)
      line(x_of(mark), top_, x_of(mark), bottom_, scope_ + "k");
}

/// All of them: which lie at the same x decides nothing.
void Drawing::draw_scattered(std::size_t index) {
  const Series& series = plot_.series[index];
  const std::string colour = scope_ + "s" + std::to_string(index % plot::kNumColours);
  const bool are_bars = series.mark != Series::Mark::dots;
  const std::string broad = series.mark == Series::Mark::broad_bars ? " " + scope_ + "b" : "",
                    faint = series.points.size() > kDensePoints ? " " + scope_ + "o" : "";
  out_ += "<g clip-path=\"url(#" + scope_ + "c)\">\n";
  for (std::size_t i = 0; i < std::min(series.points.size(), kMostScattered); ++i) {
    const auto [x, y] = series.points[i];
    if (!std::isfinite(x) || !std::isfinite(y)) continue;
    if (!are_bars) {
      out_ += "<circle cx=\"" + coordinate(x_of(x)) + "\" cy=\"" + coordinate(y_of(y)) + "\" r=\"" +
              (faint.empty() ? "2.4" : "1.4") + "\" class=\"" + colour + faint + "\"/>\n";
    } else if (i % 2 == 1 && std::isfinite(series.points[i - 1].second)) {
      line(x_of(series.points[i - 1].first),
           y_of(series.points[i - 1].second),
           x_of(x),
           y_of(y),
           series_class(index) + broad);
    }
  }
  out_ += "</g>\n";
}

void Drawing::draw_series(std::size_t index) {
  const Series& series = plot_.series[index];
  if (series.mark != Series::Mark::line) return draw_scattered(index);
  const auto pieces = plot::line_pieces(series, x_, static_cast<int>(right_ - left_));
  std::string path, dots;
  const bool few = series.points.size() <= kFewPoints;
  const std::string colour = scope_ + "s" + std::to_string(index % plot::kNumColours);
  for (const auto& piece : pieces) {
    for (std::size_t i = 0; i < piece.size(); ++i) {
      const std::string x = coordinate(x_of(piece[i].first)), y = coordinate(y_of(piece[i].second));
      if (piece.size() > 1) path += (i == 0 ? "M" : "L") + x + " " + y;
      if (few || piece.size() == 1)
        dots += "<circle cx=\"" + x + "\" cy=\"" + y + "\" r=\"2.4\" class=\"" + colour + "\"/>\n";
    }
  }
  out_ += "<g clip-path=\"url(#" + scope_ + "c)\">\n";
  const std::string fine = series.points.size() > kDensePoints ? " " + scope_ + "f" : "";
  if (!path.empty())
    out_ += "<path class=\"" + series_class(index) + fine + "\" d=\"" + path + "\"/>\n";
  out_ += dots + "</g>\n";
}

/// A cross on the axis where a value was not finite: in a dense curve the gap alone is too narrow
/// to see.
void Drawing::draw_non_finite() {
  std::set<int> places;
  for (const Series& series : plot_.series)
    for (const auto& [x, y] : series.points)
      if (series.mark == Series::Mark::line && std::isfinite(x) && !std::isfinite(y))
        places.insert(static_cast<int>(x_of(x) / 6) * 6);
  for (const int x : places) {
    const double y = bottom_ - 6;
    line(x - 3, y - 3, x + 3, y + 3, scope_ + "x");
    line(x - 3, y + 3, x + 3, y - 3, scope_ + "x");
  }
}

/// What a reader who cannot see the curve is told.
std::string Drawing::description() const {
  std::string words = plot_.title + ": " + plot_.y_label + " over " + plot_.x_label;
  for (const Series& series : plot_.series) {
    if (series.mark != Series::Mark::line) continue;
    const auto last = std::find_if(series.points.rbegin(), series.points.rend(), [](const auto& p) {
      return std::isfinite(p.second);
    });
    if (last != series.points.rend())
      words += "; " + series.label + " ends at " + text::significant(last->second, 5);
  }
  return words;
}

std::string Drawing::render() {
  const std::string box = coordinate(width_) + " " + coordinate(height_);
  out_ = std::string("<svg ") + (is_file_ ? "xmlns=\"http://www.w3.org/2000/svg\" " : "") +
         "class=\"" + scope_ + "r\" viewBox=\"0 0 " + box + "\" width=\"" + coordinate(width_) +
         "\" height=\"" + coordinate(height_) + "\" role=\"img\" aria-label=\"" +
         escape_html(description()) + "\">\n" + plot::style_sheet(scope_, is_file_) + "\n";
  if (is_file_)
    out_ += "<rect x=\"0.5\" y=\"0.5\" width=\"" + coordinate(width_ - 1) + "\" height=\"" +
            coordinate(height_ - 1) + "\" rx=\"8\" fill=\"#fff\" stroke=\"#d0d7de\"/>\n";
  out_ += "<clipPath id=\"" + scope_ + "c\"><rect x=\"" + coordinate(left_ - 3) + "\" y=\"" +
          coordinate(top_ - 3) + "\" width=\"" + coordinate(right_ - left_ + 6) + "\" height=\"" +
          coordinate(bottom_ - top_ + 3) + "\"/></clipPath>\n";
  draw_header();
  draw_axes();
  draw_marks();
  for (std::size_t i = 0; i < plot_.series.size(); ++i) draw_series(i);
  draw_non_finite();
  return out_ + "</svg>\n";
}

}  // namespace

std::string render_svg(const Plot& plot) { return Drawing(plot, false).render(); }

std::string render_svg_file(const Plot& plot) { return Drawing(plot, true).render(); }

}  // namespace elbow
