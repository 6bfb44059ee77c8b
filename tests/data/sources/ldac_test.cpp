// The parser of LDA-C corpora and what it reads them into.
#include <gmock/gmock.h>
#include <malloc.h>

#include <numeric>

#include "elbow/data/sources/corpus.h"
#include "elbow/data/sources/formats.h"
#include "elbow/foundations/io/hash.h"
#include "elbow/foundations/io/sys.h"
#include "support.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::shared_ptr<Corpus> corpus_of(const std::string& text, std::int64_t vocabulary_size = 0) {
  std::vector<std::string> ignored;
  return decode_ldac(text, "x.ldac", vocabulary_size, ignored);
}

std::string error_of(const std::string& text, std::int64_t vocabulary_size = 10) {
  return data_error_of([&] { corpus_of(text, vocabulary_size); });
}

std::vector<std::string> warnings_of(const std::string& text, std::int64_t vocabulary_size = 10) {
  std::vector<std::string> out;
  decode_ldac(text, "x.ldac", vocabulary_size, out);
  return out;
}

std::vector<std::pair<int, int>> pairs_of(const Corpus& corpus, std::int64_t document) {
  std::vector<std::pair<int, int>> out;
  for (const auto& pair : corpus.document(document)) out.emplace_back(pair.word, pair.count);
  return out;
}

using Pairs = std::vector<std::pair<int, int>>;

TEST(Ldac, DocumentsAreReadAndTheirWordsSorted) {
  const auto corpus = corpus_of("2 0:1 4:3\r\n3\t7:2 1:1  3:9 \n1 0:2147483647");
  EXPECT_EQ(corpus->num_documents(), 3);
  EXPECT_EQ(corpus->num_pairs(), 6);
  EXPECT_EQ(corpus->num_tokens(), 4 + 12 + 2147483647ll);
  EXPECT_EQ(corpus->vocabulary_size(), 8);
  EXPECT_EQ(pairs_of(*corpus, 0), (Pairs{{0, 1}, {4, 3}}));
  EXPECT_EQ(pairs_of(*corpus, 1), (Pairs{{1, 1}, {3, 9}, {7, 2}}));
  EXPECT_EQ(corpus->tokens(1), 12);
  EXPECT_TRUE(corpus->words().empty());
}

TEST(Ldac, EmptyDocumentsAreKeptWithOneWarning) {
  const std::string text = "0\n1 0:1\n0\n0\n0\n0\n0\n\n \n";
  const auto corpus = corpus_of(text, 10);
  EXPECT_EQ(corpus->num_documents(), 7);
  EXPECT_EQ(corpus->num_empty(), 6);
  EXPECT_EQ(corpus->document(0).size, 0);
  EXPECT_EQ(pairs_of(*corpus, 1), (Pairs{{0, 1}}));
  EXPECT_THAT(warnings_of(text),
              ElementsAre("x.ldac: 6 empty documents (line 1, 3, 4, 5, 6, ...), which are kept"));
  EXPECT_TRUE(warnings_of("1 3:1\n").empty());
}

TEST(Ldac, IdsThatCountFromOneAreSuspected) {
  EXPECT_THAT(error_of("2 1:1 3:1\n1 10:1\n"),
              AllOf(HasSubstr("x.ldac:2: expected a word id from 0 to 9, found 10"),
                    HasSubstr("do the ids count from 1?")));
  EXPECT_THAT(error_of("2 0:1 3:1\n1 10:1\n"),
              AllOf(HasSubstr("found 10"), HasSubstr("vocabulary of another corpus?")));
  EXPECT_THAT(warnings_of("1 1:1\n", 0),
              ElementsAre("x.ldac: word 0 does not occur; do the ids count from 1?"));
}

