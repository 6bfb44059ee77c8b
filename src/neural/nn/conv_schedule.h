#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "conv_patches.h"

namespace elbow {

/// Images [begin, begin + count) of the batch.
struct ImageChunk {
  std::int64_t begin, count;
};

/// How a batch is cut: groups are handed to threads, chunks are worked on one after the other.
class ConvSchedule {
 public:
  ConvSchedule(const ConvGeometry& geometry, std::int64_t num_images, std::int64_t element_size)
      : num_images_(num_images) {
    const std::int64_t patches = geometry.positions() * geometry.patch_size();
    const std::int64_t bytes =
        element_size * (patches + geometry.padded_size() + geometry.small_size());
    const std::int64_t fitting = std::max<std::int64_t>(1, kChunkBytes / bytes);
    group_ = std::max(divided(kGroupRows, geometry.positions()), divided(num_images, kMaxGroups));
    group_ = std::min(group_, num_images);
    chunk_ = divided(group_, divided(group_, fitting));
  }

  std::int64_t num_groups() const { return divided(num_images_, group_); }
  std::int64_t chunk_size() const { return chunk_; }

  /// Calls body(group, chunk, number of the thread).
  template <typename Body>
  void run(const Body& body) const {
    at::parallel_for(0, num_groups(), 1, [&](std::int64_t first, std::int64_t last) {
      const std::int64_t thread = at::get_thread_num();
      for (std::int64_t group = first; group < last; ++group) {
        const std::int64_t end = std::min(num_images_, (group + 1) * group_);
        for (std::int64_t i = group * group_; i < end; i += chunk_)
          body(group, ImageChunk{i, std::min(chunk_, end - i)}, thread);
      }
    });
  }

 private:
  // What a chunk needs at once, so that it stays in a core's second cache.
  static constexpr std::int64_t kChunkBytes = 320 * 1024;
  // Groups add up their weight gradients apart. A fixed number, so that threads do not show.
  static constexpr std::int64_t kMaxGroups = 16;
  // Positions that a group has at least: fewer are not worth a hand-over.
  static constexpr std::int64_t kGroupRows = 192;

  static std::int64_t divided(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

  std::int64_t num_images_, group_, chunk_;
};

}  // namespace elbow
