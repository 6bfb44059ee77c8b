#include "elbow/data/dataset/dataset.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <cstring>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "corpus_batch.h"
#include "elbow/data/device/cuda_plugin.h"
#include "elbow/data/device/device.h"
#include "elbow/data/sources/input.h"
#include "elbow/data/sources/labels.h"
#include "elbow/data/sources/value_rules.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/foundations/core/shape.h"
#include "elbow/foundations/io/hash.h"

namespace elbow {

namespace {

data::Binarize mode_from(const std::string& text) {
  if (text == "none") return data::Binarize::none;
  if (text == "threshold") return data::Binarize::threshold;
  if (text == "static") return data::Binarize::static_;
  if (text == "dynamic") return data::Binarize::dynamic;
  throw std::logic_error("unknown binarisation '" + text + "'");
}

/// Under which name a split draws: a user's file that is one of the run's draws as that one did.
const std::string& drawing_name(const std::string& name, const data::RawSplit& raw) {
  return raw.draws_as.empty() ? name : raw.draws_as;
}

/// Whether these are all rows of a split in its order.
bool is_whole(const std::vector<std::int64_t>& rows, std::int64_t size) {
  if (static_cast<std::int64_t>(rows.size()) != size) return false;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i] != static_cast<std::int64_t>(i)) return false;
  return true;
}

template <class T>
void copy_rows(const data::Array& array,
               const std::vector<std::int64_t>& rows,
               std::int64_t width,
               double scale,
               double* out) {
  const T* values = array.as<T>();
  for (const std::int64_t row : rows)
    for (std::int64_t i = 0; i < width; ++i)
      *out++ = static_cast<double>(values[row * width + i]) * scale;
}

/// [B, width] float64
Tensor gathered(const data::Array& table, const std::vector<std::int64_t>& rows, double scale) {
  const std::int64_t width = table.count() / table.shape[0];
  Tensor out = at::empty({static_cast<std::int64_t>(rows.size()), width}, at::kDouble);
  double* values = out.mutable_data_ptr<double>();
  if (table.element == data::Element::f64)
    copy_rows<double>(table, rows, width, scale, values);
  else if (table.element == data::Element::f32)
    copy_rows<float>(table, rows, width, scale, values);
  else
    throw std::logic_error("data set holds elements that are neither u8 nor floating point");
  return out;
}

}  // namespace

std::uint64_t split_seed(std::uint64_t seed, const std::string& split) {
  return derive_key(seed, Purpose::split, split == "train" ? 1 : split == "valid" ? 2 : 3);
}

Dataset::Dataset(data::RawData raw,
                 const std::string& binarize,
                 std::uint64_t seed,
                 at::Device device,
                 at::ScalarType dtype)
    : raw_(std::move(raw)),
      mode_(mode_from(binarize)),
      seed_(seed),
      device_(device),
      dtype_(dtype) {
  data::check_range(raw_, dtype_ == at::kDouble ? "float64" : "float32");
  if (is_corpus() && !device_.is_cpu())
    throw UsageError("device: word counts are held on the CPU only, got '" + device_.str() + "'",
                     "set device=cpu");
}

bool Dataset::is_corpus() const {
  return !raw_.splits.empty() && raw_.splits.begin()->second.corpus != nullptr;
}

std::int64_t Dataset::most_rows_at_once() const {
  constexpr std::int64_t kDocuments = 4096;
  return is_corpus() ? kDocuments : std::numeric_limits<std::int64_t>::max();
}

std::int64_t Dataset::size(const std::string& split) const {
  const auto found = raw_.splits.find(split);
  return found == raw_.splits.end() ? 0 : found->second.size();
}

Batch Dataset::batch(const std::string& split,
                     const std::vector<std::int64_t>& rows,
                     std::int64_t epoch) const {
  Batch out = batch_with_response(examples(split, rows, epoch), rows, num_responses());
  if (has_gaps()) {
    out.seen = out.x.isnan().logical_not();
    out.x = out.x.masked_fill(out.seen.logical_not(), 0.0);
  } else if (is_sequences()) {
    out.lengths = lengths(split, rows).to(device_);
  }
  if (!raw_.classes.empty())
    out.labels = at::tensor(data::labels_at(raw_.splits.at(split), rows), at::kLong).to(device_);
  if (num_covariates() > 0) out.covariates = covariates(split, rows);
  return out;
}

