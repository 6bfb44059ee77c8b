#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace elbow::data {

/// Sets that `elbow data fetch` can get: mnist, mnist_static, fashion_mnist.
std::vector<std::string> fetchable_sets();

struct FetchOptions {
  std::string mirror;  ///< base URL instead of the public mirrors; empty: the built-in list in turn
  std::string folder;  ///< where to; empty: the user's cache
  bool dry_run = false;  ///< touch neither network nor disk; fetch_plan() tells what would happen
  /// (file, bytes so far, bytes in all or 0)
  std::function<void(const std::string&, std::uint64_t, std::uint64_t)> progress;
};

/// Downloads, resumes a partial file, checks the *decoded* content, renames into place. Idempotent.
/// @return the folder  @throws DataError (wrong content, unknown set), IoError (network, disk)
std::string fetch(const std::string& name, const FetchOptions& options);

/// What fetch would do, one line a file: "address -> file", or "file: already there".
/// @throws DataError for an unknown set or a mirror that is not http(s)
std::vector<std::string> fetch_plan(const std::string& name, const FetchOptions& options);

}  // namespace elbow::data
