#include "elbow/foundations/io/hash.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include "elbow/foundations/core/error.h"
#include "file_handle.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace elbow::io {
namespace {

constexpr std::uint32_t kCastagnoliReflected = 0x82F63B78u;

using CrcTables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr CrcTables make_crc_tables() {
  CrcTables tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit)
      value = (value >> 1) ^ ((value & 1u) != 0 ? kCastagnoliReflected : 0u);
    tables[0][i] = value;
  }
  for (std::size_t slice = 1; slice < tables.size(); ++slice) {
    for (std::size_t i = 0; i < 256; ++i) {
      const std::uint32_t before = tables[slice - 1][i];
      tables[slice][i] = (before >> 8) ^ tables[0][before & 0xFFu];
    }
  }
  return tables;
}

constexpr CrcTables kCrcTables = make_crc_tables();

}  // namespace

/// Eight bytes a round ("slicing-by-8": Kounavis and Berry, IEEE Trans. Computers 57(11), 2008).
std::uint32_t crc32c_portable(const void* data, std::size_t size, std::uint32_t crc) {
  const auto* p = static_cast<const unsigned char*>(data);
  std::uint32_t state = ~crc;
  for (; size >= 8; p += 8, size -= 8) {
    const std::uint32_t low = state ^ (std::uint32_t{p[0]} | std::uint32_t{p[1]} << 8 |
                                       std::uint32_t{p[2]} << 16 | std::uint32_t{p[3]} << 24);
    state = kCrcTables[7][low & 0xFFu] ^ kCrcTables[6][(low >> 8) & 0xFFu] ^
            kCrcTables[5][(low >> 16) & 0xFFu] ^ kCrcTables[4][low >> 24] ^ kCrcTables[3][p[4]] ^
            kCrcTables[2][p[5]] ^ kCrcTables[1][p[6]] ^ kCrcTables[0][p[7]];
  }
  for (; size > 0; ++p, --size) state = (state >> 8) ^ kCrcTables[0][(state ^ *p) & 0xFFu];
  return ~state;
}

#if defined(__x86_64__)
namespace {

__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(const void* data,
                                                             std::size_t size,
                                                             std::uint32_t crc) {
  const auto* p = static_cast<const unsigned char*>(data);
  std::uint64_t state = ~crc;
  for (; size >= 8; p += 8, size -= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, p, sizeof word);
    state = _mm_crc32_u64(state, word);
  }
  auto tail = static_cast<std::uint32_t>(state);
  for (; size > 0; ++p, --size) tail = _mm_crc32_u8(tail, *p);
  return ~tail;
}

}  // namespace
#endif

std::uint32_t crc32c(const void* data, std::size_t size, std::uint32_t crc) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return crc32c_sse42(data, size, crc);
#endif
  return crc32c_portable(data, size, crc);
}

struct Sha256::Impl {
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {
  if (!impl_->context || EVP_DigestInit_ex(impl_->context.get(), EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL offers no SHA-256");
  }
}

Sha256::~Sha256() = default;

void Sha256::update(const void* data, std::size_t size) {
  if (!impl_->context || EVP_DigestUpdate(impl_->context.get(), data, size) != 1) {
    throw std::logic_error("Sha256::update after hex()");
  }
}

std::string Sha256::hex() {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (!impl_->context || EVP_DigestFinal_ex(impl_->context.get(), digest.data(), &size) != 1) {
    throw std::logic_error("Sha256::hex called twice");
  }
  impl_->context.reset();
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes.data(), bytes.size());
  return hash.hex();
}

std::string sha256_file(const std::string& path) {
  std::size_t size = 0;
  const FileHandle file = open_regular(path, &size);
  std::string chunk(std::min<std::size_t>(size, std::size_t{1} << 20), '\0');
  Sha256 hash;
  for (std::size_t done = 0; done < size;) {
    const std::size_t n = read_fully(file, chunk.data(), std::min(chunk.size(), size - done), path);
    if (n == 0) throw DataError("cannot read " + path + ": it became shorter while it was read");
    hash.update(chunk.data(), n);
    done += n;
  }
  return hash.hex();
}

}  // namespace elbow::io