Tensor Dataset::covariates(const std::string& split, const std::vector<std::int64_t>& rows) const {
  return gathered(raw_.splits.at(split).covariates, rows, /*scale=*/1.0).to(device_, dtype_);
}

Tensor Dataset::lengths(const std::string& split, const std::vector<std::int64_t>& rows) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  Tensor& all = lengths_[split];
  if (!all.defined()) {
    const c10::InferenceMode ordinary(false);
    const data::Array& whole = raw_.splits.at(split).images;
    all = sequence_lengths(numbers(whole, row_range(0, whole.shape.at(0))).cpu());
  }
  return all.index_select(0, at::tensor(rows, at::kLong));
}

Tensor Dataset::examples(const std::string& split,
                         const std::vector<std::int64_t>& rows,
                         std::int64_t epoch) const {
  const data::RawSplit& raw = raw_.splits.at(split);
  if (raw.corpus != nullptr) return corpus_batch(raw, rows, raw_.event_shape.at(0), dtype_);
  if (raw.images.element == data::Element::u8) return pixels(split, rows, epoch);
  // An algorithm that takes all rows of a table in each iteration gets them without a copy.
  if (!is_whole(rows, raw.size())) return numbers(raw.images, rows);
  const std::lock_guard<std::mutex> lock(mutex_);
  Tensor& resident = resident_[split];
  if (!resident.defined()) {
    // Whoever asks first may be an evaluation, whose tensors autograd refuses to save.
    const c10::InferenceMode ordinary(false);
    resident = numbers(raw.images, rows);
  }
  return resident;
}

Tensor Dataset::pixels(const std::string& split,
                       const std::vector<std::int64_t>& rows,
                       std::int64_t epoch) const {
  const data::RawSplit& raw = raw_.splits.at(split);
  const data::Array& images = raw.images;
  const std::int64_t count = static_cast<std::int64_t>(rows.size());
  const std::int64_t width = images.count() / images.shape[0];
  Tensor out;
  if (device_.is_cuda()) {
    out = gather_on_device(split, rows, epoch);
  } else {
    out = at::empty({count, width}, at::kFloat);
    data::gather_rows(images.as<std::uint8_t>(),
                      width,
                      rows.data(),
                      count,
                      mode_,
                      raw_.is_binary,
                      split_seed(seed_, drawing_name(split, raw)),
                      static_cast<std::uint64_t>(epoch),
                      out.mutable_data_ptr<float>(),
                      at::get_num_threads());
  }
  return out.view(with_batch(count, raw_.event_shape)).to(device_, dtype_);
}

Tensor Dataset::numbers(const data::Array& table, const std::vector<std::int64_t>& rows) const {
  return gathered(table, rows, raw_.scale)
      .view(with_batch(static_cast<std::int64_t>(rows.size()), raw_.event_shape))
      .to(device_, dtype_);
}

Tensor Dataset::gather_on_device(const std::string& split,
                                 const std::vector<std::int64_t>& rows,
                                 std::int64_t epoch) const {
  const data::RawSplit& raw = raw_.splits.at(split);
  const data::Array& images = raw.images;
  const std::int64_t width = images.count() / images.shape[0];
  Tensor& resident = resident_[split];
  if (!resident.defined())
    resident = at::from_blob(const_cast<std::uint8_t*>(images.as<std::uint8_t>()),
                             {images.shape[0], width},
                             at::kByte)
                   .to(device_);
  const Tensor index = at::from_blob(const_cast<std::int64_t*>(rows.data()),
                                     {static_cast<std::int64_t>(rows.size())},
                                     at::kLong)
                           .to(device_);
  Tensor out =
      at::empty({index.size(0), width}, at::TensorOptions().dtype(at::kFloat).device(device_));
  const int error = cuda_plugin()->gather_rows(
      resident.const_data_ptr<std::uint8_t>(),
      width,
      index.const_data_ptr<std::int64_t>(),
      index.size(0),
      static_cast<int>(mode_),
      raw_.is_binary,
      data::binarize_key(
          mode_, split_seed(seed_, drawing_name(split, raw)), static_cast<std::uint64_t>(epoch)),
      out.mutable_data_ptr<float>());
  if (error != 0)
    throw std::runtime_error("gather_rows on CUDA failed with error " + std::to_string(error));
  return out;
}

