#include "elbow/foundations/observe/film.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <vector>

#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/animated_png.h"
#include "elbow/foundations/observe/png.h"

namespace elbow {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFrames = 60, kInStrip = 6;
constexpr double kSeconds = 0.25;

/// Files by step.
std::vector<std::string> frames_of(const std::string& folder, const std::string& name) {
  std::map<std::string, std::string> found;  // steps are padded with zeros
  const std::string prefix = name + "-step-";
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string file = entry.path().filename().string();
    if (file.rfind(prefix, 0) == 0 && entry.path().extension() == ".png")
      found.emplace(file, entry.path().string());
  }
  std::vector<std::string> out;
  for (const auto& [file, path] : found) out.push_back(path);
  return out;
}

/// The first, the last and what lies evenly between.
template <class Item>
std::vector<Item> some_of(const std::vector<Item>& all, std::size_t most) {
  if (all.size() <= most) return all;
  std::vector<Item> out;
  for (std::size_t i = 0; i < most; ++i) out.push_back(all[i * (all.size() - 1) / (most - 1)]);
  return out;
}

/// The first, the last, and between them as far apart as numbers are in a logarithm: most happens
/// at the beginning.
template <class Item>
std::vector<Item> early_ones_of(const std::vector<Item>& all, std::size_t most) {
  if (all.size() <= most) return all;
  std::vector<Item> out;
  std::size_t next = 0;
  for (std::size_t i = 0; i < most; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(most - 1);
    const double place = std::pow(static_cast<double>(all.size()), share) - 1;
    const std::size_t at = std::max(next, static_cast<std::size_t>(std::lround(place)));
    out.push_back(all[std::min(at, all.size() - 1)]);
    next = at + 1;
  }
  return out;
}

/// Half the size, every second pixel of every second row.
void paste_halved(const Picture& from, Picture& to, int left) {
  for (int row = 0; 2 * row < from.height; ++row)
    for (int column = 0; 2 * column < from.width; ++column) {
      const auto source = static_cast<std::size_t>((2 * row * from.width + 2 * column)) *
                          static_cast<std::size_t>(from.channels);
      const auto place = static_cast<std::size_t>(row * to.width + left + column) * 3;
      for (std::size_t c = 0; c < 3; ++c)
        to.pixels[place + c] = from.pixels[source + (from.channels == 3 ? c : 0)];
    }
}

std::string strip_of(const std::vector<std::string>& pngs, const std::string& source) {
  constexpr int kApart = 4;
  std::vector<Picture> pictures;
  for (const std::string& png : early_ones_of(pngs, kInStrip))
    pictures.push_back(decode_png(png, source));
  const int width = (pictures.front().width + 1) / 2, height = (pictures.front().height + 1) / 2;
  const int count = static_cast<int>(pictures.size());
  Picture out = white_picture(count * width + (count - 1) * kApart, height);
  for (int i = 0; i < count; ++i)
    paste_halved(pictures[static_cast<std::size_t>(i)], out, i * (width + kApart));
  return encode_png(out);
}

}  // namespace

void renew_film(const std::string& folder, const std::string& name) {
  const std::vector<std::string> files = some_of(frames_of(folder, name), kMostFrames);
  if (files.size() < 2) return;
  std::vector<std::string> pngs;
  for (const std::string& file : files) pngs.push_back(io::read_file(file));
  io::write_file(
      folder + "/" + name + "-film.png", animated_png(pngs, kSeconds), /*durable=*/false);
  io::write_file(folder + "/" + name + "-strip.png", strip_of(pngs, folder), /*durable=*/false);
}

}  // namespace elbow
