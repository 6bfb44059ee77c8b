#include "elbow/data/dataset/dataset.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cstring>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "corpus_batch.h"
#include "elbow/data/device/cuda_plugin.h"
#include "elbow/data/device/device.h"
#include "elbow/data/sources/labels.h"
#include "elbow/data/sources/value_rules.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/foundations/core/shape.h"
#include "resident.h"

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
      dtype_(dtype),
      resident_(std::make_unique<Resident>()) {
  data::check_range(raw_, dtype_ == at::kDouble ? "float64" : "float32");
  if (is_corpus() && !device_.is_cpu())
    throw UsageError("device: word counts are held on the CPU only, got '" + device_.str() + "'",
                     "set device=cpu");
}

Dataset::~Dataset() = default;

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
  const bool needs_index = !device_.is_cpu() || !raw_.classes.empty() || is_sequences();
  const Rows which{rows, needs_index ? index_on(device_, rows) : Tensor()};
  Batch out = batch_with_response(examples(split, which, epoch), rows, num_responses());
  if (has_gaps()) {
    out.seen = out.x.isnan().logical_not();
    out.x = out.x.masked_fill(out.seen.logical_not(), 0.0);
  } else if (is_sequences()) {
    out.lengths = lengths(split).index_select(0, which.index);
  }
  if (!raw_.classes.empty()) out.labels = labels(split).index_select(0, which.index);
  if (num_covariates() > 0)
    out.covariates = table("covariates", split, raw_.splits.at(split).covariates, which);
  return out;
}

Tensor Dataset::labels(const std::string& split) const {
  const data::RawSplit& raw = raw_.splits.at(split);
  return resident_->get("labels of " + split, [&] {
    return at::tensor(data::labels_at(raw, row_range(0, raw.size())), at::kLong).to(device_);
  });
}

Tensor Dataset::lengths(const std::string& split) const {
  const data::Array& whole = raw_.splits.at(split).images;
  return resident_->get("lengths of " + split, [&] {
    return sequence_lengths(gathered(whole, row_range(0, whole.shape.at(0)), raw_.scale)
                                .view(with_batch(whole.shape.at(0), raw_.event_shape)))
        .to(device_);
  });
}

Tensor Dataset::examples(const std::string& split, const Rows& rows, std::int64_t epoch) const {
  const data::RawSplit& raw = raw_.splits.at(split);
  if (raw.corpus != nullptr) return corpus_batch(raw, rows.numbers, raw_.event_shape.at(0), dtype_);
  if (raw.images.element == data::Element::u8) return pixels(split, rows, epoch);
  return table("examples", split, raw.images, rows)
      .view(with_batch(static_cast<std::int64_t>(rows.numbers.size()), raw_.event_shape));
}

/// Rows of a table. An algorithm that takes all of them in each iteration gets them without a copy;
/// other devices than the CPU hold the whole table.
Tensor Dataset::table(const std::string& what,
                      const std::string& split,
                      const data::Array& array,
                      const Rows& rows) const {
  const double scale = what == "examples" ? raw_.scale : 1.0;
  const bool all = is_whole(rows.numbers, array.shape.at(0));
  const bool are_first = what == "examples" && are_alike() &&
                         static_cast<std::int64_t>(rows.numbers.size()) <= array.shape.at(0);
  if (device_.is_cpu() && !all && !are_first)
    return gathered(array, rows.numbers, scale).to(dtype_);
  const Tensor& whole = resident_->get(what + " of " + split, [&] {
    return gathered(array, row_range(0, array.shape.at(0)), scale).to(dtype_).to(device_);
  });
  if (are_first) return whole.narrow(0, 0, static_cast<std::int64_t>(rows.numbers.size()));
  return all ? whole : whole.index_select(0, rows.index);
}

Tensor Dataset::pixels(const std::string& split, const Rows& rows, std::int64_t epoch) const {
  const data::RawSplit& raw = raw_.splits.at(split);
  const data::Array& images = raw.images;
  const std::int64_t count = static_cast<std::int64_t>(rows.numbers.size());
  const std::int64_t width = images.count() / images.shape[0];
  const std::uint64_t seed = split_seed(seed_, drawing_name(split, raw));
  const Tensor out =
      at::empty({count, width}, at::TensorOptions().dtype(at::kFloat).device(device_));
  if (device_.is_cpu()) {
    data::gather_rows(images.as<std::uint8_t>(),
                      width,
                      rows.numbers.data(),
                      count,
                      mode_,
                      raw_.is_binary,
                      seed,
                      static_cast<std::uint64_t>(epoch),
                      out.mutable_data_ptr<float>(),
                      at::get_num_threads());
  } else {
    const Tensor& resident = resident_->get("examples of " + split, [&] {
      auto* bytes = const_cast<std::uint8_t*>(images.as<std::uint8_t>());
      return at::from_blob(bytes, {images.shape[0], width}, at::kByte).to(device_);
    });
    gather_on_device(resident,
                     rows.index,
                     data::binarize_key(mode_, seed, static_cast<std::uint64_t>(epoch)),
                     out);
  }
  return out.view(with_batch(count, raw_.event_shape)).to(dtype_);
}

void Dataset::gather_on_device(const Tensor& images,
                               const Tensor& index,
                               std::uint64_t key,
                               const Tensor& out) const {
  const GatherRowsJob job{images.const_data_ptr<std::uint8_t>(),
                          images.size(1),
                          index.const_data_ptr<std::int64_t>(),
                          index.size(0),
                          static_cast<int>(mode_),
                          raw_.is_binary,
                          key,
                          out.mutable_data_ptr<float>()};
  const int error = cuda_plugin()->gather_rows(device_.index(), job);
  if (error != 0)
    throw std::runtime_error("gather_rows on CUDA failed with error " + std::to_string(error));
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

std::vector<std::int64_t> row_range(std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(end - begin));
  std::iota(rows.begin(), rows.end(), begin);
  return rows;
}

}  // namespace elbow
