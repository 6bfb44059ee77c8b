// The stand-in as the CUDA plug-in: what the trainer finds in place of the shared object.
#include <c10/util/Exception.h>
#include <torch/library.h>

#include <utility>

#include "device.h"
#include "elbow/data/device/cuda_plugin.h"
#include "elbow/data/device/device.h"
#include "elbow/data/sources/binarize.h"
#include "generator.h"
#include "ledger.h"
#include "memory.h"
#include "recorder.h"

namespace elbow::stand_in {
namespace {

int device_count() { return kDevices; }

int gather_rows(int device, const GatherRowsJob& job) {
  for (const void* memory : {static_cast<const void*>(job.images),
                             static_cast<const void*>(job.rows),
                             static_cast<const void*>(job.out)})
    TORCH_CHECK(device_of(memory) == device,
                "stand-in: gather_rows on device ",
                device,
                " got memory of ",
                device_of(memory));
  recorder().refuse("gather_rows, whose key is a number of the host,");
  ledger().note_operator("elbow::gather_rows");
  const auto mode = static_cast<data::Binarize>(job.mode);
  const bool is_drawn =
      !job.is_binary && (mode == data::Binarize::static_ || mode == data::Binarize::dynamic);
  if (!is_drawn) {
    data::gather_rows(
        job.images, job.pixels, job.rows, job.count, mode, job.is_binary, 0, 0, job.out, 1);
    return 0;
  }
  // By the specification of a draw.
  float* out = job.out;
  for (std::int64_t i = 0; i < job.count; ++i)
    for (std::int64_t pixel = 0; pixel < job.pixels; ++pixel)
      *out++ = data::binarize_pixel(job.images[job.rows[i] * job.pixels + pixel],
                                    job.key,
                                    static_cast<std::uint64_t>(job.rows[i]),
                                    static_cast<std::uint32_t>(pixel));
  return 0;
}

/// A capture executes nothing: what ran while the operators were recorded is undone, in memory and
/// in the generator.
class Graph : public DeviceGraph {
 public:
  explicit Graph(int device)
      : generator_(default_generator(static_cast<c10::DeviceIndex>(device))) {}
  void begin() override {
    before_ = contents_of_device_memory();
    noise_before_ = generator_.get_state();
    recorder().begin();
  }
  void end() override {
    work_ = recorder().end();
    undo();
  }
  void replay() override {
    for (const auto& work : work_) work();
  }
  ~Graph() override {
    // A capture that failed.
    if (before_.empty()) return;
    recorder().end();
    undo();
  }

 private:
  void undo() {
    put_back(before_);
    before_.clear();
    generator_.set_state(noise_before_);
  }

  at::Generator generator_;
  at::Tensor noise_before_;
  MemoryContents before_;
  Recorder::Work work_;
};

DeviceGraph* make_graph(int device) { return new Graph(device); }
void* enter_stream(int) { return nullptr; }
void leave_stream(void*) {}

}  // namespace

Ledger& ledger() {
  static auto* one = new Ledger;
  return *one;
}

void install() {
  static const CudaPlugin plugin{kCudaPluginAbi,
                                 static_cast<int>(kType),
                                 device_count,
                                 gather_rows,
                                 make_graph,
                                 enter_stream,
                                 leave_stream};
  c10::register_privateuse1_backend("standin");
  c10::SetAllocator(kType, device_allocator());
  register_hooks();
  use_cuda_plugin(&plugin);
}

}  // namespace elbow::stand_in
