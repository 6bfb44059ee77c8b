#include <algorithm>
#include <cmath>

#include "elbow/data/sources/covariates.h"
#include "elbow/data/sources/formats.h"
#include "elbow/data/sources/labels.h"
#include "elbow/data/sources/row_lists.h"
#include "elbow/data/sources/value_rules.h"
#include "elbow/foundations/core/condition_names.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/foundations/io/hash.h"
#include "gaps.h"
#include "loaders.h"
#include "numeric_table.h"

namespace elbow::data {
namespace {

/// Every split of test_rows is wanted, side by side.
bool all_splits(const ConfigNode& config) { return config.is_word("test_split", "all"); }

Division divide(const ConfigNode& config,
                std::int64_t rows,
                const std::string& path,
                std::uint64_t run_seed) {
  const std::int64_t valid = config.integer("validation_size"), test = config.integer("test_size"),
                     index = all_splits(config) ? 0 : config.integer("test_split");
  const std::uint64_t seed = seed_of(config, "split_seed", run_seed);
  if (!config.has("test_rows")) {
    if (index != 0)
      config.refuse(
          "without test_rows there is no list to choose from", "set data.test_rows", "test_split");
    check_sizes(rows, valid, test, path, "rows");
    return divide_at_random(others(rows, {}), valid, test, seed);
  }
  if (test != 0)
    config.refuse(
        "set together with test_rows (expected one of them)", "remove one of them", "test_size");
  const std::string file = find_file(config.text("test_rows"));
  const RowNumbers listed = read_row_list(read_maybe_gzip(file), file, index, rows);
  const RowNumbers rest = others(rows, listed);
  check_sizes(
      static_cast<std::int64_t>(rest.size()), valid, 0, path + " without the test rows", "rows");
  Division out = divide_at_random(rest, valid, 0, seed);
  out.test = listed;
  return out;
}

void erase_column(std::vector<std::int64_t>& columns, std::int64_t column) {
  columns.erase(std::remove(columns.begin(), columns.end(), column), columns.end());
}

/// Takes the columns that `data.covariates` names out of `columns`.
/// @return a table of them alone, in the order of the key
NumericTable take_covariates(const NumericTable& table,
                             const ConfigNode& config,
                             const std::string& path,
                             std::vector<std::int64_t>& columns,
                             RawData& out) {
  std::vector<std::int64_t> chosen;
  for (const std::string& text : config.texts("covariates")) {
    const std::int64_t column = find_column(table, text, "covariates", path);
    if (std::count(chosen.begin(), chosen.end(), column) > 0 ||
        (out.info.contains("label_number") && out.info.at("label_number") == column))
      throw DataError("data.covariates: expected other columns than the label, each once, in " +
                          path + ", got '" + text + "' again",
                      "remove it there");
    // `--condition label=7` has to mean one thing.
    const std::string name =
        table.names.empty() ? "" : table.names[static_cast<std::size_t>(column)];
    if (is_condition(name))
      throw DataError("data.covariates: '" + name +
                          "' is the name of something else that models "
                          "are given (" +
                          kConditions + ")",
                      "rename the column in " + path);
    chosen.push_back(column);
    erase_column(columns, column);
  }
  if (columns.empty())
    throw DataError("data.covariates: expected at least one other column in " + path + ", got none",
                    "covariates are given, and something has to be modelled");
  NumericTable covariates =
      covariate_columns(table,
                        chosen,
                        path,
                        "a covariate is given in each row: fill it in, leave the row out, or model "
                        "the column by removing it from data.covariates");
  out.covariates.names = covariates.names;
  out.covariates.numbers = covariates.numbers;
  return covariates;
}

/// Takes labels and covariates out of the table, and moves the response, if there is one, behind
/// the columns that it is predicted from.
/// @return the covariates
NumericTable order_columns(NumericTable& table,
                           const ConfigNode& config,
                           const std::string& path,
                           RawData& out) {
  std::vector<std::int64_t> columns = chosen_columns(config, table, path);
  if (config.has("label")) {
    const std::int64_t label = find_column(table, config.text("label"), "label", path);
    erase_column(columns, label);
    if (columns.empty())
      throw DataError(
          "data.label: expected at least one column besides the label in " + path + ", got none",
          "a label says of which class the other columns are");
    table.labels = column_of(table, label);
    for (std::size_t row = 0; row < table.labels.size(); ++row)
      if (table.labels[row] != std::floor(table.labels[row]) && !std::isnan(table.labels[row]))
        throw DataError(table.place_of(static_cast<std::int64_t>(row), path) +
                            ": expected a whole number in " + table.column_name(label) +
                            ", the label, found " + text_of_number(table.labels[row]),
                        "number the classes; a number that is measured is a covariate: "
                        "data.covariates");
    if (!table.names.empty()) out.info["label"] = table.names[static_cast<std::size_t>(label)];
    out.info["label_number"] = table.numbers[static_cast<std::size_t>(label)];
  }
  NumericTable covariates;
  if (config.has("covariates")) covariates = take_covariates(table, config, path, columns, out);
  if (config.has("response")) {
    const std::int64_t response = find_column(table, config.text("response"), "response", path);
    erase_column(columns, response);
    if (columns.empty())
      throw DataError("data.response: expected at least one column besides the response in " +
                          path + ", got none",
                      "a response is predicted from the other columns");
    columns.push_back(response);
  }
  keep_columns(table, columns);
  return covariates;
}

/// What the label column says of these rows; nothing without one.
std::vector<double> labels_at(const NumericTable& table, const RowNumbers& rows) {
  std::vector<double> out;
  if (table.labels.empty()) return out;
  for (const std::int64_t row : rows) out.push_back(table.labels[static_cast<std::size_t>(row)]);
  return out;
}

/// Rows of the table as a split.
RawSplit split_of(const NumericTable& table,
                  const RowNumbers& rows,
                  const std::string& path,
                  const std::string& sha256,
                  const std::vector<std::int64_t>& labels = {}) {
  RawSplit out{take_rows(table, rows), path, sha256};
  out.rows = rows;
  out.labels = labels;
  out.first_line = table.first_line;
  return out;
}

/// Row i of each of several lists, one after the other: [rows, lists, D].
RawSplit side_by_side(const NumericTable& table,
                      const std::vector<RowNumbers>& lists,
                      const std::string& path,
                      const std::string& sha256) {
  RowNumbers all;
  for (std::size_t i = 0; i < lists.front().size(); ++i)
    for (const auto& list : lists) all.push_back(list[i]);
  RawSplit out = split_of(table, all, path, sha256);
  out.images.shape = {static_cast<std::int64_t>(lists.front().size()),
                      static_cast<std::int64_t>(lists.size()),
                      table.cols};
  return out;
}

/// Every published split at once: example i has row i of each split's own training rows.
std::int64_t add_all_splits(const ConfigNode& config,
                            const NumericTable& table,
                            const std::string& path,
                            const std::string& sha256,
                            std::uint64_t run_seed,
                            RawData& out) {
  for (const char* key : {"label", "covariates"})
    if (config.has(key))
      config.refuse(
          "the splits side by side are for models of a response, which is given neither "
          "labels nor covariates of its own",
          "choose one of them: test_split: 0",
          key);
  if (!config.has("test_rows"))
    config.refuse("without test_rows there are no lists", "set data.test_rows", "test_split");
  if (config.integer("test_size") != 0)
    config.refuse(
        "set together with test_rows (expected one of them)", "remove one of them", "test_size");
  const std::string file = find_file(config.text("test_rows"));
  const auto tests = read_row_lists(read_maybe_gzip(file), file, table.rows);
  const std::int64_t valid = config.integer("validation_size");
  const std::uint64_t seed = seed_of(config, "split_seed", run_seed);
  std::vector<RowNumbers> train, validation;
  for (std::size_t i = 0; i < tests.size(); ++i) {
    const RowNumbers rest = others(table.rows, tests[i]);
    check_sizes(
        static_cast<std::int64_t>(rest.size()), valid, 0, path + " without the test rows", "rows");
    // A draw of its own for each split: the same examples would leave the validation sets alike.
    Division division = divide_at_random(rest, valid, 0, derive_key(seed, Purpose::subset, i));
    train.push_back(std::move(division.train));
    validation.push_back(std::move(division.valid));
  }
  out.splits["train"] = side_by_side(table, train, path, sha256);
  if (valid > 0) out.splits["valid"] = side_by_side(table, validation, path, sha256);
  out.splits["test"] = side_by_side(table, tests, path, sha256);
  return static_cast<std::int64_t>(tests.size());
}

/// Refuses what is no number, or notes what is missing, hides more where that is asked for.
void take_gaps(const ConfigNode& config,
               const NumericTable& table,
               const std::string& path,
               std::uint64_t run_seed,
               RawData& out) {
  // Of the whole file: a count over one split would be a fraction of what there is.
  if (config.boolean("allow_nan"))
    refuse_infinite(table, path);
  else
    refuse_non_finite(table,
                      path,
                      "remove them, or leave their columns out with data.columns; "
                      "data.allow_nan: true takes NaN as missing, for models that take gaps");
  if (config.has("missing"))
    hide_at_random(out, config.number("missing"), seed_of(config, "split_seed", run_seed));
  note_gaps(out);
  if (out.has_gaps) refuse_unobserved_columns(out, table, path);
}

}  // namespace

RawData load_table(const ConfigNode& config, std::uint64_t run_seed) {
  const std::string path = find_file(config.text("path"));
  const std::string bytes = read_maybe_gzip(path);
  NumericTable table = read_numeric_table(bytes, path, text_options(config));
  const std::string mask_sha256 = config.has("mask") ? hide_by_mask(config, table, path) : "";
  RawData out;
  const NumericTable covariates = order_columns(table, config, path, out);
  const std::string sha256 = io::sha256_hex(bytes);
  std::int64_t groups = 1;
  if (all_splits(config)) {
    groups = add_all_splits(config, table, path, sha256, run_seed, out);
    out.event_shape = {groups, table.cols};
  } else {
    const Division division = divide(config, table.rows, path, run_seed);
    out.classes = classes_of(labels_at(table, division.train));
    if (config.has("label") && out.classes.empty())
      throw DataError(
          "data.label: expected a label in at least one training row of " + path + ", found none",
          "give some rows their label, or remove the key");
    const auto add = [&](const char* split, const RowNumbers& rows) {
      if (rows.empty()) return;
      const auto labels = labels_of(labels_at(table, rows), out.classes, [&](std::int64_t i) {
        return table.place_of(rows[static_cast<std::size_t>(i)], path);
      });
      out.splits[split] = split_of(table, rows, path, sha256, labels);
      if (covariates.cols > 0) out.splits[split].covariates = take_rows(covariates, rows);
    };
    add("train", division.train);
    add("valid", division.valid);
    add("test", division.test);
    out.event_shape = {table.cols};
  }
  out.num_responses = config.has("response") ? 1 : 0;
  if (config.has("response")) out.info["response"] = config.text("response");
  describe_columns(table, out);
  for (auto& entry : out.splits) entry.second.mask_sha256 = mask_sha256;
  take_gaps(config, table, path, run_seed, out);
  const bool keeps_response = !config.boolean("standardize_response") && out.num_responses > 0;
  if (config.boolean("standardize"))
    standardize(out, groups * table.cols, path, keeps_response ? table.cols : 0);
  if (covariates.cols > 0) standardize_covariates(out, path);
  choose_labelled(out, config, run_seed);
  return out;
}

}  // namespace elbow::data
