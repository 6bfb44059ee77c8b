#include <algorithm>
#include <array>
#include <cmath>

#include "elbow/data/sources/labels.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/foundations/io/hash.h"
#include "loaders.h"

namespace elbow::data {
namespace {

struct Size {
  std::int64_t channels, height, width;
};

/// A straight stroke with soft edges; a short one is a blob. Positions in units of the image's
/// sides.
struct Stroke {
  double x0, y0, x1, y1, thickness;

  /// Ink in [0, 1] at a point: arithmetic only, so that every machine draws the same bytes.
  double ink(double x, double y) const {
    const double dx = x1 - x0, dy = y1 - y0;
    const double length = dx * dx + dy * dy;
    const double along =
        length > 0 ? std::clamp(((x - x0) * dx + (y - y0) * dy) / length, 0.0, 1.0) : 0.0;
    const double ex = x - x0 - along * dx, ey = y - y0 - along * dy;
    const double fall = 1.0 + (ex * ex + ey * ey) / (thickness * thickness);
    return std::clamp(1.2 / (fall * fall) - 0.1, 0.0, 1.0);
  }
};

constexpr std::uint32_t kStrokes = 3;
/// Images of one class share these strokes, whose keys are those of images of a split of their own.
constexpr std::uint32_t kStrokesOfAClass = 2, kStreamOfClasses = 3;

Stroke draw_stroke(std::uint64_t key,
                   std::uint32_t split,
                   std::int64_t image,
                   std::uint32_t index) {
  const auto example = static_cast<std::uint32_t>(image);
  const auto ends =
      philox(key, {2 * index, example, static_cast<std::uint32_t>(image >> 32), split});
  const auto form =
      philox(key, {2 * index + 1, example, static_cast<std::uint32_t>(image >> 32), split});
  const auto place = [](std::uint32_t bits) {
    return 0.2 + 0.6 * static_cast<double>(uniform_from_bits(bits));
  };
  Stroke out{place(ends[0]), place(ends[1]), place(ends[2]), place(ends[3]), 0.0};
  out.thickness = 0.05 + 0.07 * static_cast<double>(uniform_from_bits(form[0]));
  if (form[1] % 4 == 0) out.x1 = out.x0, out.y1 = out.y0;
  return out;
}

/// @param label of a class whose strokes the image has; -1: all strokes are its own
void draw_image(std::uint64_t key,
                std::uint32_t split,
                std::int64_t image,
                std::int64_t label,
                const Size& size,
                bool is_binary,
                unsigned char* out) {
  std::array<Stroke, kStrokes> strokes;
  for (std::uint32_t s = 0; s < kStrokes; ++s) {
    const bool is_shared = label != kNoLabel && s < kStrokesOfAClass;
    strokes[s] = is_shared ? draw_stroke(key, kStreamOfClasses, label, s)
                           : draw_stroke(key, split, image, s);
  }
  for (std::int64_t channel = 0; channel < size.channels; ++channel) {
    for (std::int64_t row = 0; row < size.height; ++row) {
      for (std::int64_t column = 0; column < size.width; ++column) {
        const double x = (static_cast<double>(column) + 0.5) / static_cast<double>(size.width);
        const double y = (static_cast<double>(row) + 0.5) / static_cast<double>(size.height);
        double ink = 0;
        for (std::uint32_t s = 0; s < kStrokes; ++s) {
          // Strokes fade differently in each channel, so that colours exist.
          const double strength = 1.0 - 0.3 * static_cast<double>((s + channel) % kStrokes);
          ink = std::max(ink, strength * strokes[s].ink(x, y));
        }
        *out++ = is_binary ? ink >= 0.5 : static_cast<unsigned char>(255.0 * ink + 0.5);
      }
    }
  }
}

/// The class of an image, evenly drawn.
std::int64_t draw_label(std::uint64_t key,
                        std::uint32_t split,
                        std::int64_t image,
                        std::int64_t num_classes) {
  const auto bits = philox(key,
                           {2 * kStrokes,
                            static_cast<std::uint32_t>(image),
                            static_cast<std::uint32_t>(image >> 32),
                            split});
  return static_cast<std::int64_t>(bits[0] % static_cast<std::uint32_t>(num_classes));
}

RawSplit draw_split(std::uint64_t key,
                    std::uint32_t split,
                    std::int64_t count,
                    std::int64_t num_classes,
                    const Size& size,
                    bool is_binary) {
  RawSplit out;
  out.images.shape = {count, size.channels, size.height, size.width};
  const std::int64_t pixels = size.channels * size.height * size.width;
  check_synthetic_size(count, pixels);
  out.images.bytes.resize(static_cast<std::size_t>(count * pixels));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t label = num_classes > 0 ? draw_label(key, split, i, num_classes) : kNoLabel;
    if (num_classes > 0) out.labels.push_back(label);
    draw_image(key, split, i, label, size, is_binary, out.images.bytes.data() + i * pixels);
  }
  out.sha256 = io::sha256_hex(
      {reinterpret_cast<const char*>(out.images.bytes.data()), out.images.bytes.size()});
  return out;
}

}  // namespace

RawData make_synthetic_images(const ConfigNode& config, std::uint64_t run_seed) {
  const Size size{config.integer("channels"), config.integer("height"), config.integer("width")};
  const std::uint64_t key =
      derive_key(seed_of(config, "seed", run_seed), Purpose::synthetic, /*a=*/1);
  RawData out;
  out.is_binary = config.boolean("binary");
  out.scale = out.is_binary ? 1.0 : 1.0 / 255.0;
  out.event_shape = {size.channels, size.height, size.width};
  const std::int64_t classes = config.integer("num_classes");
  const auto add = [&](const char* name, std::uint32_t stream, const char* count) {
    if (config.integer(count) > 0)
      out.splits[name] =
          draw_split(key, stream, config.integer(count), classes, size, out.is_binary);
  };
  add("train", 0, "count");
  add("valid", 1, "validation_size");
  add("test", 2, "test_size");
  for (std::int64_t c = 0; c < classes; ++c) out.classes.push_back(static_cast<double>(c));
  choose_labelled(out, config, run_seed);
  return out;
}

}  // namespace elbow::data
