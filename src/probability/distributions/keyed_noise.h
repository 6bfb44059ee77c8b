#pragma once

#include <cstdint>

namespace elbow {

/// Noise of a table of (particle, example) rows, raw memory, no LibTorch. Draws 2b and 2b + 1 of a
/// row come from the Philox counter (b, call, example, particle), so that an element depends on
/// nothing but its name. The same bits for any instruction set.
struct KeyedNoise {
  std::uint64_t key;
  std::uint32_t call;
  const std::int64_t* examples;   ///< [num_examples], each in [0, 2^32)
  const std::int64_t* particles;  ///< [num_particles], each in [0, 2^32)
  std::int64_t num_examples, num_particles;
  std::int64_t row_size;  ///< draws per (particle, example)
};

/// Standard normals by Box-Muller in double precision. @param out [num_particles, num_examples,
/// row_size]
void keyed_normal(const KeyedNoise& noise, float* out);
void keyed_normal(const KeyedNoise& noise, double* out);

/// Uniforms in (0, 1) from 52 bits; in float32 the rounded one, kept below 1.
void keyed_uniform(const KeyedNoise& noise, float* out);
void keyed_uniform(const KeyedNoise& noise, double* out);

}  // namespace elbow
