#include "keyed_noise.h"

#include <algorithm>

#include "elbow/foundations/core/philox.h"
#include "noise_lanes.h"

namespace elbow {

using noise_lanes::Counters;
using noise_lanes::kNoiseLanes;
using noise_lanes::Pairs;

namespace keyed_noise_detail {

ELBOW_CLONES void fill_lanes(std::uint64_t key, bool is_normal, Counters& counters, Pairs& pairs) {
  noise_lanes::philox_lanes(key, counters);
  noise_lanes::uniforms(counters, pairs);
  if (is_normal) noise_lanes::box_muller(pairs);
}

}  // namespace keyed_noise_detail

namespace {

inline double rounded(double value, double*) { return value; }
// 1 - 2^-53 would round to 1. Normals never come near enough to mind.
inline float rounded(double value, float*) { return static_cast<float>(value); }

/// Packs the counters of consecutive rows into full groups of lanes, so that short rows waste
/// nothing.
template <class Number>
class Filler {
 public:
  Filler(const KeyedNoise& noise, bool is_normal, Number* out)
      : noise_(noise), is_normal_(is_normal), out_(out) {}

  void run() {
    const std::int64_t num_blocks = (noise_.row_size + 1) / 2;
    std::int64_t offset = 0;
    for (std::int64_t k = 0; k < noise_.num_particles; ++k)
      for (std::int64_t b = 0; b < noise_.num_examples; ++b, offset += noise_.row_size)
        for (std::int64_t block = 0; block < num_blocks; ++block) {
          counters_.word[0][used_] = static_cast<std::uint32_t>(block);
          counters_.word[1][used_] = noise_.call;
          counters_.word[2][used_] = static_cast<std::uint32_t>(noise_.examples[b]);
          counters_.word[3][used_] = static_cast<std::uint32_t>(noise_.particles[k]);
          place_[used_] = offset + 2 * block;
          is_pair_[used_] = 2 * block + 1 < noise_.row_size;
          if (++used_ == kNoiseLanes) flush();
        }
    flush();
  }

 private:
  void flush() {
    for (int i = used_; i < kNoiseLanes; ++i)
      for (auto& word : counters_.word) word[i] = 0;
    keyed_noise_detail::fill_lanes(noise_.key, is_normal_, counters_, pairs_);
    for (int i = 0; i < used_; ++i) {
      out_[place_[i]] = convert(pairs_.first[i]);
      if (is_pair_[i]) out_[place_[i] + 1] = convert(pairs_.second[i]);
    }
    used_ = 0;
  }

  Number convert(double value) const {
    const Number result = rounded(value, static_cast<Number*>(nullptr));
    return is_normal_ || result < Number{1} ? result : std::nextafter(Number{1}, Number{0});
  }

  const KeyedNoise& noise_;
  bool is_normal_;
  Number* out_;
  Counters counters_;
  Pairs pairs_;
  std::int64_t place_[kNoiseLanes];
  bool is_pair_[kNoiseLanes];
  int used_ = 0;
};

}  // namespace

void keyed_normal(const KeyedNoise& noise, float* out) { Filler<float>(noise, true, out).run(); }
void keyed_normal(const KeyedNoise& noise, double* out) { Filler<double>(noise, true, out).run(); }
void keyed_uniform(const KeyedNoise& noise, float* out) { Filler<float>(noise, false, out).run(); }
void keyed_uniform(const KeyedNoise& noise, double* out) {
  Filler<double>(noise, false, out).run();
}

}  // namespace elbow
