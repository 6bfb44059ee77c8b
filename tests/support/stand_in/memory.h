#pragma once

#include <c10/core/Allocator.h>
#include <c10/core/Storage.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace elbow::stand_in {

c10::Allocator* device_allocator();
/// Other memory of another size, with what fits of the old contents.
void resize_storage(const c10::Storage& storage, std::size_t size);
/// The bytes of every block of the devices' memory.
using MemoryContents = std::vector<std::pair<char*, std::string>>;
MemoryContents contents_of_device_memory();
/// Into the blocks that are still there.
void put_back(const MemoryContents& contents);
/// Gives LibTorch the hooks: pinned memory, generators.
void register_hooks();

}  // namespace elbow::stand_in
