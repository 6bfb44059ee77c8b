#pragma once

#include <cstdint>

namespace elbow {

/// Draws of a step, raw memory, no LibTorch: a pure function of the key, the same bits for any
/// instruction set. A shorter draw is the beginning of a longer one.

/// Standard normals by Philox and Box-Muller: in float32 from 32 bits each (|z| <= 6.7), in float64
/// from 52.
void stream_normal(std::uint64_t key, float* out, std::int64_t count);
void stream_normal(std::uint64_t key, double* out, std::int64_t count);

/// Uniforms in (0, 1): (k + 1/2) / 2^23, in float64 of 52 bits. With one bit more the greatest
/// would round to 1.
void stream_uniform(std::uint64_t key, float* out, std::int64_t count);
void stream_uniform(std::uint64_t key, double* out, std::int64_t count);

}  // namespace elbow
