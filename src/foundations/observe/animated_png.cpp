#include "elbow/foundations/observe/animated_png.h"

#include <zlib.h>

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <utility>

namespace elbow {
namespace {

constexpr std::size_t kSignature = 8;

std::uint32_t read_big(const std::string& bytes, std::size_t at) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < 4; ++i)
    out = (out << 8) | static_cast<unsigned char>(bytes.at(at + i));
  return out;
}

void append_big(std::string& out, std::uint32_t value, int bytes = 4) {
  for (int i = bytes; i-- > 0;) out += static_cast<char>((value >> (8 * i)) & 0xFF);
}

void append_chunk(std::string& out, const std::string& type, const std::string& data) {
  append_big(out, static_cast<std::uint32_t>(data.size()));
  const std::string checked = type + data;
  out += checked;
  append_big(
      out,
      static_cast<std::uint32_t>(crc32(
          0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()))));
}

struct Frame {
  std::string header;  ///< IHDR's data
  std::string pixels;  ///< of all IDAT chunks
};

Frame read_frame(const std::string& png) {
  Frame out;
  for (std::size_t at = kSignature; at + 12 <= png.size();) {
    const std::size_t size = read_big(png, at);
    const std::string type = png.substr(at + 4, 4), data = png.substr(at + 8, size);
    if (type == "IHDR") out.header = data;
    if (type == "IDAT") out.pixels += data;
    at += 12 + size;
  }
  if (out.header.empty() || out.pixels.empty())
    throw std::invalid_argument("animated_png: a frame is no PNG");
  return out;
}

std::string frame_control(std::uint32_t number, const std::string& header, double seconds) {
  std::string out;
  append_big(out, number);
  out += header.substr(0, 8);  // width and height
  append_big(out, 0);          // at the left
  append_big(out, 0);          // at the top
  append_big(out, static_cast<std::uint32_t>(std::lround(1000 * seconds)), 2);
  append_big(out, 1000, 2);
  append_big(out, 0, 2);  // left as it is, and painted over
  return out;
}

}  // namespace

std::string animated_png(const std::vector<std::string>& pngs, double seconds) {
  std::vector<Frame> frames;
  for (const std::string& png : pngs) frames.push_back(read_frame(png));
  for (const Frame& frame : frames)
    if (frame.header != frames.front().header)
      throw std::invalid_argument("animated_png: frames of different sizes");
  std::string out = pngs.at(0).substr(0, kSignature), control;
  append_chunk(out, "IHDR", frames.front().header);
  append_big(control, static_cast<std::uint32_t>(frames.size()));
  append_big(control, 0);  // again and again
  append_chunk(out, "acTL", control);
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    append_chunk(out, "fcTL", frame_control(number++, frames[i].header, seconds));
    if (i == 0) {
      append_chunk(out, "IDAT", frames[i].pixels);
      continue;
    }
    std::string data;
    append_big(data, number++);
    append_chunk(out, "fdAT", data + frames[i].pixels);
  }
  append_chunk(out, "IEND", "");
  return out;
}

}  // namespace elbow
