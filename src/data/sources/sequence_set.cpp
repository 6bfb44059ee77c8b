#include "elbow/data/sources/formats.h"
#include "elbow/foundations/io/hash.h"
#include "loaders.h"
#include "sequence_cut.h"

namespace elbow::data {

RawData load_sequences(const ConfigNode& config, std::uint64_t run_seed) {
  const std::string path = find_file(config.text("path"));
  const std::string bytes = read_maybe_gzip(path);
  NumericTable table = read_numeric_table(bytes, path, text_options(config));
  RawData out;
  const CutRule rule = cut_rule(config);
  if (!rule.column.empty() && !table.names.empty())
    out.info["sequence_column"] = table.names[static_cast<std::size_t>(
        find_column(table, rule.column, "sequence_column", path))];
  const Sequences sequences =
      cut(table, chosen_columns(config, table, path), rule, path, out.warnings);
  const auto count = static_cast<std::int64_t>(sequences.size());
  const std::int64_t longest = longest_of(sequences);
  const std::int64_t valid = config.integer("validation_size"), test = config.integer("test_size");
  const std::uint64_t seed = seed_of(config, "split_seed", run_seed);
  check_padded_size(count, longest, table.cols, path);
  check_sizes(count, valid, test, path, "sequences");
  const Division division = divide_at_random(others(count, {}), valid, test, seed);
  const std::string sha256 = io::sha256_hex(bytes);
  const auto add = [&](const char* split, const RowNumbers& numbers) {
    if (numbers.empty()) return;
    RawSplit& raw = out.splits[split] = padded(table, sequences, numbers, longest, path);
    raw.sha256 = sha256;
  };
  add("train", division.train);
  add("valid", division.valid);
  add("test", division.test);
  out.event_shape = {longest, table.cols};
  describe_columns(table, out);
  if (config.boolean("standardize")) standardize(out, table.cols, path);
  return out;
}

}  // namespace elbow::data
