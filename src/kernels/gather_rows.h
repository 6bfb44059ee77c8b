#pragma once

namespace elbow::kernels {

/// Values of data::Binarize, without its header: nvcc sees no file of ours but this folder's.
enum GatherMode : int { kNone = 0, kThreshold = 1, kStatic = 2, kDynamic = 3 };

struct GatherRows {
  const unsigned char* images;  ///< [N, pixels] on the device
  long long pixels;
  const long long* rows;  ///< [count] on the device
  long long count;
  int mode;
  bool is_binary;
  unsigned long long key;  ///< data::binarize_key
  float* out;              ///< [count, pixels] on the device
};

/// @param stream a cudaStream_t @return 0, or the CUDA error
int launch_gather_rows(const GatherRows& job, void* stream);

}  // namespace elbow::kernels