TEST(Ldac, WhatIsNoCorpusIsRefusedByItsLine) {
  EXPECT_THAT(error_of("1 0:1\n2 0:1\n"),
              AllOf(HasSubstr("x.ldac:2: expected 2 pairs, as the line begins, found 1"),
                    HasSubstr("cut short")));
  EXPECT_THAT(error_of("1 0:1 1:1\n"), HasSubstr("expected 1 pairs, as the line begins, found 2"));
  EXPECT_THAT(error_of("1 12:1\n"), HasSubstr("expected a word id from 0 to 9, found 12"));
  EXPECT_THAT(error_of("1 -1:1\n"), HasSubstr("expected a word id from 0 to 9, found -1"));
  EXPECT_THAT(error_of("1 10000000:1\n", 0), HasSubstr("from 0 to 9999999, found 10000000"));
  EXPECT_THAT(error_of("1 a:1\n"), HasSubstr("expected a word id from 0 to 9, found 'a:1'"));
  EXPECT_THAT(
      error_of("3 1:1 2:1 1:4\n"),
      AllOf(HasSubstr("x.ldac:1: expected each word once in a document, found word 1 twice"),
            HasSubstr("add up the counts")));
  EXPECT_THAT(error_of("1 3:0\n"), HasSubstr("expected a count of at least 1 of word 3, found 0"));
  EXPECT_THAT(error_of("1 3:-2\n"), HasSubstr("a count of at least 1 of word 3, found -2"));
  EXPECT_THAT(
      error_of("1 3:1.5\n"),
      AllOf(HasSubstr("expected a whole count of word 3, found '1.5'"), HasSubstr("tf-idf")));
  EXPECT_THAT(error_of("1 3:2147483648\n"), HasSubstr("at most 2147483647 of word 3"));
  EXPECT_THAT(error_of("1 3\n"), HasSubstr("expected pairs id:count, found '3'"));
  EXPECT_THAT(error_of("word 3:1\n"),
              AllOf(HasSubstr("expected the number of pairs of a document, found 'word'"),
                    HasSubstr("an LDA-C line is: N id:count")));
  EXPECT_THAT(error_of("-1\n"), HasSubstr("the number of pairs of a document, found '-1'"));
  EXPECT_THAT(
      error_of("0\n\n1 3:1\n"),
      AllOf(HasSubstr("x.ldac:2: expected a document, found an empty line"), HasSubstr("write 0")));
  for (const char* empty : {"", "\n", " \n\n"})
    EXPECT_THAT(error_of(empty), HasSubstr("expected at least one document, found none"));
  EXPECT_THAT(error_of(std::string("1 3:1\0\n", 7)), HasSubstr("found '1?'"));
}

TEST(Ldac, HugeNumbersOfPairsAllocateNothing) {
  EXPECT_THAT(error_of("9223372036854775808 3:1\n"),
              HasSubstr("the number of pairs of a document, found '9223372036854775808'"));
  EXPECT_THAT(error_of("9223372036854775807 3:1\n"),
              HasSubstr("expected 9223372036854775807 pairs, as the line begins, found 1"));
}

TEST(Ldac, TenMillionPairsOnALineAreRefused) {
  std::string text = "10000000";
  for (int i = 0; i < 10000000; ++i) text += " 1:1";
  EXPECT_THAT(error_of(text), HasSubstr("x.ldac:1: expected a line of at most 16 MiB, found more"));
}

TEST(Ldac, AFileAndItsGzipHaveTheContentsSum) {
  const TemporaryFolder folder;
  const std::string text = "2 0:1 4:3\n0\n";
  write_bytes(folder / "a.ldac", text);
  write_bytes(folder / "a.ldac.gz", gzip(text));
  write_bytes(folder / "cut.ldac.gz", gzip(text).substr(0, 20));
  write_bytes(folder / "twice.ldac.gz", gzip(text) + "more");
  std::vector<std::string> warnings;
  for (const char* name : {"a.ldac", "a.ldac.gz"}) {
    const auto corpus = read_ldac(folder / name, 5, warnings);
    EXPECT_EQ(corpus->sha256(), io::sha256_hex(text));
    EXPECT_EQ(pairs_of(*corpus, 0), (Pairs{{0, 1}, {4, 3}}));
  }
  EXPECT_THAT(data_error_of([&] { read_ldac(folder / "cut.ldac.gz", 5, warnings); }),
              HasSubstr("expected more of the gzip stream, found the end of the file"));
  EXPECT_THAT(data_error_of([&] { read_ldac(folder / "twice.ldac.gz", 5, warnings); }),
              HasSubstr("found 4 more bytes"));
  EXPECT_NE(data_error_of([&] { read_ldac(folder.path(), 5, warnings); }), "");
}

