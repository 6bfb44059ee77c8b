// The stand-in's memory: blocks of the CPU's with a device to their name, current devices, pinned
// memory, copies.
#include "memory.h"

#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/core/impl/alloc_cpu.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>

#include "device.h"
#include "generator.h"
#include "ledger.h"

namespace elbow::stand_in {
namespace {

thread_local c10::DeviceIndex current = 0;

/// Blocks in use, by their first byte.
class Blocks {
 public:
  void add(const void* begin, std::size_t size, int owner) {
    const std::lock_guard<std::mutex> lock(mutex_);
    blocks_[static_cast<const char*>(begin)] = {size, owner};
  }
  void remove(const void* begin) {
    const std::lock_guard<std::mutex> lock(mutex_);
    blocks_.erase(static_cast<const char*>(begin));
  }
  MemoryContents contents() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    MemoryContents out;
    for (const auto& [begin, block] : blocks_)
      out.emplace_back(const_cast<char*>(begin), std::string(begin, block.first));
    return out;
  }
  void put_back(const MemoryContents& contents) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [begin, bytes] : contents) {
      const auto found = blocks_.find(begin);
      if (found != blocks_.end() && found->second.first == bytes.size())
        std::memcpy(begin, bytes.data(), bytes.size());
    }
  }
  /// Whose a byte is; -1: nobody's.
  int owner_of(const void* memory) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto* byte = static_cast<const char*>(memory);
    auto found = blocks_.upper_bound(byte);
    if (found == blocks_.begin()) return -1;
    --found;
    return byte < found->first + found->second.first ? found->second.second : -1;
  }

 private:
  mutable std::mutex mutex_;
  std::map<const char*, std::pair<std::size_t, int>> blocks_;
};

Blocks& device_blocks() {
  static auto* blocks = new Blocks;  // tensors may outlive statics
  return *blocks;
}

Blocks& pinned_blocks() {
  static auto* blocks = new Blocks;
  return *blocks;
}

template <Blocks& (*blocks)()>
void release(void* memory) {
  blocks().remove(memory);
  c10::free_cpu(memory);
}

template <Blocks& (*blocks)()>
void* take(std::size_t size, int owner) {
  void* memory = c10::alloc_cpu(std::max<std::size_t>(size, 1));
  blocks().add(memory, std::max<std::size_t>(size, 1), owner);
  return memory;
}

class DeviceAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t size) override {
    void* memory = take<device_blocks>(size, current);
    return {memory, memory, &release<device_blocks>, {kType, current}};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release<device_blocks>; }
  void copy_data(void* to, const void* from, std::size_t size) const override {
    std::memcpy(to, from, size);
  }
};

class PinnedAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t size) override {
    void* memory = take<pinned_blocks>(size, 0);
    return {memory, memory, &release<pinned_blocks>, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release<pinned_blocks>; }
  void copy_data(void* to, const void* from, std::size_t size) const override {
    std::memcpy(to, from, size);
  }
};

PinnedAllocator& pinned_allocator() {
  static auto* allocator = new PinnedAllocator;
  return *allocator;
}

class Guard final : public c10::impl::DeviceGuardImplInterface {
 public:
  c10::DeviceType type() const override { return kType; }
  c10::Device exchangeDevice(c10::Device to) const override {
    const c10::Device before(kType, current);
    setDevice(to);
    return before;
  }
  c10::Device getDevice() const override { return {kType, current}; }
  void setDevice(c10::Device to) const override {
    if (to.has_index()) current = to.index();
  }
  void uncheckedSetDevice(c10::Device to) const noexcept override { current = to.index(); }
  c10::Stream getStream(c10::Device of) const noexcept override {
    return c10::Stream(c10::Stream::DEFAULT, of);
  }
  c10::Stream getNewStream(c10::Device of, int) const override {
    return c10::Stream(c10::Stream::DEFAULT, of);
  }
  c10::Stream exchangeStream(c10::Stream to) const noexcept override { return to; }
  c10::DeviceIndex deviceCount() const noexcept override { return kDevices; }
  void record(void**,
              const c10::Stream&,
              const c10::DeviceIndex,
              const c10::EventFlag) const override {}
  void block(void*, const c10::Stream&) const override {}
  bool queryEvent(void*) const override { return true; }
  void destroyEvent(void*, const c10::DeviceIndex) const noexcept override {}
  void synchronizeDevice(const c10::DeviceIndex) const override {}
};
C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard);

