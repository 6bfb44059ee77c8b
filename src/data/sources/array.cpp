#include "elbow/data/sources/array.h"

#include <algorithm>
#include <stdexcept>

#include "elbow/foundations/core/shape.h"

namespace elbow::data {
namespace {

template <class From, class To>
void convert(const Array& array, std::vector<To>& out) {
  const From* values = array.as<From>();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<To>(values[i]);
}

template <class To>
std::vector<To> converted(const Array& array) {
  std::vector<To> out(static_cast<std::size_t>(array.count()));
  switch (array.element) {
    case Element::u8:
    case Element::boolean:
      convert<std::uint8_t>(array, out);
      break;
    case Element::i8:
      convert<std::int8_t>(array, out);
      break;
    case Element::u16:
      convert<std::uint16_t>(array, out);
      break;
    case Element::i16:
      convert<std::int16_t>(array, out);
      break;
    case Element::u32:
      convert<std::uint32_t>(array, out);
      break;
    case Element::i32:
      convert<std::int32_t>(array, out);
      break;
    case Element::u64:
      convert<std::uint64_t>(array, out);
      break;
    case Element::i64:
      convert<std::int64_t>(array, out);
      break;
    case Element::f32:
      convert<float>(array, out);
      break;
    case Element::f64:
      convert<double>(array, out);
      break;
  }
  return out;
}

}  // namespace

std::size_t element_size(Element element) {
  switch (element) {
    case Element::u8:
    case Element::i8:
    case Element::boolean:
      return 1;
    case Element::u16:
    case Element::i16:
      return 2;
    case Element::u32:
    case Element::i32:
    case Element::f32:
      return 4;
    case Element::u64:
    case Element::i64:
    case Element::f64:
      return 8;
  }
  throw std::logic_error("element_size: unknown element");
}

const char* element_name(Element element) {
  switch (element) {
    case Element::u8:
      return "u8";
    case Element::i8:
      return "i8";
    case Element::u16:
      return "u16";
    case Element::i16:
      return "i16";
    case Element::u32:
      return "u32";
    case Element::i32:
      return "i32";
    case Element::u64:
      return "u64";
    case Element::i64:
      return "i64";
    case Element::f32:
      return "f32";
    case Element::f64:
      return "f64";
    case Element::boolean:
      return "boolean";
  }
  throw std::logic_error("element_name: unknown element");
}

std::int64_t Array::count() const { return num_elements(shape); }

std::vector<double> to_double(const Array& array) { return converted<double>(array); }

std::vector<float> to_float(const Array& array) { return converted<float>(array); }

}  // namespace elbow::data
