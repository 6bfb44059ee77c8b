#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "elbow/data/sources/array.h"
#include "elbow/data/sources/corpus.h"
#include "elbow/foundations/core/component.h"
#include "elbow/foundations/core/config_node.h"

namespace elbow::data {

/// Columns that are given and not modelled, in their order. Nothing is scored in their units, so
/// that they are standardised whatever the data are.
struct Covariates {
  std::vector<std::string> names = {};            ///< empty: the file has no header
  std::vector<std::int64_t> numbers = {};         ///< in the training file
  std::vector<double> mean = {}, deviation = {};  ///< of the training rows

  std::int64_t size() const { return static_cast<std::int64_t>(numbers.size()); }
  /// "age", or "4" where columns go by number.
  std::string name_of(std::size_t i) const {
    return names.empty() ? std::to_string(numbers[i]) : names[i];
  }
};

/// Examples of one split in their smallest form, and where they came from.
struct RawSplit {
  /// [N, C, H, W] u8, f32 or f64, [N, D] f64 for tables, or [N, T, D] f64 for sequences, with NaN
  /// past the end of a sequence; nothing for a corpus. NaN where a number was not observed.
  Array images;
  std::string file;                                ///< absolute path; empty for synthetic data
  std::string sha256;                              ///< of the decoded content
  std::shared_ptr<const Corpus> corpus = nullptr;  ///< word counts; none for other data
  std::vector<std::int64_t> documents = {};        ///< which documents of the corpus, in order
  /// The row of the file that each row of `images` comes from, -1 for padding; empty: row by row.
  std::vector<std::int64_t> rows = {};
  /// The class of each row, from 0 (RawData::classes), -1 where it is not known; empty: of none.
  std::vector<std::int64_t> labels = {};
  Array covariates = {};        ///< [N, C] f64, standardised; nothing without any
  std::int64_t first_line = 0;  ///< the line of the file's row 0; 0 where rows are not lines
  /// The split whose keyed draws these examples get; empty: the one that they are.
  std::string draws_as = {};
  std::string mask_sha256 = {};  ///< of what else says which numbers are hidden; empty: nothing

  /// Number of examples.
  std::int64_t size() const {
    return corpus != nullptr ? static_cast<std::int64_t>(documents.size()) : images.shape.at(0);
  }
};

/// What a data component gives before it becomes tensors. Splits "train", "valid", "test"; valid
/// may be absent, and test too for tables and a user's own files.
struct RawData {
  std::map<std::string, RawSplit> splits;
  std::vector<std::int64_t> event_shape;  ///< [C, H, W], [D], [T, D], or [V] for a corpus
  bool is_binary = false;                 ///< every value is 0 or 1
  double scale =
      1.0;  ///< multiply a raw value by this to get the model's value (1/255 for grey images)
  Json info = Json::object();  ///< extra facts: parameters and exact log densities of
                               ///< synthetic sets, standardisation
  /// The last columns of a table that a supervised model predicts from the others: 0 or 1. With
  /// `standardize` its moments are the last entries of mean and standard_deviation in `info`.
  std::int64_t num_responses = 0;
  /// What the classes of labelled examples are called in their file, ascending; empty: no labels.
  std::vector<double> classes = {};
  Covariates covariates = {};
  /// Numbers may be missing: NaN is one that was not observed. Of a user's file: those of the
  /// training data may.
  bool has_gaps = false;
  /// What the user should hear once; each stands for all of its kind.
  std::vector<std::string> warnings = {};
  /// ln of the density that an example [D] or [T, D] f64 was drawn from, in nats; empty when nobody
  /// knows it.
  std::function<double(const double* example)> log_density = nullptr;
};

/// Folders searched for a named set, in order: data.path, $ELBOW_DATA/<name>, data/<name> of the
/// repository, the system folder of a distribution's package, $XDG_CACHE_HOME/elbow/<name> (else
/// ~/.cache/elbow). A path that the user gives is the only place: another copy never stands in for
/// a misspelt one.
std::vector<std::string> search_folders(const std::string& name, const std::string& path);

/// The folder `data` of the repository or `share/elbow/data` of an installation: $ELBOW_HOME/data,
/// else the first one with fashion_mnist_small in it on the way up from the program. Empty when
/// there is none.
std::string repository_data_folder();
/// Where `elbow data fetch` puts a set: $XDG_CACHE_HOME/elbow/<name>, else ~/.cache/elbow/<name>.
std::string cache_folder(const std::string& name);

/// A user's own file: where the path says, else under $ELBOW_DATA. Absolute; the first of them when
/// neither is there.
std::string find_file(const std::string& path);

/// Loads the set that a resolved `data` section names (see data_components()). Applies
/// `validation_size` by taking the last rows of train (a keyed random subset for sets without a
/// shipped validation split is not drawn: the order of the file is kept; tables are permuted by
/// their own key first).
/// @param seed the run's seed, used only where a data seed is the word "run"
/// @throws DataError; a missing set says which command gets it
RawData load_named_set(const ConfigNode& config, std::uint64_t seed);

/// The rows of the `data` factory: names, parameters, papers, shapes as LibTorch-free columns.
std::vector<ComponentInfo> data_components();

}  // namespace elbow::data
