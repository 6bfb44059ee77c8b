#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>

#include "elbow/data/sources/formats.h"
#include "elbow/data/sources/known_files.h"
#include "elbow/data/sources/labels.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/hash.h"
#include "elbow/foundations/io/sys.h"
#include "gaps.h"
#include "loaders.h"
#include "malformed.h"

namespace elbow::data {
namespace {

namespace fs = std::filesystem;
using SplitFiles = std::map<std::string, std::string>;

constexpr const char* kImageEnding = "-images-idx3-ubyte";
constexpr const char* kLabelEnding = "-labels-idx1-ubyte";

/// The plain file when both are there: it loads faster. Empty when neither is.
std::string find_file(const fs::path& folder, const std::string& name) {
  std::error_code ignored;
  for (const std::string& candidate : {name, name + ".gz"})
    if (fs::exists(folder / candidate, ignored)) return fs::absolute(folder / candidate).string();
  return "";
}

/// Image files of a folder by split; the test files of MNIST are called t10k.
SplitFiles find_images(const fs::path& folder) {
  SplitFiles out;
  for (const auto& [split, stem] :
       {std::pair{"train", "train"}, {"valid", "valid"}, {"test", "t10k"}, {"test", "test"}}) {
    const std::string file = find_file(folder, std::string(stem) + kImageEnding);
    if (!file.empty()) out.emplace(split, file);
  }
  return out;
}

std::string command_for(const std::string& name) {
  const KnownSet* known = find_known_set(name);
  if (!known)
    return name == "idx" ? "put train-images-idx3-ubyte there (.gz too)"
                         : "set ELBOW_HOME to the folder of elbow's repository";
  const std::string fetch = "elbow data fetch " + name;
  return known->package.empty() ? fetch : "apt install " + known->package + ", or " + fetch;
}

SplitFiles find_set(const std::string& name, const std::string& path) {
  std::string looked;
  for (const std::string& folder : search_folders(name, path)) {
    SplitFiles files = find_images(folder);
    if (files.count("train")) return files;
    looked += (looked.empty() ? "" : ", ") + folder;
  }
  throw DataError("data set " + name + ": expected train" + kImageEnding +
                      " or the same with .gz, found none in " + looked,
                  command_for(name));
}

/// [N, H, W] to [N, 1, H, W]; [N, C, H, W] and [N, D] stay. Whole numbers but u8 become f32.
void normalise(Array& images, const std::string& file) {
  if (images.shape.size() < 2) {
    throw DataError(file + ": byte 3: expected images of 2 to 4 dimensions, found 1",
                    "are these the labels?");
  }
  if (images.shape.size() == 3) images.shape.insert(images.shape.begin() + 1, 1);
  if (images.element == Element::u8 || images.element == Element::f32 ||
      images.element == Element::f64)
    return;
  const std::vector<float> values = to_float(images);
  images.element = Element::f32;
  images.bytes.resize(values.size() * sizeof(float));
  std::memcpy(images.bytes.data(), values.data(), images.bytes.size());
}

/// The file of labels beside a file of images; empty when there is none.
std::string label_file(const std::string& image_file) {
  const std::string name = fs::path(image_file).filename().string();
  const std::size_t at = name.find(kImageEnding);
  if (at == std::string::npos) return "";
  return find_file(fs::path(image_file).parent_path(), name.substr(0, at) + kLabelEnding);
}

RawSplit load_split(const std::string& file) {
  RawSplit out;
  const std::string bytes = read_maybe_gzip(file);
  out.sha256 = io::sha256_hex(bytes);
  out.images = decode_idx(bytes, file);
  out.file = file;
  normalise(out.images, file);
  labels_beside(file, out.images.shape[0]);
  return out;
}

/// The labels of all splits, by the classes of the training images.
void take_labels(RawData& data) {
  for (const auto& [name, split] : data.splits)
    if (label_file(split.file).empty())
      throw DataError("data.labels: expected a file of labels beside the images of " + split.file +
                          ", found none",
                      std::string("name the files ...") + kImageEnding + " and ..." + kLabelEnding +
                          ", or remove data.labels");
  std::map<std::string, std::vector<double>> values;
  for (const auto& [name, split] : data.splits)
    values[name] = labels_beside(split.file, split.size());
  data.classes = classes_of(values.at("train"));
  for (auto& [name, split] : data.splits) {
    const std::string file = label_file(split.file);
    split.labels = labels_of(values.at(name), data.classes, [&file](std::int64_t row) {
      return file + ": label " + std::to_string(row) + " (from 0)";
    });
  }
}

bool holds_only_bits(const RawData& data) {
  return std::all_of(data.splits.begin(), data.splits.end(), [](const auto& entry) {
    const Array& images = entry.second.images;
    if (images.element != Element::u8) return false;
    // A plain loop over all bytes is faster than one that stops at the first grey one only to be
    // rare.
    unsigned char seen = 0;
    for (const unsigned char value : images.bytes) seen |= value;
    return seen <= 1;
  });
}

void check_same_kind(const RawSplit& split, const RawSplit& train) {
  const auto& shape = split.images.shape;
  const auto& expected = train.images.shape;
  const auto holds_bytes = [](const Array& array) { return array.element == Element::u8; };
  if (holds_bytes(split.images) == holds_bytes(train.images) &&
      std::equal(shape.begin() + 1, shape.end(), expected.begin() + 1, expected.end()))
    return;
  throw DataError(split.file + ": expected the element type and event shape of " + train.file +
                      ", " + element_name(train.images.element) + " " + shape_text(expected) +
                      ", found " + element_name(split.images.element) + " " + shape_text(shape),
                  "all splits must hold the same kind of example");
}

RawData load_files(const SplitFiles& files) {
  RawData out;
  for (const auto& [split, file] : files) out.splits.emplace(split, load_split(file));
  const RawSplit& train = out.splits.at("train");
  for (const auto& entry : out.splits) check_same_kind(entry.second, train);
  out.event_shape.assign(train.images.shape.begin() + 1, train.images.shape.end());
  out.is_binary = holds_only_bits(out);
  out.scale = train.images.element == Element::u8 && !out.is_binary ? 1.0 / 255.0 : 1.0;
  return out;
}

/// The shape and the values that the row of the set promises.
void check_promise(const RawData& data, const std::string& name) {
  for (const ComponentInfo& info : data_components()) {
    const auto* set = info.find_traits<DataTraits>();
    if (info.name != name || set->shape.empty()) continue;
    const auto& shape = set->shape;
    const RawSplit& train = data.splits.at("train");
    if (data.event_shape != shape || train.images.element != Element::u8) {
      throw DataError(train.file + ": expected u8 images of " + shape_text(shape) + " for " + name +
                          ", found " + element_name(train.images.element) + " " +
                          shape_text(data.event_shape),
                      "use type idx for your own images");
    }
    if (set->values == DataValues::binary && !data.is_binary) {
      throw DataError(
          train.file + ": expected only the values 0 and 1 for " + name + ", found grey ones",
          command_for(name));
    }
  }
}

/// Whether every file is the published one, for environment.json.
Json compare_with_published(const RawData& data, const KnownSet& known) {
  for (const auto& entry : data.splits) {
    const bool is_published =
        std::any_of(known.files.begin(), known.files.end(), [&](const KnownFile& file) {
          return file.sha256 == entry.second.sha256;
        });
    if (!is_published) return false;
  }
  return true;
}

std::string optional_text(const ConfigNode& config, const std::string& key) {
  return config.has(key) ? config.text(key) : "";
}

/// The files that an idx section names: a folder, or one file a split.
SplitFiles own_files(const ConfigNode& config) {
  const std::string folder = optional_text(config, "path");
  SplitFiles files;
  for (const std::string split : {"train", "valid", "test"}) {
    const std::string file = optional_text(config, split);
    if (!file.empty()) files[split] = fs::absolute(file).string();
  }
  if (!folder.empty() && !files.empty()) {
    throw DataError("data: expected either path or train, valid and test, found both",
                    "remove one of them");
  }
  if (!folder.empty()) return find_set("idx", folder);
  if (!files.count("train")) {
    throw DataError("data: expected path (a folder) or train (a file) for type idx, found neither",
                    "e.g. data: {type: idx, path: my-images}");
  }
  return files;
}

/// Validation from the end of train, then which labels are used.
void divide(RawData& data,
            const ConfigNode& config,
            const std::string& name,
            std::uint64_t run_seed) {
  if (config.has("labels") && config.boolean("labels")) take_labels(data);
  split_validation(data, config.integer("validation_size"), name);
  if (config.has("label_repeats")) choose_labelled(data, config, run_seed);
}

}  // namespace

std::vector<double> labels_beside(const std::string& image_file, std::int64_t num_images) {
  const std::string file = label_file(image_file);
  if (file.empty()) return {};
  const Array array = read_idx(file);
  if (array.shape.size() == 1 && array.shape[0] == num_images) return to_double(array);
  throw DataError(file + ": byte 4: expected " + std::to_string(num_images) +
                      " labels, one for each image of " + image_file + ", found " +
                      shape_text(array.shape),
                  "get both files again");
}

RawData load_image_folder(const ConfigNode& config,
                          const std::string& name,
                          std::uint64_t run_seed) {
  RawData out = load_files(find_set(name, optional_text(config, "path")));
  check_promise(out, name);
  const KnownSet* known = find_known_set(name);
  if (known) out.info["is_published_content"] = compare_with_published(out, *known);
  divide(out, config, name, run_seed);
  return out;
}

RawData load_idx_files(const ConfigNode& config, std::uint64_t run_seed) {
  RawData out = load_files(own_files(config));
  // Of bits nothing is drawn: each stays what it is.
  const bool can_be_drawn_from = out.is_binary;
  hide_pixels(config, out);
  const bool is_grey = out.splits.at("train").images.element == Element::u8;
  if (!is_grey && !can_be_drawn_from && config.text("binarize") != "none") {
    throw DataError("data.binarize: expected u8 images to draw from, found " +
                        std::string(element_name(out.splits.at("train").images.element)) + " in " +
                        out.splits.at("train").file,
                    "set data.binarize: none");
  }
  const bool allows_nan = config.boolean("allow_nan");
  for (const auto& entry : out.splits)
    allows_nan ? refuse_infinite(entry.second.images, entry.second.file)
               : refuse_non_finite(entry.second.images, entry.second.file);
  divide(out, config, "idx", run_seed);
  note_gaps(out);
  return out;
}

}  // namespace elbow::data
