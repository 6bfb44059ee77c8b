#include "elbow/runs/train/memory_guard.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/room.h"

namespace elbow {
namespace {

/// What is smaller is not worth reading /proc for.
constexpr std::size_t kLarge = std::size_t{1} << 28;

class GuardedAllocator final : public c10::Allocator {
 public:
  explicit GuardedAllocator(c10::Allocator* inner) : inner_(inner) {}
  c10::DataPtr allocate(std::size_t bytes) override {
    if (bytes >= kLarge) check_tensor_size(bytes);
    return inner_->allocate(bytes);
  }
  c10::DeleterFnPtr raw_deleter() const override { return inner_->raw_deleter(); }
  bool is_simple_data_ptr(const c10::DataPtr& pointer) const override {
    return inner_->is_simple_data_ptr(pointer);
  }
  void copy_data(void* to, const void* from, std::size_t count) const override {
    inner_->copy_data(to, from, count);
  }

 private:
  c10::Allocator* inner_;
};

}  // namespace

void check_tensor_size(std::size_t bytes) {
  const auto free = io::free_memory();
  if (!free || bytes <= *free) return;
  throw UsageError("a single tensor of this model and command takes " +
                       io::size_text(static_cast<double>(bytes)) + " of memory, but " +
                       io::size_text(static_cast<double>(*free)) + " are available",
                   "lower what multiplies: trainer.batch_size, num_particles, hidden_sizes, "
                   "latent_size, or cut a batch with trainer.accumulate");
}

void guard_memory() {
  static GuardedAllocator guard(c10::GetCPUAllocator());
  c10::SetCPUAllocator(&guard);
}

}  // namespace elbow
