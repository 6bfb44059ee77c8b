#include "elbow/probability/distributions/random_source.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <c10/util/Exception.h>

#include <limits>
#include <mutex>
#include <numeric>

#include "elbow/probability/distributions/reference_operators.h"
#include "keyed_noise.h"
#include "stream_noise.h"

namespace elbow {
namespace {

void check_identities(const char* what, const std::vector<std::int64_t>& identities) {
  for (const std::int64_t id : identities)
    TORCH_CHECK(id >= 0 && id <= std::numeric_limits<std::uint32_t>::max(),
                "KeyedSource: ",
                what,
                " must be in [0, 2^32), got ",
                id);
}

/// A generator of the CPU draws there, whatever device asks.
at::TensorOptions where_drawn(const std::optional<at::Generator>& generator,
                              const at::TensorOptions& options) {
  return generator && generator->device().is_cpu() ? options.device(at::kCPU) : options;
}

template <class Number>
void fill(const KeyedNoise& noise, bool is_normal, const Tensor& out) {
  auto* memory = out.mutable_data_ptr<Number>();
  is_normal ? keyed_normal(noise, memory) : keyed_uniform(noise, memory);
}

template <class Number>
void fill_stream(std::uint64_t key, bool is_normal, const Tensor& out) {
  auto* memory = out.mutable_data_ptr<Number>();
  is_normal ? stream_normal(key, memory, out.numel()) : stream_uniform(key, memory, out.numel());
}

/// All numbers of a draw from one word of the generator.
Tensor streamed(at::Generator& keys,
                at::IntArrayRef shape,
                const at::TensorOptions& options,
                bool is_normal) {
  const Tensor out = at::empty(shape, options.device(at::kCPU));
  std::uint64_t key = 0;
  {
    const std::lock_guard<std::mutex> lock(keys.mutex());
    key = at::check_generator<at::CPUGeneratorImpl>(keys)->random64();
  }
  out.scalar_type() == at::kFloat ? fill_stream<float>(key, is_normal, out)
                                  : fill_stream<double>(key, is_normal, out);
  return out.to(options.device());
}

/// A table of draws, one row for each particle and example.
Tensor keyed_table(std::uint64_t key,
                   std::uint32_t call,
                   const std::vector<std::int64_t>& examples,
                   const std::vector<std::int64_t>& particles,
                   at::IntArrayRef shape,
                   const at::TensorOptions& options,
                   bool is_normal) {
  const auto dtype = c10::typeMetaToScalarType(options.dtype());
  TORCH_CHECK(dtype == at::kFloat || dtype == at::kDouble,
              "KeyedSource: draws are float32 or float64, got ",
              dtype);
  const Tensor out = at::empty(shape, at::TensorOptions(dtype));
  const auto num_examples = static_cast<std::int64_t>(examples.size());
  const auto num_particles = static_cast<std::int64_t>(particles.size());
  const std::int64_t rows = num_examples * num_particles;
  if (out.numel() == 0) return out.to(options.device());
  const KeyedNoise noise{key,
                         call,
                         examples.data(),
                         particles.data(),
                         num_examples,
                         num_particles,
                         /*row_size=*/out.numel() / rows};
  dtype == at::kFloat ? fill<float>(noise, is_normal, out) : fill<double>(noise, is_normal, out);
  return out.to(options.device());
}

}  // namespace

/// A row for each particle, which belongs to no example.
class KeyedSource::Shared : public RandomSource {
 public:
  explicit Shared(std::uint64_t key) : key_(key) {}
  Tensor normal(at::IntArrayRef shape, const at::TensorOptions& options) override {
    return draw(shape, options, /*is_normal=*/true);
  }
  Tensor uniform(at::IntArrayRef shape, const at::TensorOptions& options) override {
    return draw(shape, options, /*is_normal=*/false);
  }

