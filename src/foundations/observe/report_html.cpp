#include <algorithm>
#include <limits>

#include "elbow/foundations/observe/svg_plot.h"
#include "report_parts.h"
#include "text_format.h"

namespace elbow::report {

std::optional<double> number(const Json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return {};
  return found->get<double>();
}

double number_or_nan(const Json& value) {
  return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

const Json& list_of(const Json& object, const char* key) {
  static const Json kNone = Json::array();
  if (!object.is_object() || !object.contains(key) || !object.at(key).is_array()) return kNone;
  return object.at(key);
}

Plot small_plot(const std::string& title,
                const std::string& x_label,
                const std::string& y_label,
                int height) {
  Plot plot;
  plot.title = title;
  plot.x_label = x_label;
  plot.y_label = y_label;
  plot.width = 460;
  plot.height = height;
  return plot;
}

Series steps_of(const std::string& label, const Json& heights, double first, double width) {
  constexpr std::size_t kMost = 1000;
  Series out{label, {}};
  for (std::size_t i = 0; i < std::min(heights.size(), kMost); ++i) {
    const double left = first + width * static_cast<double>(i);
    out.points.emplace_back(left, number_or_nan(heights[i]));
    out.points.emplace_back(left + width, number_or_nan(heights[i]));
  }
  return out;
}

std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return text::significant(value.get<double>(), 7);
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string words(const Json& object, const char* key) {
  if (!object.is_object()) return "";
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? "" : value_text(*found);
}

std::string cut(const std::string& text, std::size_t most) {
  if (text.size() <= most) return escape_html(text);
  // A cut inside a character would leave half of it.
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return escape_html(text.substr(0, end)) + "\u2026 (" +
         text::thousands(static_cast<std::int64_t>(text.size())) + " bytes in all)";
}

std::string section(const std::string& title, const std::string& body, std::size_t most) {
  if (body.empty()) return "";
  // Only a hostile or broken run comes near this; the report stays within its size whatever the
  // files hold.
  if (body.size() > most)
    return section(title,
                   "<p>Too large to show: " +
                       text::thousands(static_cast<std::int64_t>(body.size())) + " bytes.</p>\n");
  return "<section>\n<h2>" + escape_html(title) + "</h2>\n" + body + "</section>\n";
}

std::string table(const std::vector<std::string>& heads,
                  const std::vector<std::vector<std::string>>& rows,
                  const std::string& caption) {
  constexpr std::size_t kMaxCell = 1000;
  std::string out = "<div class=\"wide\"><table>\n";
  if (!caption.empty()) out += "<caption>" + cut(caption, kMaxCell) + "</caption>\n";
  if (!heads.empty()) {
    out += "<thead><tr>";
    for (const auto& head : heads) out += "<th scope=\"col\">" + escape_html(head) + "</th>";
    out += "</tr></thead>\n";
  }
  out += "<tbody>\n";
  for (const auto& row : rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string tag = i == 0 ? "th" : "td";
      out +=
          "<" + tag + (i == 0 ? " scope=\"row\">" : ">") + cut(row[i], kMaxCell) + "</" + tag + ">";
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string style() {
  return R"(<style>
:root{color-scheme:light dark;--page:#fff;--text:#1f2328;--muted:#59636e;--line:#d8dee4;--card:#f6f8fa;--link:#1f6fd6;--good:#1a7f37;--bad:#cf222e;--wait:#9a6700}
@media screen and (prefers-color-scheme:dark){:root{--page:#0d1117;--text:#e6edf3;--muted:#9aa5b1;--line:#30363d;--card:#161b22;--link:#6cb0ff;--good:#3fb950;--bad:#ff7b72;--wait:#d29922}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:64rem;background:var(--page);color:var(--text);font:16px/1.5 system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .5rem;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2.5rem 0 .75rem;padding-bottom:.3rem;border-bottom:1px solid var(--line)}
p{margin:.5rem 0}
.muted,caption,figcaption{color:var(--muted)}
.status{display:inline-block;padding:.1rem .65rem;border:1px solid currentColor;border-radius:1rem;font-size:.9rem;font-weight:600}
.good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}
dl.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(10.5rem,1fr));gap:.75rem;margin:1rem 0 0}
dl.facts div{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem}
dt{color:var(--muted);font-size:.82rem}dd{margin:0;font-size:1.05rem;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.wide{overflow-x:auto;margin:0 0 1rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.93rem}
caption{text-align:left;padding:0 0 .4rem;font-size:.93rem}
th,td{padding:.3rem 1rem .3rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
tbody th{font-weight:500}thead th{color:var(--muted);font-weight:500;font-size:.85rem}
th,td:not(:last-child){white-space:nowrap}td:last-child{min-width:15rem;overflow-wrap:anywhere}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,29rem),1fr));gap:1rem}
.plots svg,figure{width:100%;background:var(--card);border:1px solid var(--line);border-radius:.5rem}
figure{margin:0 0 1rem;padding:.8rem}figure img{display:block;max-width:100%;height:auto;margin:0 auto}
figcaption{padding-top:.5rem;font-size:.9rem}
pre{margin:0 0 1rem;padding:.8rem 1rem;overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:.5rem;font:13px/1.5 ui-monospace,'DejaVu Sans Mono',monospace;tab-size:2}
@media print{body{max-width:none;padding:0;font-size:11pt}section,figure,.plots svg,tr{break-inside:avoid}section.long{break-inside:auto}pre{white-space:pre-wrap;overflow-wrap:anywhere}.plots{grid-template-columns:1fr 1fr}}
</style>
)";
}

}  // namespace elbow::report