Tensor Dataset::data_mean() const {
  if (is_corpus()) return mean_counts(raw_.splits.at("train"), raw_.event_shape.at(0));
  const data::Array& images = raw_.splits.at("train").images;
  const std::int64_t count = images.shape[0], width = images.count() / count;
  Tensor sum = at::zeros({width}, at::kDouble);
  double* total = sum.mutable_data_ptr<double>();
  const bool as_grey = images.element == data::Element::u8 && !raw_.is_binary &&
                       (mode_ == data::Binarize::none || mode_ == data::Binarize::dynamic);
  if (as_grey) {
    std::vector<std::uint64_t> grey(static_cast<std::size_t>(width), 0);
    const std::uint8_t* pixel = images.as<std::uint8_t>();
    for (std::int64_t row = 0; row < count; ++row)
      for (std::int64_t i = 0; i < width; ++i) grey[static_cast<std::size_t>(i)] += *pixel++;
    for (std::int64_t i = 0; i < width; ++i)
      total[i] = static_cast<double>(grey[static_cast<std::size_t>(i)]) / 255.0;
  } else {
    constexpr std::int64_t kRows = 4096;
    Tensor known = at::zeros({width}, at::kDouble);
    for (std::int64_t begin = 0; begin < count; begin += kRows) {
      const Batch part =
          batch("train", row_range(begin, std::min(count, begin + kRows)), /*epoch=*/0);
      const Tensor x = part.x.to(at::kCPU, at::kDouble).view({-1, width});
      // What is not finite, as the padding of sequences, tells nothing of the mean.
      const Tensor is_known =
          part.seen.defined() ? part.seen.cpu().view({-1, width}) : x.isfinite();
      sum += x.nan_to_num(0.0, 0.0, 0.0).sum(0);
      known += is_known.to(at::kDouble).sum(0);
    }
    return (sum / known.clamp_min(1.0)).view(raw_.event_shape);
  }
  return (sum / static_cast<double>(count)).view(raw_.event_shape);
}

bool Dataset::gives_grey() const {
  return mode_ == data::Binarize::none && !raw_.is_binary && !is_corpus() &&
         raw_.splits.at("train").images.element == data::Element::u8;
}

std::string Dataset::fingerprint() const {
  std::string joined;
  for (const auto& [name, split] : raw_.splits)
    joined += name + ":" + split.sha256 + split.mask_sha256 + ";";
  return io::sha256_hex(joined);
}

Json Dataset::split_names() const {
  Json out = Json::array();
  for (const auto& split : raw_.splits) out.push_back(split.first);
  return out;
}

Json Dataset::facts() const {
  Json out = {{"event_shape", raw_.event_shape},
              {"fingerprint", fingerprint()},
              {"examples", size("train")},
              {"responses", raw_.num_responses},
              {"splits", split_names()},
              {"reading", data::reading_json(data::reading_of(raw_))}};
  if (has_gaps()) out["gaps"] = true;
  if (raw_.info.contains("columns")) out["columns"] = raw_.info.at("columns");
  if (raw_.info.contains("standard_deviation"))
    out["standardization"] = {{"mean", raw_.info.at("mean")},
                              {"standard_deviation", raw_.info.at("standard_deviation")}};
  return out;
}

Json Dataset::describe() const {
  Json out = Json::object();
  for (const auto& [name, split] : raw_.splits)
    out[name] = {{"examples", split.size()}, {"file", split.file}, {"sha256", split.sha256}};
  return out;
}

std::vector<std::int64_t> row_range(std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(end - begin));
  std::iota(rows.begin(), rows.end(), begin);
  return rows;
}

}  // namespace elbow
