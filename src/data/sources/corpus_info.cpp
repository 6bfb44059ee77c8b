#include "corpus_info.h"

#include "elbow/data/sources/corpus.h"
#include "elbow/data/sources/formats.h"
#include "elbow/foundations/io/file_reader.h"
#include "elbow/foundations/io/hash.h"

namespace elbow::data {

Json corpus_info(const std::string& path) {
  char magic[2];
  io::FileReader file(path);
  const bool is_compressed = is_gzip({magic, file.read(magic, sizeof(magic))});
  std::vector<std::string> warnings;
  const auto corpus = read_ldac(path, /*vocabulary_size=*/0, warnings);
  return {{"file", path},
          {"format", "ldac"},
          {"compressed", is_compressed},
          {"bytes", file.size()},
          {"documents", corpus->num_documents()},
          {"empty_documents", corpus->num_empty()},
          {"pairs", corpus->num_pairs()},
          {"tokens", corpus->num_tokens()},
          {"vocabulary_size", corpus->vocabulary_size()},
          {"warnings", warnings},
          {"sha256", io::sha256_file(path)},
          {"decoded_sha256", corpus->sha256()}};
}

std::string describe_corpus(const std::string& path) {
  const Json info = corpus_info(path);
  std::string out;
  const auto line = [&](const char* name, const std::string& value) {
    std::string label = name;
    label.resize(12, ' ');
    out += label + value + "\n";
  };
  const bool is_compressed = info.at("compressed").get<bool>();
  line("file", path);
  line("format",
       std::string("ldac") + (is_compressed ? ", gzip" : "") + ", " + info.at("bytes").dump() +
           " bytes");
  line("documents", info.at("documents").dump());
  line("  empty", info.at("empty_documents").dump());
  line("pairs", info.at("pairs").dump());
  line("tokens", info.at("tokens").dump());
  line("vocabulary", info.at("vocabulary_size").dump() + ", the largest word id + 1");
  for (const auto& warning : info.at("warnings")) line("warning", warning.get<std::string>());
  line("SHA-256", info.at("sha256").get<std::string>());
  if (is_compressed) line("  decoded", info.at("decoded_sha256").get<std::string>());
  return out;
}

}  // namespace elbow::data
