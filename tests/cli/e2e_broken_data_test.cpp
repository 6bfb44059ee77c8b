// Broken data files through the program: exit 2 with file, place, what was found and the remedy.
#include <sys/stat.h>

#include <functional>

#include "cli/e2e_support.h"
#include "elbow/data/sources/formats.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

using ::testing::HasSubstr;

data::Array images() {
  data::Array out;
  out.shape = {20, 4, 4};
  for (int i = 0; i < 320; ++i) out.bytes.push_back(i % 3 == 0 ? 255 : 0);
  return out;
}

std::string npy(const std::string& header, const std::string& content) {
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size() & 255);
  out += static_cast<char>(header.size() >> 8);
  return out + header + content;
}

struct BrokenData {
  const char* name;
  const char* file;
  std::function<std::string()> bytes;
  std::vector<std::string> parts;
};

std::string changed(std::size_t at, char byte) {
  std::string out = data::encode_idx(images());
  out.at(at) = byte;
  return out;
}

std::vector<BrokenData> broken_data() {
  const auto idx = [] { return data::encode_idx(images()); };
  return {
      {"Empty", "a.idx", [] { return std::string(); }, {"a.idx", "empty"}},
      {"HalfAHeader", "a.idx", [=] { return idx().substr(0, 9); }, {"a.idx"}},
      {"Truncated", "a.idx", [=] { return idx().substr(0, 300); }, {"a.idx", "336", "300"}},
      {"TrailingBytes", "a.idx", [=] { return idx() + "xy"; }, {"a.idx", "336", "338"}},
      {"WrongMagic", "a.idx", [] { return changed(0, 7); }, {"a.idx"}},
      {"UnknownElement", "a.idx", [] { return changed(2, 3); }, {"a.idx", "byte 2"}},
      {"RankZero", "a.idx", [] { return changed(3, 0); }, {"a.idx", "byte 3"}},
      {"NoImages", "a.idx", [] { return changed(7, 0).substr(0, 16); }, {"a.idx", "byte 4"}},
      {"HugeDimensions",
       "a.idx",
       [] {
         return std::string("\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16);
       },
       {"a.idx"}},
      {"CutGzip", "a.idx.gz", [=] { return data::gzip(idx()).substr(0, 25); }, {"a.idx.gz"}},
      {"GzipOfGzip", "a.idx.gz", [=] { return data::gzip(data::gzip(idx())); }, {"a.idx.gz"}},
      {"FlippedGzip",
       "a.idx.gz",
       [=] {
         std::string out = data::gzip(idx());
         out[out.size() - 6] = static_cast<char>(out[out.size() - 6] ^ 1);
         return out;
       },
       {"a.idx.gz"}},
      {"HeaderLongerThanTheFile",
       "a.npy",
       [] { return std::string("\x93NUMPY\x01\x00\xff\xff", 10) + std::string(67, ' '); },
       {"a.npy"}},
      {"FourGigabytesClaimed",
       "a.npy",
       [] {
         return npy("{'descr': '|u1', 'fortran_order': False, 'shape': (65536, 65536), }\n", "");
       },
       {"a.npy", "4294967374"}},
      {"Pickle",
       "a.npy",
       [] { return npy("{'descr': '|O', 'fortran_order': False, 'shape': (2, 2), }\n", "1234"); },
       {"a.npy"}},
      {"NegativeShape",
       "a.npy",
       [] { return npy("{'descr': '|u1', 'fortran_order': False, 'shape': (-2, 2), }\n", "1234"); },
       {"a.npy"}},
      {"RaggedTable",
       "a.csv",
       [] { return std::string("1,2\n3,4\n5\n"); },
       {"a.csv:3: ", "expected 2 columns", "found 1"}},
      {"TextInATable",
       "a.csv",
       [] { return std::string("1,2\n3,four\n"); },
       {"a.csv:2: ", "'four'"}},
      {"HeaderOnly", "a.csv", [] { return std::string("x,y\n"); }, {"a.csv"}},
      {"UnclosedQuote",
       "a.csv",
       [] { return std::string("1,\"2\n3,4\n"); },
       {"a.csv:1: ", "closing quote"}},
      {"DecimalComma",
       "a.csv",
       [] { return std::string("1,5;2,5\n1,0;3\n"); },
       {"a.csv:2: ", "decimal comma"}},
      {"NoFormat", "a.bin", [] { return std::string("\x01\x02 nothing known"); }, {"a.bin"}},
  };
}

class Damaged : public test::EndToEnd, public ::testing::WithParamInterface<BrokenData> {
 protected:
  test::RunResult refused(const std::vector<std::string>& words) {
    const auto result = run(words);
    EXPECT_EQ(result.exit_code, 2) << words[0] << ": " << result.err;
    EXPECT_EQ(result.out, "") << words[0];
    EXPECT_THAT(result.err, HasSubstr("help: ")) << words[0];
    for (const auto& part : GetParam().parts) EXPECT_THAT(result.err, HasSubstr(part)) << words[0];
    EXPECT_LT(result.peak_kilobytes, 500000);
    test::expect_no_insides(result);
    return result;
  }
};

TEST_P(Damaged, IsRefusedWithFilePlaceAndRemedyAndNothingIsWritten) {
  folder_.write(GetParam().file, GetParam().bytes());
  const std::size_t before = folder_.num_entries();
  refused({"data", "info", GetParam().file});
  // `data info` and `train` share the parsers; a training costs the start of LibTorch.
  for (const std::string name : {"Truncated", "CutGzip", "FourGigabytesClaimed", "RaggedTable"}) {
    if (GetParam().name != name) continue;
    refused({"train",
             "tiny.yaml",
             "model.likelihood={type: normal}",
             "-o",
             "run",
             "data={type: table, path: " + std::string(GetParam().file) + "}"});
  }
  EXPECT_EQ(folder_.num_entries(), before);
}

INSTANTIATE_TEST_SUITE_P(All, Damaged, ::testing::ValuesIn(broken_data()), [](const auto& one) {
  return one.param.name;
});

class BrokenDataPaths : public test::EndToEnd {};

TEST_F(BrokenDataPaths, WhatIsNoFileIsRefusedWithoutWaiting) {
  std::filesystem::create_directory(folder_ / "folder");
  ASSERT_EQ(::mkfifo((folder_ / "pipe.npy").c_str(), 0600), 0);
  const auto refuse = [&](const std::string& path, const std::string& part) {
    expect_refused({"train",
                    "tiny.yaml",
                    "data={type: table, path: " + path + "}",
                    "model.likelihood={type: normal}",
                    "-o",
                    "run"},
                   {path, part});
    EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
  };
  refuse("nowhere.csv", "No such file");
  refuse("folder", "");
  refuse("pipe.npy", "");
  expect_refused(
      {"train", "tiny.yaml", "data={type: idx, path: folder, binarize: dynamic}", "-o", "run"},
      {"folder"});
  expect_refused(
      {"train", "tiny.yaml", "data={type: mnist, path: folder, binarize: dynamic}", "-o", "run"},
      {"folder", "elbow data fetch mnist"});
}

TEST_F(BrokenDataPaths, ValuesOutsideTheSupportAreRefused) {
  folder_.write("a.csv", "0,1\n1,0.5\n0,1\n");
  expect_refused({"train", "tiny.yaml", "data={type: table, path: a.csv}", "-o", "run"},
                 {"a.csv:2", "0.5", "expected 0 or 1", "model.likelihood.type=normal"});
  folder_.write("b.csv", "0,1\n1,2\n0,1\n");
  expect_refused({"train",
                  "tiny.yaml",
                  "data={type: table, path: b.csv, validation_size: 3}",
                  "model.likelihood={type: normal}",
                  "-o",
                  "run"},
                 {"b.csv", "3 rows"});
  expect_refused({"train",
                  "tiny.yaml",
                  "data={type: table, path: b.csv, columns: [0, 7]}",
                  "model.likelihood={type: normal}",
                  "-o",
                  "run"},
                 {"b.csv", "from 0 to 1", "7"});
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run"));
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
