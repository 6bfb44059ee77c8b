#include <algorithm>
#include <utility>

#include "division.h"
#include "elbow/data/sources/corpus.h"
#include "elbow/foundations/core/error.h"
#include "loaders.h"

namespace elbow::data {
namespace {

/// The corpora of a section, by the key that names the file.
using Files = std::map<std::string, std::shared_ptr<Corpus>>;

struct Vocabulary {
  std::int64_t size = 0;  ///< 0: as many as the ids need
  std::shared_ptr<const std::vector<std::string>> words;
};

Vocabulary vocabulary_of(const ConfigNode& config) {
  Vocabulary out;
  if (config.has("vocabulary_size")) out.size = config.integer("vocabulary_size");
  if (!config.has("vocabulary")) return out;
  const std::string file = find_file(config.text("vocabulary"));
  out.words = std::make_shared<const std::vector<std::string>>(read_vocabulary(file));
  const auto found = static_cast<std::int64_t>(out.words->size());
  if (out.size != 0 && out.size != found)
    throw DataError("data.vocabulary_size: expected " + std::to_string(found) +
                        ", the number of words of " + file + ", got " + std::to_string(out.size),
                    "remove data.vocabulary_size");
  out.size = found;
  return out;
}

Files read_files(const ConfigNode& config,
                 const Vocabulary& vocabulary,
                 std::vector<std::string>& warnings) {
  Files out;
  for (const char* key : {"path", "valid", "test"})
    if (config.has(key))
      out[key] = read_ldac(find_file(config.text(key)), vocabulary.size, warnings);
  return out;
}

/// One vocabulary for all files: that of the user, or the words of all of them.
std::int64_t share_vocabulary(const Files& files, const Vocabulary& vocabulary) {
  std::int64_t size = vocabulary.size;
  for (const auto& file : files) size = std::max(size, file.second->vocabulary_size());
  if (size == 0)
    throw DataError("data: expected documents with words, found empty ones only",
                    "elbow data info FILE counts documents and words");
  for (const auto& file : files) file.second->set_vocabulary(size, vocabulary.words);
  return size;
}

/// A split with a file of its own is not drawn as well.
void refuse_two_ways(const ConfigNode& config) {
  for (const auto& [file, size] : {std::pair{"valid", "validation_size"}, {"test", "test_size"}})
    if (config.has(file) && config.integer(size) != 0)
      config.refuse("set together with " + std::string(file) + " (expected one of them)",
                    "remove one of them",
                    size);
}

}  // namespace

RawData load_bag_of_words(const ConfigNode& config, std::uint64_t run_seed) {
  refuse_two_ways(config);
  RawData out;
  const Vocabulary vocabulary = vocabulary_of(config);
  const Files files = read_files(config, vocabulary, out.warnings);
  out.event_shape = {share_vocabulary(files, vocabulary)};
  const auto add = [&](const char* split, const char* key, RowNumbers documents) {
    if (documents.empty()) return;
    RawSplit& raw = out.splits[split];
    raw.file = find_file(config.text(key));
    raw.corpus = files.at(key);
    raw.sha256 = raw.corpus->sha256();
    raw.documents = std::move(documents);
  };
  const std::int64_t documents = files.at("path")->num_documents();
  const std::int64_t valid = config.integer("validation_size"), test = config.integer("test_size");
  const std::uint64_t seed = seed_of(config, "split_seed", run_seed);
  check_sizes(documents, valid, test, find_file(config.text("path")), "documents");
  Division division = divide_at_random(others(documents, {}), valid, test, seed);
  add("train", "path", std::move(division.train));
  add("valid", "path", std::move(division.valid));
  add("test", "path", std::move(division.test));
  for (const char* key : {"valid", "test"})
    if (files.count(key) != 0) add(key, key, others(files.at(key)->num_documents(), {}));
  for (const auto& [split, raw] : out.splits) {
    std::int64_t tokens = 0;
    for (const std::int64_t document : raw.documents) tokens += raw.corpus->tokens(document);
    out.info["tokens"][split] = tokens;
  }
  return out;
}

}  // namespace elbow::data
