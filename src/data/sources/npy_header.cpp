#include "npy_header.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <set>

#include "elbow/data/sources/formats.h"
#include "malformed.h"

namespace elbow::data {
namespace {

constexpr char kSaveAgain[] = "save it again with numpy.save as a plain numeric array";
constexpr char kCutShort[] = "the file is damaged or cut short: get it again";

/// Reads the literal {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } and nothing else
/// of Python.
class DictReader {
 public:
  DictReader(std::string_view text, std::size_t offset, const std::string& source)
      : text_(text), offset_(offset), source_(source) {}

  void read(NpyHeader& header) {
    expect('{');
    std::set<std::string> seen;
    while (!accept('}')) {
      const std::string key = string();
      if (!seen.insert(key).second) fail("each key once", "'" + key + "' again", kSaveAgain);
      expect(':');
      if (key == "descr") {
        read_descr(header);
      } else if (key == "fortran_order") {
        header.is_fortran_order = boolean();
      } else if (key == "shape") {
        read_shape(header);
      } else {
        fail("the keys descr, fortran_order and shape", "'" + key + "'", kSaveAgain);
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (seen.size() != 3)
      fail("the keys descr, fortran_order and shape",
           std::to_string(seen.size()) + " of them",
           kSaveAgain);
    skip_blanks();
    if (at_ != text_.size()) fail("nothing after the dictionary", printable(), kSaveAgain);
  }

 private:
  [[noreturn]] void fail(const std::string& expected,
                         const std::string& found,
                         const char* help) const {
    throw_malformed(source_, offset_ + at_, expected, found, help);
  }

  std::string printable() const {
    if (at_ >= text_.size()) return "the end of the header";
    const char c = text_[at_];
    return std::isprint(static_cast<unsigned char>(c)) ? std::string("'") + c + "'"
                                                       : hex_of(text_.substr(at_), 1);
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }

  bool accept(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void expect(char c) {
    if (!accept(c)) fail(std::string("'") + c + "' in the NPY header", printable(), kSaveAgain);
  }

  std::string string() {
    skip_blanks();
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) {
      fail("a quoted text in the NPY header", printable(), kSaveAgain);
    }
    const char quote = text_[at_];
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos)
      fail("the closing quote", "the end of the header", kSaveAgain);
    const std::string out(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return out;
  }

  bool boolean() {
    skip_blanks();
    for (const std::string_view word : {"True", "False"}) {
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return word == "True";
      }
    }
    fail("True or False", printable(), kSaveAgain);
  }

  std::uint64_t integer() {
    skip_blanks();
    const std::size_t start = at_;
    std::uint64_t value = 0;
    for (; at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])); ++at_) {
      const auto digit = static_cast<std::uint64_t>(text_[at_] - '0');
      value = saturating_sum(saturating_product(value, 10), digit);
    }
    if (at_ == start) fail("a size, a whole number of at least 0", printable(), kSaveAgain);
    if (value == UINT64_MAX) fail("a size below 2^64", "a larger one", kSaveAgain);
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // written by Python 2
    return value;
  }

  void read_shape(NpyHeader& header) {
    expect('(');
    while (!accept(')')) {
      header.shape.push_back(integer());
      if (header.shape.size() > static_cast<std::size_t>(kMaxRank)) {
        fail("at most " + std::to_string(kMaxRank) + " dimensions", "more", kSaveAgain);
      }
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
  }

  void read_descr(NpyHeader& header) {
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == '[') {
      fail("a plain numeric type", "a structured type", "save each field as an array of its own");
    }
    const std::string descr = string();
    if (descr.find('O') != std::string::npos) {
      fail("a plain numeric type",
           "'" + descr + "', an object array (a pickle)",
           "convert it with .astype(numpy.float32)");
    }
    static const std::set<std::string> accepted = {
        "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "b1"};
    if (descr.size() != 3 || std::strchr("<>|=", descr[0]) == nullptr ||
        !accepted.count(descr.substr(1))) {
      fail("a type of u1 to u8, i1 to i8, f2 to f8 or b1",
           "'" + descr + "'",
           "convert it with .astype(numpy.float32)");
    }
    header.byte_order = descr[0];
    header.kind = descr[1];
    header.item_size = static_cast<std::size_t>(descr[2] - '0');
  }

  std::string_view text_;
  std::size_t offset_;
  const std::string& source_;
  std::size_t at_ = 0;
};

/// Length field: two bytes in version 1, four from version 2 on.
std::size_t header_length(std::string_view bytes, std::size_t field, const std::string& source) {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < field; ++i) {
    length |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[8 + i])) << 8 * i;
  }
  if (length > kMaxNpyHeader) {
    throw_malformed(
        source, 8, "a header of at most 65536 bytes", std::to_string(length), kSaveAgain);
  }
  if (8 + field + length > bytes.size()) {
    throw_malformed(source,
                    8,
                    "a header within the " + std::to_string(bytes.size()) + " bytes of the file",
                    "one of " + std::to_string(length) + " bytes",
                    kCutShort);
  }
  return length;
}

}  // namespace

std::uint64_t NpyHeader::data_size() const {
  std::uint64_t size = item_size;
  // A zero would hide an overflow of the others; zeros are refused by the caller.
  for (const std::uint64_t dimension : shape) size = saturating_product(size, dimension);
  return size;
}

bool is_npy(std::string_view bytes) { return bytes.substr(0, 6) == "\x93NUMPY"; }

std::uint64_t npy_declared_size(std::string_view prefix, const std::string& source) {
  const NpyHeader header = parse_npy_header(prefix, source);
  return saturating_sum(header.data_offset, header.data_size());
}

NpyHeader parse_npy_header(std::string_view bytes, const std::string& source) {
  if (bytes.size() < 10 || !is_npy(bytes)) {
    if (is_npy(bytes))
      throw_malformed(source, bytes.size(), "an NPY header", "the end of the file", kCutShort);
    throw_malformed(
        source,
        0,
        "the NPY magic number 0x934e554d5059",
        bytes.empty() ? "an empty file" : hex_of(bytes, 6),
        is_gzip(bytes) ? "gzipped twice? unpack it once with gunzip" : "is this an NPY file?");
  }
  const int version = static_cast<unsigned char>(bytes[6]);
  if (version < 1 || version > 3) {
    throw_malformed(source, 6, "NPY version 1, 2 or 3", std::to_string(version), kSaveAgain);
  }
  const std::size_t field = version == 1 ? 2 : 4;
  if (bytes.size() < 8 + field)
    throw_malformed(source, bytes.size(), "an NPY header", "the end of the file", kCutShort);
  const std::size_t length = header_length(bytes, field, source);
  const std::string_view text = bytes.substr(8 + field, length);
  NpyHeader header;
  header.data_offset = 8 + field + length;
  if (text.empty() || text.back() != '\n') {
    throw_malformed(source,
                    header.data_offset - 1,
                    "a newline at the end of the NPY header",
                    text.empty() ? "nothing" : hex_of(text.substr(text.size() - 1), 1),
                    kCutShort);
  }
  DictReader(text, 8 + field, source).read(header);
  if (std::count(header.shape.begin(), header.shape.end(), 0u) > 0) {
    throw_malformed(source,
                    8 + field,
                    "dimensions of at least 1",
                    shape_text(header.shape),
                    "an empty array cannot be used");
  }
  return header;
}

}  // namespace elbow::data
