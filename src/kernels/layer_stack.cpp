#include "elbow/kernels/layer_stack.h"

#include <omp.h>

#include <algorithm>
#include <vector>

#include "kernel_table.h"

namespace elbow::kernels {
namespace {

/// Multiplications that are worth a thread of their own; fewer are one run of blocks.
constexpr std::int64_t kRunWork = 1 << 18;

template <class Real>
const StackKernels<Real>& kernels_of(const StackShape& shape) {
  const FlowKernels<Real>& flows = real_kernels<Real>().flows;
  switch (shape.kind) {
    case StackedLayer::planar:
      return flows.planar;
    case StackedLayer::radial:
      return flows.radial;
    case StackedLayer::householder:
      return flows.householder;
    default:
      return flows.sylvester;
  }
}

/// The blocks of a stack in runs, whose number depends on nothing but the shape.
struct StackRuns {
  StackRuns(const StackShape& shape, const StackLayout& layout) {
    blocks = (shape.num_rows + layout.block_rows - 1) / layout.block_rows;
    const std::int64_t block_work =
        layout.block_rows * shape.num_particles * shape.num_layers * layout.num_ready;
    blocks_of_run = std::max<std::int64_t>(1, kRunWork / std::max<std::int64_t>(1, block_work));
    count = std::max<std::int64_t>(1, (blocks + blocks_of_run - 1) / blocks_of_run);
    threads = static_cast<int>(std::min<std::int64_t>(count, omp_get_max_threads()));
  }
  std::int64_t begin(std::int64_t run) const { return run * blocks_of_run; }
  std::int64_t end(std::int64_t run) const { return std::min(blocks, begin(run) + blocks_of_run); }

  std::int64_t blocks, blocks_of_run, count;
  int threads;
};

/// Memory of this thread that is kept from call to call.
template <class Real>
Real* scratch_of(std::int64_t size) {
  thread_local std::vector<Real> storage;
  // A cache line more, for an address that is a multiple of one.
  constexpr std::size_t kLine = 64;
  const std::size_t needed = static_cast<std::size_t>(size) + kLine / sizeof(Real);
  if (storage.size() < needed) storage.resize(needed);
  const auto address = reinterpret_cast<std::uintptr_t>(storage.data());
  return storage.data() + (kLine - address % kLine) % kLine / sizeof(Real);
}

template <class Run>
void for_each_run(const StackRuns& runs, const Run& run) {
  if (runs.threads <= 1) {
    for (std::int64_t i = 0; i < runs.count; ++i) run(i);
    return;
  }
#pragma omp parallel for schedule(static) num_threads(runs.threads)
  for (std::int64_t i = 0; i < runs.count; ++i) run(i);
}

}  // namespace

std::int64_t num_stack_parameters(const StackShape& shape) {
  const bool is_square = shape.kind != StackedLayer::sylvester_basis;
  const std::int64_t directions = is_square ? shape.size : shape.num_directions;
  const std::int64_t own = directions * (directions + 2);
  switch (shape.kind) {
    case StackedLayer::planar:
      return 2 * shape.size + 1;
    case StackedLayer::radial:
      return shape.size + 2;
    case StackedLayer::householder:
      return shape.size;
    case StackedLayer::sylvester_identity:
      return own;
    case StackedLayer::sylvester_reflections:
      return own + shape.num_reflections * shape.size;
    case StackedLayer::sylvester_basis:
      break;
  }
  return own + directions * shape.size;
}

template <class Real>
std::int64_t stack_saved_size(const StackShape& shape, bool keeps) {
  const StackLayout layout = kernels_of<Real>(shape).layout(shape);
  const std::int64_t blocks = (shape.num_rows + layout.block_rows - 1) / layout.block_rows;
  return layout.saved_ready + (keeps ? blocks * layout.saved_block : 0);
}

template <class Real>
void run_stack(const StackForward<Real>& pass) {
  const StackKernels<Real>& table = kernels_of<Real>(pass.shape);
  const StackLayout layout = table.layout(pass.shape);
  const StackRuns runs(pass.shape, layout);
  if (pass.shape.is_shared) table.prepare(pass, scratch_of<Real>(layout.scratch_size));
  for_each_run(runs, [&](std::int64_t run) {
    table.forward(pass, runs.begin(run), runs.end(run), scratch_of<Real>(layout.scratch_size));
  });
}

template <class Real>
void run_stack(const StackBackward<Real>& pass) {
  const StackKernels<Real>& table = kernels_of<Real>(pass.shape);
  const StackLayout layout = table.layout(pass.shape);
  const StackRuns runs(pass.shape, layout);
  std::vector<Real> partial(static_cast<std::size_t>(runs.count * layout.partial_size));
  for_each_run(runs, [&](std::int64_t run) {
    table.backward(pass,
                   runs.begin(run),
                   runs.end(run),
                   scratch_of<Real>(layout.scratch_size),
                   partial.data() + run * layout.partial_size);
  });
  if (!pass.shape.is_shared) return;
  for (std::int64_t run = 1; run < runs.count; ++run)
    for (std::int64_t i = 0; i < layout.partial_size; ++i)
      partial[static_cast<std::size_t>(i)] +=
          partial[static_cast<std::size_t>(run * layout.partial_size + i)];
  table.finish(pass, partial.data(), scratch_of<Real>(layout.scratch_size));
}

template std::int64_t stack_saved_size<float>(const StackShape&, bool);
template std::int64_t stack_saved_size<double>(const StackShape&, bool);
template void run_stack(const StackForward<float>&);
template void run_stack(const StackForward<double>&);
template void run_stack(const StackBackward<float>&);
template void run_stack(const StackBackward<double>&);

}  // namespace elbow::kernels
