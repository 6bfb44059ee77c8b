#include "generator.h"

#include <ATen/CPUGeneratorImpl.h>
#include <c10/util/Exception.h>

#include <array>

#include "device.h"

namespace elbow::stand_in {
namespace {

class StandInGenerator final : public c10::GeneratorImpl {
 public:
  explicit StandInGenerator(c10::DeviceIndex index)
      : c10::GeneratorImpl(c10::Device(kType, index),
                           c10::DispatchKeySet(c10::DispatchKey::PrivateUse1)),
        inside_(at::make_generator<at::CPUGeneratorImpl>()) {}

  const at::Generator& inside() const { return inside_; }
  void set_current_seed(std::uint64_t seed) override { inside_.set_current_seed(seed); }
  void set_offset(std::uint64_t offset) override { inside_.set_offset(offset); }
  std::uint64_t get_offset() const override { return inside_.get_offset(); }
  std::uint64_t current_seed() const override { return inside_.current_seed(); }
  std::uint64_t seed() override { return inside_.seed(); }
  void set_state(const c10::TensorImpl& state) override {
    inside_.unsafeGetGeneratorImpl()->set_state(state);
  }
  c10::intrusive_ptr<c10::TensorImpl> get_state() const override {
    return inside_.unsafeGetGeneratorImpl()->get_state();
  }
  static c10::DeviceType device_type() { return kType; }

 private:
  StandInGenerator* clone_impl() const override {
    auto* copy = new StandInGenerator(device().index());
    copy->inside_ = inside_.clone();
    return copy;
  }
  mutable at::Generator inside_;
};

}  // namespace

at::Generator make_generator(c10::DeviceIndex index) {
  return at::make_generator<StandInGenerator>(index);
}

const at::Generator& default_generator(c10::DeviceIndex index) {
  static const auto* generators =
      new std::array<at::Generator, kDevices>{make_generator(0), make_generator(1)};
  return generators->at(static_cast<std::size_t>(index));
}

at::Generator inside(const at::Generator& generator) {
  TORCH_CHECK(generator.device().type() == kType,
              "stand-in: a generator of ",
              generator.device(),
              " meets tensors of the stand-in");
  return static_cast<const StandInGenerator*>(generator.unsafeGetGeneratorImpl())->inside();
}

}  // namespace elbow::stand_in
