// The data set bag_of_words: files, vocabulary and splits.
#include <gmock/gmock.h>

#include <set>

#include "elbow/data/sources/formats.h"
#include "elbow/data/sources/info.h"
#include "elbow/foundations/io/hash.h"
#include "support.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

RawData load(const Json& changes, std::uint64_t seed = 1) {
  return load_named_set(resolved("bag_of_words", changes), seed);
}

std::string load_error(const Json& changes) {
  return data_error_of([&] { load(changes); });
}

/// Document i holds word i mod 10, i + 1 times.
std::string documents(int count) {
  std::string out;
  for (int i = 0; i < count; ++i)
    out += "1 " + std::to_string(i % 10) + ":" + std::to_string(i + 1) + "\n";
  return out;
}

std::set<std::int64_t> tokens_of(const RawSplit& split) {
  std::set<std::int64_t> out;
  for (const std::int64_t document : split.documents) out.insert(split.corpus->tokens(document));
  return out;
}

TEST(BagOfWords, DocumentsAreDividedOnceAndForAll) {
  const TemporaryFolder folder;
  write_bytes(folder / "c.ldac", documents(100));
  const Json sizes = {{"path", folder / "c.ldac"}, {"validation_size", 20}, {"test_size", 30}};
  const RawData data = load(sizes, 1);
  EXPECT_THAT(data.event_shape, ElementsAre(10));
  std::set<std::int64_t> seen;
  for (const auto& entry : data.splits)
    for (const std::int64_t tokens : tokens_of(entry.second)) seen.insert(tokens);
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_EQ(data.splits.at("train").size(), 50);
  EXPECT_EQ(data.splits.at("valid").size(), 20);
  EXPECT_EQ(data.splits.at("test").size(), 30);
  EXPECT_EQ(data.splits.at("train").corpus, data.splits.at("test").corpus) << "one corpus, shared";
  EXPECT_EQ(data.splits.at("test").sha256, io::sha256_hex(documents(100)));
  EXPECT_EQ(load(sizes, 2).splits.at("test").documents, data.splits.at("test").documents);
  Json own = sizes;
  own["split_seed"] = "run";
  EXPECT_NE(load(own, 2).splits.at("test").documents, load(own, 3).splits.at("test").documents);
}