TEST(Vocabulary, OneWordALine) {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& text) {
    write_bytes(folder / "v.txt", text);
    return data_error_of([&] { read_vocabulary(folder / "v.txt"); });
  };
  write_bytes(folder / "v.gz", gzip("\xEF\xBB\xBFone\r\ntwo words\n\xC3\xA4\n\n"));
  EXPECT_THAT(read_vocabulary(folder / "v.gz"), ElementsAre("one", "two words", "\xC3\xA4"));
  EXPECT_THAT(error("a\nb\na\n"),
              HasSubstr("v.txt:3: expected each word once, found 'a' as in line 1"));
  EXPECT_THAT(error("a\n\nb\n"), HasSubstr("found line 2 empty"));
  EXPECT_THAT(error("a\n\xff\n"), HasSubstr("v.txt:2: expected a word in UTF-8"));
  EXPECT_THAT(error(std::string("a\0b\n", 4)), HasSubstr("expected a word in UTF-8"));
  EXPECT_THAT(error(""), HasSubstr("expected at least one word, found none"));
}

/// Writes documents of 1,000 pairs, about 12 kB each, until there are `size` bytes.
void write_corpus(const std::string& path, std::size_t size) {
  std::string line = "1000";
  for (int i = 0; i < 1000; ++i)
    line += " " + std::to_string(10000 + i) + ":100" + std::to_string(i % 10);
  line += "\n";
  std::ofstream file(path, std::ios::binary);
  for (std::size_t written = 0; written < size; written += line.size()) file << line;
}

std::int64_t kibibytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind(key + ":", 0) == 0) return std::stoll(line.substr(key.size() + 1));
  return -1;
}

TEST(Corpus, MemoryDoesNotGrowWithTheFile) {
  const TemporaryFolder folder;
  write_corpus(folder / "large.ldac", 100000000);
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak counts from now on
  const std::int64_t before = kibibytes("VmRSS");
  std::vector<std::string> warnings;
  const auto corpus = read_ldac(folder / "large.ldac", 0, warnings);
  EXPECT_GT(corpus->num_pairs(), 7000000);
  // 100 MB of text are 60 MB of pairs; neither may be in memory.
  EXPECT_LT(kibibytes("VmHWM") - before, 16000);
  EXPECT_EQ(corpus->tokens(0), corpus->tokens(corpus->num_documents() - 1));
}

TEST(Corpus, AFullDiskIsSaidInWords) {
  struct FullDisk : io::Sys {
    ssize_t write(int, const void*, std::size_t) override {
      errno = ENOSPC;
      return -1;
    }
  } full;
  const io::ScopedSys scope(full);
  CorpusBuilder builder;
  std::vector<Corpus::Pair> pairs(1000);
  for (int i = 0; i < 1000; ++i) pairs[static_cast<std::size_t>(i)] = {i, 1};
  try {
    for (int i = 0; i < 1000; ++i) builder.add(pairs);
    FAIL() << "nothing was thrown";
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("cannot write "),
                      HasSubstr("elbow-corpus-"),
                      HasSubstr("needs 1048576 bytes"),
                      HasSubstr("free)")));
  }
}

TEST(Corpus, ALargeOneReadsBackAsItWasBuilt) {
  CorpusBuilder builder;
  std::int64_t tokens = 0;
  for (int document = 0; document < 40000; ++document) {
    std::vector<Corpus::Pair> pairs;
    for (int i = 0; i < document % 9; ++i) pairs.push_back({document % 7 + 3 * i, 1 + i});
    for (const auto& pair : pairs) tokens += pair.count;
    builder.add(pairs);
  }
  const auto corpus = builder.finish();
  EXPECT_EQ(corpus->num_tokens(), tokens);
  for (const std::int64_t document : {0, 1, 8, 39999, 20000})
    EXPECT_EQ(corpus->document(document).size, document % 9) << document;
  EXPECT_EQ(pairs_of(*corpus, 39998).back(), (std::pair<int, int>{39998 % 7 + 3 * 1, 2}));
}

TEST(Corpus, TheBuilderRefusesWhatTheReaderWould) {
  CorpusBuilder builder;
  EXPECT_THROW(builder.add({{1, 1}, {1, 1}}), std::invalid_argument);
  EXPECT_THROW(builder.add({{1, 0}}), std::invalid_argument);
  EXPECT_THROW(builder.add({{-1, 1}}), std::invalid_argument);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
