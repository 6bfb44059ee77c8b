#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "elbow/data/dataset/batch.h"
#include "elbow/data/sources/binarize.h"
#include "elbow/data/sources/named_set.h"
#include "elbow/foundations/core/config_node.h"

namespace elbow {

class Resident;

/// The seed of a split's own draws. Splits never share them: the same row number means another
/// example in each. Files of the user's own count as the test split.
std::uint64_t split_seed(std::uint64_t seed, const std::string& split);

/// Examples resident in their smallest form; batches are gathered, scaled and binarised in one
/// pass.
class Dataset {
 public:
  /// @param binarize none | threshold | static | dynamic
  /// @throws UsageError for word counts on another device than the CPU; DataError for a number
  /// beyond the range of the dtype
  Dataset(data::RawData raw,
          const std::string& binarize,
          std::uint64_t seed,
          at::Device device,
          at::ScalarType dtype);
  ~Dataset();

  const std::vector<std::int64_t>& event_shape() const { return raw_.event_shape; }
  /// Whether one example is like the other, as for a model that has no data: draws are counted.
  bool are_alike() const { return raw_.event_shape.empty(); }
  bool has(const std::string& split) const { return raw_.splits.count(split) != 0; }
  /// Number of examples; 0 for a split that is not there.
  std::int64_t size(const std::string& split) const;
  /// The examples are documents as word counts: batches are sparse.
  bool is_corpus() const;
  /// The examples are sequences of steps with columns.
  bool is_sequences() const { return !is_corpus() && raw_.event_shape.size() == 2; }
  /// Numbers of an example may be missing: every batch says which were seen.
  bool has_gaps() const { return raw_.has_gaps; }
  /// Rows that are better not asked for at once: documents lie on disk, and may be more than memory
  /// takes.
  std::int64_t most_rows_at_once() const;
  /// The last columns of an example that a supervised model predicts: 0 or 1.
  std::int64_t num_responses() const { return raw_.num_responses; }
  /// What the classes of the labels are called, ascending; empty: there are no labels.
  const std::vector<double>& classes() const { return raw_.classes; }
  /// Columns that are given and not modelled.
  std::int64_t num_covariates() const { return raw_.covariates.size(); }
  /// Examples of a split as the model sees them, x [B, event...], with covariates and response
  /// apart too where the data name one. Dynamic draws are keyed by (seed, epoch, example, pixel);
  /// evaluation uses epoch 0, training epochs count from 1. Not to be changed in place: all rows of
  /// a table in their order are the same tensor each time. Of a corpus: a sparse CSR tensor [B, V]
  /// of counts with int64 indices, ascending in a row. Of sequences: x [B, T, D] with NaN in every
  /// step past the end of a sequence, and nowhere else, and the
  /// sequences' lengths. Of data with gaps: x is 0 where a number was not observed.
  Batch batch(const std::string& split,
              const std::vector<std::int64_t>& rows,
              std::int64_t epoch) const;
  /// [event...] mean of the training examples, in expectation over dynamic binarisation, over what
  /// was observed; mean counts of a corpus. Float64 on the CPU.
  Tensor data_mean() const;
  /// Grey levels between 0 and 1 reach the model.
  bool gives_grey() const;
  /// Identity of the content: SHA-256 of every split's bytes, joined and hashed.
  std::string fingerprint() const;
  const data::RawData& raw() const { return raw_; }
  /// The names of the splits that there are.
  Json split_names() const;
  /// What a checkpoint keeps of the training data: shape, size, identity, and how a file that comes
  /// later is read (data::Reading).
  Json facts() const;
  /// File, SHA-256 and size per split, for environment.json.
  Json describe() const;

 private:
  /// Rows of a split, and the same numbers on the device.
  struct Rows {
    const std::vector<std::int64_t>& numbers;
    Tensor index;  ///< [B] int64; undefined where nothing asks for it
  };
  /// Of every example of a split, [N] int64. @throws DataError where a sequence has a gap
  Tensor lengths(const std::string& split) const;
  Tensor labels(const std::string& split) const;
  Tensor examples(const std::string& split, const Rows& rows, std::int64_t epoch) const;
  /// [B, width]. @param what examples | covariates
  Tensor table(const std::string& what,
               const std::string& split,
               const data::Array& array,
               const Rows& rows) const;
  Tensor pixels(const std::string& split, const Rows& rows, std::int64_t epoch) const;
  void gather_on_device(const Tensor& images,
                        const Tensor& index,
                        std::uint64_t key,
                        const Tensor& out) const;

  data::RawData raw_;
  data::Binarize mode_;
  std::uint64_t seed_;
  at::Device device_;
  at::ScalarType dtype_;
  /// Images, tables, labels and lengths of sequences that are kept as tensors, on the device.
  std::unique_ptr<Resident> resident_;
};

/// The rows [begin, end) as a vector.
std::vector<std::int64_t> row_range(std::int64_t begin, std::int64_t end);

}  // namespace elbow
