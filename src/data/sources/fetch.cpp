#include "elbow/data/sources/fetch.h"

#include <filesystem>

#include "elbow/data/sources/download.h"
#include "elbow/data/sources/fetch_file.h"
#include "elbow/data/sources/named_set.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"

namespace elbow::data {
namespace {

/// A set, its mirrors after `--mirror`, and its folder after `--folder`.
struct Order {
  const KnownSet& set;
  std::vector<std::string> mirrors;
  std::string folder;
};

Order resolve(const std::string& name, const FetchOptions& options) {
  const KnownSet* set = find_known_set(name);
  if (!set) {
    std::string names;
    for (const std::string& known : fetchable_sets()) names += (names.empty() ? "" : ", ") + known;
    throw DataError("data fetch: expected one of " + names + ", got '" + name + "'",
                    "elbow list data");
  }
  Order order{*set, set->mirrors, options.folder.empty() ? cache_folder(name) : options.folder};
  if (!options.mirror.empty()) order.mirrors = {options.mirror};
  for (const std::string& mirror : order.mirrors) require_http(mirror);
  return order;
}

}  // namespace

std::vector<std::string> fetchable_sets() {
  std::vector<std::string> out;
  for (const KnownSet& set : known_sets()) out.push_back(set.name);
  return out;
}

std::vector<std::string> fetch_plan(const std::string& name, const FetchOptions& options) {
  const Order order = resolve(name, options);
  std::vector<std::string> out;
  for (const KnownFile& file : order.set.files) {
    const std::string target = (std::filesystem::path(order.folder) / file.name).string();
    out.push_back(is_in_place(file, order.folder)
                      ? target + ": already there"
                      : url_of(order.mirrors.front(), file) + " -> " + target);
  }
  return out;
}

std::string fetch(const std::string& name, const FetchOptions& options) {
  const Order order = resolve(name, options);
  if (options.dry_run) return order.folder;
  io::make_directories(order.folder);
  for (const KnownFile& file : order.set.files) {
    if (!is_in_place(file, order.folder)) fetch_file(file, order.mirrors, order.folder, options);
  }
  return order.folder;
}

}  // namespace elbow::data