class Hooks final : public at::PrivateUse1HooksInterface {
 public:
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  c10::DeviceIndex deviceCount() const override { return kDevices; }
  bool isPinnedPtr(const void* memory) const override {
    return pinned_blocks().owner_of(memory) >= 0;
  }
  at::Allocator* getPinnedMemoryAllocator() const override { return &pinned_allocator(); }
  at::Device getDeviceFromPtr(void* memory) const override { return device(device_of(memory)); }
  const at::Generator& getDefaultGenerator(c10::DeviceIndex index) const override {
    return default_generator(index < 0 ? current : index);
  }
  at::Generator getNewGenerator(c10::DeviceIndex index) const override {
    return make_generator(index < 0 ? current : index);
  }
  void resizePrivateUse1Bytes(const c10::Storage& storage, std::size_t size) const override {
    resize_storage(storage, size);
  }
};

void forget(void* kept) {
  auto* tensor = static_cast<at::Tensor*>(kept);
  device_blocks().remove(tensor->storage().data());
  delete tensor;
}

void let_go(void* kept) { delete static_cast<at::Tensor*>(kept); }

/// A tensor over the same memory, which keeps the first one alive.
at::Tensor aliased(const at::Tensor& tensor,
                   c10::Device device,
                   c10::DispatchKey key,
                   c10::Allocator* allocator,
                   c10::DeleterFnPtr forget_it) {
  const c10::Storage& memory = tensor.storage();
  c10::DataPtr data(const_cast<void*>(memory.data()), new at::Tensor(tensor), forget_it, device);
  c10::Storage storage(c10::Storage::use_byte_size_t(),
                       memory.nbytes(),
                       std::move(data),
                       allocator,
                       /*resizable=*/true);
  at::Tensor out = at::detail::make_tensor<c10::TensorImpl>(
      std::move(storage), c10::DispatchKeySet(key), tensor.dtype());
  out.unsafeGetTensorImpl()->set_sizes_and_strides(
      tensor.sizes(), tensor.strides(), tensor.storage_offset());
  return out;
}

}  // namespace

c10::Allocator* device_allocator() {
  static auto* allocator = new DeviceAllocator;
  return allocator;
}

void resize_storage(const c10::Storage& storage, std::size_t size) {
  c10::DataPtr memory = device_allocator()->allocate(size);
  std::memcpy(memory.get(), storage.data(), std::min(size, storage.nbytes()));
  storage.set_data_ptr(std::move(memory));
  storage.set_nbytes(size);
}

MemoryContents contents_of_device_memory() { return device_blocks().contents(); }
void put_back(const MemoryContents& contents) { device_blocks().put_back(contents); }

void register_hooks() {
  static auto* hooks = new Hooks;
  at::RegisterPrivateUse1HooksInterface(hooks);
}

int device_of(const void* memory) { return device_blocks().owner_of(memory); }
int current_device() { return current; }

at::Tensor on_cpu(const at::Tensor& tensor) {
  return aliased(
      tensor, c10::Device(c10::kCPU), c10::DispatchKey::CPU, c10::GetAllocator(c10::kCPU), &let_go);
}

at::Tensor on_device(const at::Tensor& tensor, int index) {
  if (tensor.storage().nbytes() > 0)
    device_blocks().add(tensor.storage().data(), tensor.storage().nbytes(), index);
  return aliased(tensor, device(index), c10::DispatchKey::PrivateUse1, device_allocator(), &forget);
}

}  // namespace elbow::stand_in
