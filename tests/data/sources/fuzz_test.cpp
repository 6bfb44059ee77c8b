#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "elbow/data/sources/corpus.h"
#include "elbow/data/sources/formats.h"
#include "elbow/data/sources/row_lists.h"
#include "support.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

constexpr int kMutations = 20000;

/// Changes a few bytes, cuts, repeats or inserts: the usual moves of a fuzzer, with a fixed seed.
std::string mutate(std::string bytes, std::mt19937& random) {
  const auto below = [&](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  const std::size_t moves = 1 + below(4);
  for (std::size_t i = 0; i < moves && !bytes.empty(); ++i) {
    const std::size_t at = below(bytes.size());
    switch (below(6)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
      case 1:
        bytes[at] = "\0\xff\x7f\x80\"',;\n(){}0-"[below(15)];
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.insert(at, bytes.substr(below(bytes.size()), below(16)));
        break;
      case 4:
        bytes.erase(at, 1 + below(8));
        break;
      default:
        bytes[at] = static_cast<char>(below(256));
        break;
    }
  }
  return bytes;
}

/// Runs a parser on mutated files. Every one is either read or refused with a DataError that names
/// the file; anything else ends the test. @return how many were read
int survive(const std::vector<std::string>& seeds,
            const std::function<void(const std::string&)>& parse) {
  std::mt19937 random(20260101);
  int accepted = 0;
  for (int i = 0; i < kMutations; ++i) {
    const std::string bytes = mutate(seeds[static_cast<std::size_t>(i) % seeds.size()], random);
    try {
      parse(bytes);
      ++accepted;
    } catch (const DataError& error) {
      EXPECT_EQ(std::string(error.what()).rfind("fuzz", 0), 0u) << error.what();
    }
  }
  // Both ends must be reached, or the mutations test nothing.
  EXPECT_GT(accepted, kMutations / 100);
  EXPECT_LT(accepted, kMutations);
  return accepted;
}

Array some_array(Element element, const std::vector<std::int64_t>& shape) {
  Array array;
  array.element = element;
  array.shape = shape;
  array.bytes.assign(static_cast<std::size_t>(array.count()) * element_size(element), 3);
  return array;
}

TEST(Fuzz, IdxIsReadOrRefused) {
  survive({encode_idx(some_array(Element::u8, {3, 4, 4})),
           encode_idx(some_array(Element::f64, {5, 2}))},
          [](const std::string& bytes) {
            const Array array = decode_idx(bytes, "fuzz");
            EXPECT_EQ(array.bytes.size(),
                      static_cast<std::size_t>(array.count()) * element_size(array.element));
          });
}

TEST(Fuzz, NpyIsReadOrRefused) {
  survive(
      {encode_npy(some_array(Element::f32, {4, 5})), encode_npy(some_array(Element::boolean, {7}))},
      [](const std::string& bytes) {
        const Array array = decode_npy(bytes, "fuzz");
        EXPECT_EQ(array.bytes.size(),
                  static_cast<std::size_t>(array.count()) * element_size(array.element));
      });
}

TEST(Fuzz, CsvIsReadOrRefused) {
  survive(
      {"a,b,c\n1,2,3\n4.5,-6e3,nan\n", "1;2\n3;4\n", "\"x\"\t\"y\"\r\n1\t2\r\n", "1 2  3\n4 5 6\n"},
      [](const std::string& bytes) {
        const Table table = decode_csv(bytes, "fuzz");
        EXPECT_EQ(static_cast<std::int64_t>(table.values.size()), table.rows * table.cols);
      });
}

TEST(Fuzz, RowListsAreReadOrRefused) {
  const int accepted =
      survive({"4 0 2\n5 1\n3\n", "10 20 30 40\r\n50\t60\n"},
              [](const std::string& bytes) { read_row_list(bytes, "fuzz", 0, 70); });
  EXPECT_GT(accepted, 100);
}

TEST(Fuzz, CorporaAreReadOrRefused) {
  survive({"2 0:1 4:3\n0\n3 7:2 1:1 3:9\n", "1 5:12\r\n2\t0:1\t2:2\r\n"},
          [](const std::string& bytes) {
            std::vector<std::string> warnings;
            const auto corpus = decode_ldac(bytes, "fuzz", 100, warnings);
            std::int64_t pairs = 0;
            for (std::int64_t i = 0; i < corpus->num_documents(); ++i)
              for (const auto& pair : corpus->document(i)) {
                EXPECT_LT(pair.word, 100);
                EXPECT_GE(pair.count, 1);
                ++pairs;
              }
            EXPECT_EQ(pairs, corpus->num_pairs());
          });
}

TEST(Fuzz, GzipIsReadOrRefused) {
  survive({gzip(encode_idx(some_array(Element::u8, {3, 4, 4}))),
           gzip("1,2\n3,4\n"),
           gzip(encode_npy(some_array(Element::u8, {9})))},
          [](const std::string& bytes) { inflate_gzip(bytes, "fuzz"); });
}

TEST(Fuzz, AnyFormatIsReadOrRefused) {
  survive({encode_idx(some_array(Element::u8, {2, 3})), encode_npy(some_array(Element::u8, {9}))},
          [](const std::string& bytes) { decode_any(bytes, "fuzz.csv"); });
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