TEST(BagOfWords, WithoutDrawsTheOrderOfTheFileIsKept) {
  const TemporaryFolder folder;
  write_bytes(folder / "c.ldac", documents(5));
  const RawData data = load({{"path", folder / "c.ldac"}});
  EXPECT_THAT(data.splits.at("train").documents, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(data.splits.size(), 1u);
  EXPECT_EQ(data.info.at("tokens").at("train"), 15);
}

TEST(BagOfWords, FilesOfTheirOwnShareOneVocabulary) {
  const TemporaryFolder folder;
  write_bytes(folder / "train.ldac", documents(5));
  write_bytes(folder / "test.ldac.gz", gzip(documents(9)));
  write_bytes(folder / "v.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\n");
  const Json files = {{"path", folder / "train.ldac"}, {"test", folder / "test.ldac.gz"}};
  const RawData data = load(files);
  EXPECT_THAT(data.event_shape, ElementsAre(9));
  EXPECT_EQ(data.splits.at("train").corpus->vocabulary_size(), 9);
  EXPECT_TRUE(data.splits.at("train").corpus->words().empty());
  const auto with = [&](const Json& changes) {
    Json out = files;
    out.update(changes);
    return out;
  };
  EXPECT_THAT(load(with({{"vocabulary_size", 50}})).event_shape, ElementsAre(50));
  const RawData named = load(with({{"vocabulary", folder / "v.txt"}}));
  EXPECT_EQ(named.splits.at("test").corpus->words().at(8), "i");
  EXPECT_THAT(load_error(with({{"vocabulary_size", 5}})),
              AllOf(HasSubstr("test.ldac.gz:6: expected a word id from 0 to 4, found 5")));
  EXPECT_THAT(load_error(with({{"vocabulary_size", 5}, {"vocabulary", folder / "v.txt"}})),
              HasSubstr("data.vocabulary_size: expected 9, the number of words of"));
  EXPECT_THROW(load(with({{"test_size", 2}})), ConfigError);
}

TEST(BagOfWords, WrongRequestsAreRefused) {
  const TemporaryFolder folder;
  write_bytes(folder / "c.ldac", documents(3));
  write_bytes(folder / "empty.ldac", "0\n0\n");
  EXPECT_THAT(load_error({{"path", folder / "c.ldac"}, {"validation_size", 1}, {"test_size", 2}}),
              HasSubstr("validation_size + test_size below the 3 documents"));
  EXPECT_THAT(load_error({{"path", folder / "empty.ldac"}}),
              HasSubstr("expected documents with words"));
  const RawData data = load({{"path", folder / "empty.ldac"}, {"vocabulary_size", 3}});
  EXPECT_THAT(data.warnings,
              ElementsAre(HasSubstr("2 empty documents (line 1, 2), which are kept")));
}

TEST(BagOfWords, InfoCountsDocumentsPairsAndTokens) {
  const TemporaryFolder folder;
  const std::string text = "2 0:1 4:3\n0\n";
  write_bytes(folder / "a.ldac.gz", gzip(text));
  const Json info = data_info(folder / "a.ldac.gz");
  EXPECT_EQ(info.at("documents"), 2);
  EXPECT_EQ(info.at("empty_documents"), 1);
  EXPECT_EQ(info.at("pairs"), 2);
  EXPECT_EQ(info.at("tokens"), 4);
  EXPECT_EQ(info.at("vocabulary_size"), 5);
  EXPECT_EQ(info.at("sha256"), io::sha256_hex(gzip(text)));
  EXPECT_EQ(info.at("decoded_sha256"), io::sha256_hex(text));
  EXPECT_THAT(describe_data_file(folder / "a.ldac.gz"),
              AllOf(HasSubstr("format      ldac, gzip, "),
                    HasSubstr("documents   2\n"),
                    HasSubstr("tokens      4\n"),
                    HasSubstr("vocabulary  5")));
  EXPECT_THAT(data_error_of([&] { read_any(folder / "a.ldac.gz"); }),
              HasSubstr("use type bag_of_words"));
}

TEST(BagOfWords, TheShippedCorporaHaveTheirKnownSizes) {
  const char* data_folder = std::getenv("ELBOW_DATA");
  const std::string folder = data_folder ? data_folder : "";
  if (!std::filesystem::exists(folder + "/20ng/tr.ldac.gz"))
    GTEST_SKIP() << "ELBOW_DATA names no folder with 20ng";
  const RawData news = load({{"path", "20ng/tr.ldac.gz"},
                             {"valid", "20ng/va.ldac.gz"},
                             {"test", "20ng/ts.ldac.gz"},
                             {"vocabulary", "20ng/vocab.txt.gz"}});
  EXPECT_THAT(news.event_shape, ElementsAre(3072));
  EXPECT_EQ(news.splits.at("train").size(), 11214);
  EXPECT_EQ(news.splits.at("test").corpus->num_pairs(), 397790);
  EXPECT_EQ(news.info.at("tokens").at("train"), 919850);
  EXPECT_EQ(news.info.at("tokens").at("valid"), 8334);
  EXPECT_TRUE(news.warnings.empty());
  const RawData press = load({{"path", "ap/ap.ldac.gz"}, {"vocabulary", "ap/vocab.txt.gz"}});
  EXPECT_THAT(press.event_shape, ElementsAre(10473));
  EXPECT_EQ(press.splits.at("train").corpus->num_tokens(), 435838);
  EXPECT_EQ(press.splits.at("train").corpus->words().front(), "aaron");
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
