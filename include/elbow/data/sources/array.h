#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace elbow::data {

enum class Element { u8, i8, u16, i16, u32, i32, u64, i64, f32, f64, boolean };
std::size_t element_size(Element element);
const char* element_name(Element element);

/// A dense row-major array in host byte order, as a parser returns it.
struct Array {
  Element element = Element::u8;
  std::vector<std::int64_t> shape;
  std::vector<unsigned char> bytes;

  std::int64_t count() const;  ///< product of the shape
  template <class T>
  const T* as() const {
    return reinterpret_cast<const T*>(bytes.data());
  }
  template <class T>
  T* as() {
    return reinterpret_cast<T*>(bytes.data());
  }
};

/// float64 copy of any element type.
std::vector<double> to_double(const Array& array);
/// float32 copy of any element type.
std::vector<float> to_float(const Array& array);

}  // namespace elbow::data
