#include "plot_style.h"

namespace elbow::plot {
namespace {

/// Contrast of at least 3 : 1 against the page; blue and orange first, which colour-blind readers
/// tell apart.
struct Palette {
  const char *text, *muted, *grid, *axis, *bad;
  const char* series[kNumColours];
};

constexpr Palette kLight{"#1f2328",
                         "#59636e",
                         "#e4e7eb",
                         "#8c959f",
                         "#cf222e",
                         {"#1f6fd6", "#d1570a", "#2a8a4a", "#8e44c2", "#b8245f", "#007d8a"}};
constexpr Palette kDark{"#e6edf3",
                        "#9aa5b1",
                        "#30363d",
                        "#6e7681",
                        "#ff7b72",
                        {"#6cb0ff", "#ff9d5c", "#6fd08c", "#cf9bff", "#ff7fae", "#4fd0dc"}};

std::string colours(const std::string& scope, const Palette& palette) {
  const std::string dot = "." + scope;
  std::string css = dot + "t{fill:" + palette.text + "}" + dot + "m{fill:" + palette.muted + "}" +
                    dot + "g{stroke:" + palette.grid + "}" + dot + "a{stroke:" + palette.axis +
                    "}" + dot + "k{stroke:" + palette.muted + "}" + dot +
                    "x{stroke:" + palette.bad + "}";
  for (int i = 0; i < kNumColours; ++i)
    css += dot + "s" + std::to_string(i) + "{stroke:" + palette.series[i] +
           ";fill:" + palette.series[i] + "}";
  return css;
}

}  // namespace

std::string style_sheet(const std::string& scope, bool is_file) {
  const std::string dot = "." + scope;
  std::string css = dot +
                    "r{font-family:system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif;"
                    "font-size:12px;font-variant-numeric:tabular-nums;max-width:100%;height:auto}";
  css += dot + "h{font-size:15px;font-weight:600}";
  css += dot + "l{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}";
  // A noisy curve of many points stays behind the others.
  css += dot + "f{stroke-width:1.1;opacity:.8}";
  css += dot + "b{stroke-width:5;opacity:.7}" + dot + "o{stroke-opacity:0;fill-opacity:.6}";
  css += dot + "d{stroke-dasharray:6 4}" + dot + "k{stroke-width:1.2;stroke-dasharray:3 3}";
  css += dot + "x{stroke-width:1.5}";
  css += colours(scope, kLight);
  // After the colours: a line has none inside.
  css += "path" + dot + "l{fill:none}";
  if (!is_file)
    css += "@media screen and (prefers-color-scheme:dark){" + colours(scope, kDark) + "path" + dot +
           "l{fill:none}}";
  return "<style>" + css + "</style>";
}

}  // namespace elbow::plot