 private:
  Tensor draw(at::IntArrayRef shape, const at::TensorOptions& options, bool is_normal) {
    TORCH_CHECK(!shape.empty(), "KeyedSource: a shared shape must begin with [K], got []");
    std::vector<std::int64_t> particles(static_cast<std::size_t>(shape[0]));
    std::iota(particles.begin(), particles.end(), 0);
    return keyed_table(key_, calls_++, {0}, particles, shape, options, is_normal);
  }
  std::uint64_t key_;
  std::uint32_t calls_ = 0;
};

at::Generator seeded_generator(at::Device device, std::uint64_t key) {
  if (device.is_cpu()) return at::make_generator<at::CPUGeneratorImpl>(key);
  at::Generator out = at::globalContext()
                          .getAcceleratorHooksInterface(device.type())
                          .getNewGenerator(device.index());
  out.set_current_seed(key);
  return out;
}

SeededDefaultGenerator::SeededDefaultGenerator(std::uint64_t key) {
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard<std::mutex> lock(generator.mutex());
  before_ = generator.get_state();
  generator.set_current_seed(key);
}

SeededDefaultGenerator::~SeededDefaultGenerator() {
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_state(before_);
}

GeneratorSource::GeneratorSource(std::optional<at::Generator> generator)
    : generator_(std::move(generator)) {}

Tensor GeneratorSource::normal(at::IntArrayRef shape, const at::TensorOptions& options) {
  return at::randn(shape, generator_, where_drawn(generator_, options)).to(options.device());
}

Tensor GeneratorSource::uniform(at::IntArrayRef shape, const at::TensorOptions& options) {
  // rand gives multiples of 2^-24 (2^-53 in double) from 0 on: half a step up keeps 0 out, and
  // below 1.
  const bool is_double = options.dtype() == at::kDouble;
  return at::rand(shape, generator_, where_drawn(generator_, options))
      .clamp_min_(is_double ? 0x1p-54 : 0x1p-25)
      .to(options.device());
}

StepNoise::StepNoise(at::Generator generator)
    : generator_(std::move(generator)), others_(generator_) {}

bool StepNoise::is_streamed(const at::TensorOptions& options) const {
  return generator_.device().is_cpu() && !LibTorchNoise::is_asked_for() &&
         (options.dtype() == at::kFloat || options.dtype() == at::kDouble);
}

Tensor StepNoise::normal(at::IntArrayRef shape, const at::TensorOptions& options) {
  if (!is_streamed(options)) return others_.normal(shape, options);
  return streamed(generator_, shape, options, /*is_normal=*/true);
}

Tensor StepNoise::uniform(at::IntArrayRef shape, const at::TensorOptions& options) {
  if (!is_streamed(options)) return others_.uniform(shape, options);
  return streamed(generator_, shape, options, /*is_normal=*/false);
}

KeyedSource::KeyedSource(std::uint64_t seed,
                         Purpose purpose,
                         std::vector<std::int64_t> examples,
                         std::vector<std::int64_t> particles)
    : key_(derive_key(seed, purpose)),
      examples_(std::move(examples)),
      particles_(std::move(particles)) {
  check_identities("example", examples_);
  check_identities("particle", particles_);
}

Tensor KeyedSource::normal(at::IntArrayRef shape, const at::TensorOptions& options) {
  return draw(shape, options, /*is_normal=*/true);
}

Tensor KeyedSource::uniform(at::IntArrayRef shape, const at::TensorOptions& options) {
  return draw(shape, options, /*is_normal=*/false);
}

Tensor KeyedSource::draw(at::IntArrayRef shape, const at::TensorOptions& options, bool is_normal) {
  const auto num_particles = static_cast<std::int64_t>(particles_.size());
  const auto num_examples = static_cast<std::int64_t>(examples_.size());
  TORCH_CHECK(shape.size() >= 2 && shape[0] == num_particles && shape[1] == num_examples,
              "KeyedSource: shape must begin with [",
              num_particles,
              ", ",
              num_examples,
              "] (particles, examples), got ",
              shape);
  return keyed_table(key_, calls_++, examples_, particles_, shape, options, is_normal);
}

RandomSource& KeyedSource::shared(const std::string& site) {
  // A stream of its own: the noise of an example does not move when weights are drawn before it.
  std::shared_ptr<Shared>& out = shared_[site];
  // Weights were the first that examples shared, and keep the key that they had before names did.
  const std::uint64_t name = site == "weights" ? 0 : key_of_name(site);
  if (!out) out = std::make_shared<Shared>(derive_key(key_, Purpose::shared_latents, name));
  return *out;
}

}  // namespace elbow
