#pragma once

#include <c10/core/ScalarType.h>

#include "elbow/runs/benchmark/matrix_work.h"

namespace elbow {

/// Seconds that the machine needs for matrix products of the same shapes, and nothing else: the
/// best of repeated calls of LibTorch's mm and bmm into fixed memory, on the present number of
/// threads. Of many shapes the ones with most of the work are measured, at least 95 % of it, and
/// stand for the rest.
/// @param budget seconds that the measurement may take, about
double seconds_of_products(const MatrixWork& work, at::ScalarType dtype, double budget = 1.0);

/// Bytes a second that move when a <- b + c s is computed over arrays of so many bytes together:
/// two are read and one is written. The best of repeated calls on the present number of threads.
double stream_rate(double bytes, double budget = 0.3);

}  // namespace elbow
