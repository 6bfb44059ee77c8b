// Gather, scale and binarise on the device: the same bits as data::gather_rows on the CPU.
#include "gather_rows.h"

namespace elbow::kernels {

namespace {

/// Philox4x32-10, as core/philox.h (Salmon et al., SC 2011).
__device__ void philox(unsigned k0, unsigned k1, unsigned (&c)[4]) {
  for (int round = 0; round < 10; ++round) {
    const unsigned high0 = __umulhi(0xD2511F53u, c[0]), low0 = 0xD2511F53u * c[0];
    const unsigned high1 = __umulhi(0xCD9E8D57u, c[2]), low1 = 0xCD9E8D57u * c[2];
    c[0] = high1 ^ c[1] ^ k0;
    c[1] = low1;
    c[2] = high0 ^ c[3] ^ k1;
    c[3] = low0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

__device__ float pixel_value(unsigned value, unsigned draw, int mode, bool is_binary) {
  if (is_binary) return static_cast<float>(value);
  if (mode == kNone) return static_cast<float>(value) / 255.0f;
  if (mode == kThreshold) return value >= 128u ? 1.0f : 0.0f;
  // draw < round(value / 255 * 2^32), in 64 bits: value 255 is always on.
  const unsigned long long threshold =
      ((static_cast<unsigned long long>(value) << 33) + 255ull) / 510ull;
  return draw < threshold ? 1.0f : 0.0f;
}

/// One thread makes four neighbouring pixels: one Philox call.
__global__ void gather_rows_kernel(const unsigned char* images,
                                   long long pixels,
                                   const long long* rows,
                                   long long count,
                                   int mode,
                                   bool is_binary,
                                   unsigned k0,
                                   unsigned k1,
                                   float* out) {
  const long long groups = (pixels + 3) / 4;
  const long long index = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (index >= groups * count) return;
  const long long row = index / groups, group = index % groups;
  const unsigned long long example = static_cast<unsigned long long>(rows[row]);
  unsigned draws[4] = {static_cast<unsigned>(group),
                       static_cast<unsigned>(example),
                       static_cast<unsigned>(example >> 32),
                       0u};
  if (!is_binary && (mode == kStatic || mode == kDynamic)) philox(k0, k1, draws);
  for (int lane = 0; lane < 4 && 4 * group + lane < pixels; ++lane) {
    const unsigned value = images[static_cast<long long>(example) * pixels + 4 * group + lane];
    out[row * pixels + 4 * group + lane] = pixel_value(value, draws[lane], mode, is_binary);
  }
}

}  // namespace

int launch_gather_rows(const GatherRows& job, void* stream) {
  constexpr int kThreads = 256;
  const long long total = (job.pixels + 3) / 4 * job.count;
  if (total == 0) return 0;
  gather_rows_kernel<<<static_cast<unsigned>((total + kThreads - 1) / kThreads),
                       kThreads,
                       0,
                       static_cast<cudaStream_t>(stream)>>>(job.images,
                                                            job.pixels,
                                                            job.rows,
                                                            job.count,
                                                            job.mode,
                                                            job.is_binary,
                                                            static_cast<unsigned>(job.key),
                                                            static_cast<unsigned>(job.key >> 32),
                                                            job.out);
  return static_cast<int>(cudaGetLastError());
}

}  // namespace elbow::kernels
