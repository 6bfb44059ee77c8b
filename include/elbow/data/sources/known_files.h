#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace elbow::data {

/// How the bytes that a mirror sends become the file that is kept.
enum class Encoding {
  as_sent,  ///< gzip or plain IDX, kept as it came
  amat,     ///< text, one image a line, pixels 0 and 1 with blanks between: kept as gzip IDX
};

/// A file of a public data set. Sizes and sums are of the decoded content, since archives of the
/// same data differ.
struct KnownFile {
  std::string name;         ///< in the folder, e.g. train-images-idx3-ubyte.gz
  std::string remote_name;  ///< below a mirror's address
  std::uint64_t size;       ///< bytes of the plain IDX
  std::string sha256;       ///< of the plain IDX
  Encoding encoding = Encoding::as_sent;
};

struct KnownSet {
  std::string name;
  std::vector<std::string> mirrors;  ///< addresses without a slash at the end, tried in turn
  std::vector<KnownFile> files;
  std::string package;         ///< Debian package with the same files; may be empty
  std::string package_folder;  ///< where that package puts them
};

/// mnist, mnist_static, fashion_mnist.
const std::vector<KnownSet>& known_sets();
const KnownSet* find_known_set(const std::string& name);

}  // namespace elbow::data
