#include <openssl/evp.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <tuple>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/png.h"
#include "elbow/foundations/observe/svg_plot.h"
#include "report_parts.h"
#include "text_format.h"

namespace elbow::report {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxKinds = 24, kMaxFile = std::size_t{64} << 20, kOverhead = 1500;

/// A file images/<kind>-step-<step>.png; without a step the whole stem is the kind.
struct Source {
  std::string kind, path;
  std::int64_t step = -1;
  std::size_t bytes = 0;
};

Source parse_name(const fs::path& path) {
  Source source;
  source.path = path;
  source.kind = path.stem();
  const std::size_t dash = source.kind.rfind("-step-");
  if (dash == std::string::npos || dash == 0) return source;
  const std::string digits = source.kind.substr(dash + 6);
  if (digits.empty() || digits.size() > 18 ||
      digits.find_first_not_of("0123456789") != std::string::npos)
    return source;
  source.step = std::stoll(digits);
  source.kind.resize(dash);
  return source;
}

std::vector<Source> latest_of_each_kind(const std::string& directory) {
  std::map<std::string, Source> latest;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) {
    if (entry.path().extension() != ".png" || !fs::is_regular_file(entry.symlink_status(ignored)))
      continue;
    Source source = parse_name(entry.path());
    source.bytes = entry.file_size(ignored);
    auto [place, is_new] = latest.emplace(source.kind, source);
    // Equal steps ("1" and "01") go by path, since the order of a directory is not fixed.
    if (!is_new &&
        std::tie(source.step, source.path) > std::tie(place->second.step, place->second.path))
      place->second = source;
  }
  std::vector<Source> out;
  for (auto& [kind, source] : latest) out.push_back(std::move(source));
  return out;
}

std::string base64(const std::string& bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

/// Half the size: each pixel is the mean of up to four.
Picture halved(const Picture& from) {
  Picture to;
  to.channels = from.channels;
  to.width = (from.width + 1) / 2;
  to.height = (from.height + 1) / 2;
  to.pixels.reserve(static_cast<std::size_t>(to.width) * to.height * to.channels);
  const auto at = [&from](int y, int x, int c) {
    return from.pixels[(static_cast<std::size_t>(y) * from.width + x) * from.channels + c];
  };
  for (int y = 0; y < to.height; ++y)
    for (int x = 0; x < to.width; ++x)
      for (int c = 0; c < to.channels; ++c) {
        const int bottom = std::min(2 * y + 1, from.height - 1),
                  right = std::min(2 * x + 1, from.width - 1);
        const int sum =
            at(2 * y, 2 * x, c) + at(2 * y, right, c) + at(bottom, 2 * x, c) + at(bottom, right, c);
        to.pixels.push_back(static_cast<std::uint8_t>((sum + 2) / 4));
      }
  return to;
}

std::string caption_of(const std::string& kind) {
  if (kind == "reconstructions") return "Inputs and their reconstructions";
  if (kind == "samples") return "Draws from the model";
  if (kind == "target-and-fit") return "The target (left) and what was fitted to it (right)";
  if (kind == "data-and-model") return "The data (left) and the model (right)";
  if (kind == "particles") return "The particles over the target";
  if (kind == "particles-film") return "The particles during training (an animated PNG)";
  if (kind == "particles-strip") return "The particles from the first picture to the last";
  if (kind == "mixture")
    return "Training examples in the colours of their most probable classes, with the ellipses of "
           "one and two standard deviations";
  if (kind == "state-paths")
    return "The first sequences, their steps in the colours of the most probable states";
  if (kind == "prediction")
    return "Training examples, the predictive mean and the central 95 % of the prediction";
  if (kind == "posterior-bands")
    return "The mean response: 95 % by the exact posterior (grey) and by the fitted one (blue), "
           "with "
           "the training examples";
  if (kind == "traversal") return "Latent traversal";
  if (kind.rfind("traversal", 0) == 0) return "Latent traversal (" + kind + ")";
  return kind;
}

std::string note(const Source& source, const std::string& words) {
  return "<p>images/" + cut(fs::path(source.path).filename(), 200) + " is left out: " + words +
         "</p>\n";
}

/// The picture as a figure of at most about `share` bytes; scaled by 1/2, 1/4, ... where needed.
std::string figure(const Source& source, std::size_t share) {
  if (source.bytes > kMaxFile) return note(source, "it is above 64 MiB.");
  std::string png = io::read_file(source.path, kMaxFile);
  Picture picture = decode_png(png, source.path);
  int scale = 1;
  while (png.size() / 3 * 4 > share && picture.width > 1 && picture.height > 1) {
    picture = halved(picture);
    png = encode_png(picture);
    scale *= 2;
  }
  if (png.size() / 3 * 4 > share) return note(source, "there is no room for it.");
  std::string caption = caption_of(source.kind);
  if (source.step >= 0) caption += ", step " + text::thousands(source.step);
  if (!picture.description.empty()) caption += "; " + picture.description;
  const std::string shown = cut(text::valid_utf8(caption), 600);
  std::string out = "<figure><img alt=\"" + shown + "\" width=\"" + std::to_string(picture.width) +
                    "\" height=\"" + std::to_string(picture.height) +
                    "\" src=\"data:image/png;base64," + base64(png) + "\">\n<figcaption>" + shown;
  if (scale > 1)
    out += " (scaled to 1/" + std::to_string(scale) + "; the file in images/ is whole)";
  return out + "</figcaption></figure>\n";
}

}  // namespace

std::string pictures(const std::string& directory, std::size_t budget) {
  std::vector<Source> sources = latest_of_each_kind(directory);
  const std::size_t num_kinds = sources.size();
  if (num_kinds > kMaxKinds) sources.resize(kMaxKinds);
  // Small ones first: what they leave of their share goes to the large ones.
  std::vector<std::size_t> order(sources.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&sources](std::size_t a, std::size_t b) {
    return sources[a].bytes < sources[b].bytes;
  });
  std::vector<std::string> figures(sources.size());
  std::size_t left = order.size();
  for (const std::size_t i : order) {
    const std::size_t share = budget / left--;
    try {
      figures[i] = figure(sources[i], share > kOverhead ? share - kOverhead : 0);
    } catch (const Error&) {
      figures[i] = note(sources[i], "it cannot be read as PNG.");
    }
    budget -= std::min(budget, figures[i].size());
  }
  std::string out;
  for (const std::string& one : figures) out += one;
  if (num_kinds > kMaxKinds)
    out += "<p>" + std::to_string(num_kinds - kMaxKinds) + " more kinds lie in images/.</p>\n";
  return out;
}

}  // namespace elbow::report
