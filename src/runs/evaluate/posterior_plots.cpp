#include "elbow/runs/evaluate/posterior_plots.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "elbow/foundations/observe/svg_plot.h"
#include "elbow/inference/monte_carlo/diagnostics.h"
#include "elbow/models/conjugate/numbers.h"

namespace elbow {
namespace {

constexpr std::int64_t kBins = 60;

struct Range {
  double low, high;
};

std::vector<double> values_of(const LatentDraws& draws, const std::string& name) {
  const std::int64_t at = find_quantity(draws, name);
  return at < 0 ? std::vector<double>()
                : numbers_of(draws.of(static_cast<std::size_t>(at)).flatten());
}

/// What holds all but the outermost of every run's draws.
Range range_of(const std::string& name, const std::vector<LabelledDraws>& runs) {
  constexpr double kOutside = 0.002;
  Range out{INFINITY, -INFINITY};
  for (const LabelledDraws& run : runs) {
    const std::int64_t at = find_quantity(run.draws, name);
    if (at < 0) continue;
    const Tensor values = run.draws.of(static_cast<std::size_t>(at));
    out.low = std::min(out.low, quantile_of(values, kOutside));
    out.high = std::max(out.high, quantile_of(values, 1 - kOutside));
  }
  const double margin = std::max(0.05 * (out.high - out.low), 1e-12 + 1e-9 * std::abs(out.low));
  return {out.low - margin, out.high + margin};
}

Series marginal_of(const std::string& label,
                   const std::vector<double>& values,
                   const Range& range) {
  const double width = (range.high - range.low) / static_cast<double>(kBins);
  std::vector<double> counts(static_cast<std::size_t>(kBins), 0.0);
  for (const double value : values) {
    const double place = (value - range.low) / width;
    if (place >= 0 && place < static_cast<double>(kBins)) ++counts[static_cast<std::size_t>(place)];
  }
  Series out{label, {}};
  for (std::size_t bin = 0; bin < counts.size(); ++bin)
    out.points.emplace_back(range.low + (static_cast<double>(bin) + 0.5) * width,
                            counts[bin] / (width * static_cast<double>(values.size())));
  return out;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

const char* colour(std::size_t run) {
  // Okabe, Ito, "Color universal design", 2008: told apart whoever looks.
  static const char* const kColours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"};
  return kColours[run % 5];
}

std::string text_at(double x, double y, const std::string& anchor, const std::string& text) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\">" +
         escape_html(text) + "</text>\n";
}

}  // namespace

std::int64_t find_quantity(const LatentDraws& draws, const std::string& name) {
  const auto found = std::find(draws.names.begin(), draws.names.end(), name);
  return found == draws.names.end() ? -1 : found - draws.names.begin();
}

std::string marginals_svg(const std::string& quantity, const std::vector<LabelledDraws>& runs) {
  Plot plot;
  plot.title = quantity;
  plot.x_label = quantity;
  plot.y_label = "density";
  const Range range = range_of(quantity, runs);
  for (const LabelledDraws& run : runs) {
    const std::vector<double> values = values_of(run.draws, quantity);
    if (!values.empty()) plot.series.push_back(marginal_of(run.label, values, range));
  }
  return render_svg_file(plot);
}

std::string pairs_svg(const std::vector<std::string>& quantities,
                      const std::vector<LabelledDraws>& runs) {
  constexpr double kSide = 150, kGap = 12, kEdge = 48;
  constexpr std::size_t kMostDots = 500;
  const std::size_t count = quantities.size() - 1;
  const double size = kEdge + static_cast<double>(count) * (kSide + kGap) + kEdge;
  const double height = size + 18 * static_cast<double>(runs.size());
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(size) +
                    "\" height=\"" + number(height) + "\" viewBox=\"0 0 " + number(size) + " " +
                    number(height) +
                    "\" font-family=\"sans-serif\" font-size=\"11\" fill=\"#222\">\n"
                    "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
  for (std::size_t row = 1; row <= count; ++row)
    for (std::size_t column = 0; column < row; ++column) {
      const Range across = range_of(quantities[column], runs),
                  along = range_of(quantities[row], runs);
      const double left = kEdge + static_cast<double>(column) * (kSide + kGap),
                   top = kGap + static_cast<double>(row - 1) * (kSide + kGap);
      out += "<rect x=\"" + number(left) + "\" y=\"" + number(top) + "\" width=\"" + number(kSide) +
             "\" height=\"" + number(kSide) + "\" fill=\"none\" stroke=\"#999\"/>\n";
      for (std::size_t run = 0; run < runs.size(); ++run) {
        const std::vector<double> x = values_of(runs[run].draws, quantities[column]),
                                  y = values_of(runs[run].draws, quantities[row]);
        const std::size_t pairs = std::min(x.size(), y.size());
        const std::size_t step = std::max<std::size_t>(1, pairs / kMostDots);
        out += "<g fill=\"" + std::string(colour(run)) + "\" fill-opacity=\"0.45\">\n";
        for (std::size_t i = 0; i < pairs; i += step) {
          const double u = (x[i] - across.low) / (across.high - across.low),
                       v = (y[i] - along.low) / (along.high - along.low);
          if (!(u >= 0 && u <= 1 && v >= 0 && v <= 1)) continue;
          out += "<circle cx=\"" + number(left + u * kSide) + "\" cy=\"" +
                 number(top + (1 - v) * kSide) + "\" r=\"1.4\"/>\n";
        }
        out += "</g>\n";
      }
      if (column == 0)
        out += "<text transform=\"translate(" + number(kEdge - 8) + " " + number(top + kSide / 2) +
               ") rotate(-90)\" text-anchor=\"middle\">" + escape_html(quantities[row]) +
               "</text>\n";
      if (row == count)
        out += text_at(left + kSide / 2, top + kSide + 16, "middle", quantities[column]);
    }
  for (std::size_t run = 0; run < runs.size(); ++run) {
    const double y = size + 18 * static_cast<double>(run);
    out += "<circle cx=\"" + number(kEdge) + "\" cy=\"" + number(y - 4) + "\" r=\"5\" fill=\"" +
           colour(run) + "\"/>\n" + text_at(kEdge + 12, y, "start", runs[run].label);
  }
  return out + "</svg>\n";
}

}  // namespace elbow
