#pragma once

#include <cstdint>
#include <string>

namespace elbow::data {

enum class Binarize { none, threshold, static_, dynamic };

/// "none", "threshold", "static" or "dynamic" to the mode. Other words are a defect
/// (std::invalid_argument).
Binarize parse_binarize(const std::string& word);

/// Gathers rows of u8 grey images and writes them as float32 in one pass (CPU).
/// none: value/255; threshold: value >= 128; dynamic: 1 with probability value/255, drawn by Philox
/// keyed by (seed, epoch, example, pixel), so the result does not depend on batch, order, threads
/// or device; static: as dynamic, epoch 0, its own purpose. `is_binary` rows (values 0/1) are
/// copied as they are in every mode. Salakhutdinov, Murray, "On the quantitative analysis of deep
/// belief networks", ICML 2008, section 6.
/// @param images  [N, pixels] u8; @param rows [count] indices into it; @param out [count, pixels]
void gather_rows(const std::uint8_t* images,
                 std::int64_t pixels,
                 const std::int64_t* rows,
                 std::int64_t count,
                 Binarize mode,
                 bool is_binary,
                 std::uint64_t seed,
                 std::uint64_t epoch,
                 float* out,
                 int num_threads);

/// Philox key of the draws of one epoch; `static_` ignores the epoch.
std::uint64_t binarize_key(Binarize mode, std::uint64_t seed, std::uint64_t epoch);

/// The draw itself for one pixel, the specification that every kernel is tested against: draw <
/// round(value/255 * 2^32), where the draw is lane pixel % 4 of Philox with counter (pixel / 4,
/// example low, example high, 0). Value 0 is never 1, value 255 always.
bool binarize_pixel(std::uint8_t value,
                    std::uint64_t key,
                    std::uint64_t example,
                    std::uint32_t pixel);

}  // namespace elbow::data
