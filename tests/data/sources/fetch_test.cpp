#include "elbow/data/sources/fetch.h"

#include <gmock/gmock.h>

#include "elbow/data/sources/amat.h"
#include "elbow/data/sources/download.h"
#include "elbow/data/sources/fetch_file.h"
#include "elbow/data/sources/formats.h"
#include "elbow/foundations/io/hash.h"
#include "http_server.h"
#include "support.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string some_idx() {
  Array array;
  array.shape = {30, 28, 28};
  for (unsigned i = 0; i < 30 * 784; ++i)
    array.bytes.push_back(static_cast<unsigned char>(i * i >> 5));
  return encode_idx(array);
}

/// A small file known by its content, a server that has it, and a folder to put it into.
class Fetch : public ::testing::Test {
 protected:
  Fetch()
      : no_proxy_("no_proxy", "127.0.0.1"),
        idx_(some_idx()),
        file_{"x.gz", "x.gz", idx_.size(), io::sha256_hex(idx_), Encoding::as_sent} {
    server_.put("x.gz", gzip(idx_));
  }

  void get() { fetch_file(file_, {server_.url()}, folder_.path(), options_); }

  std::string io_error_of_get() {
    try {
      get();
    } catch (const IoError& error) {
      return std::string(error.what()) + " | " + error.help();
    }
    return "";
  }

  std::vector<std::string> files() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      out.push_back(entry.path().filename());
    return out;
  }

  ScopedVariable no_proxy_;
  HttpServer server_;
  TemporaryFolder folder_;
  std::string idx_;
  KnownFile file_;
  FetchOptions options_;
};

TEST_F(Fetch, PutsTheFileInPlaceAndReportsProgress) {
  std::uint64_t last = 0;
  options_.progress = [&](const std::string& name, std::uint64_t now, std::uint64_t all) {
    EXPECT_EQ(name, "x.gz");
    EXPECT_EQ(all, gzip(idx_).size());
    last = now;
  };
  get();
  EXPECT_EQ(last, gzip(idx_).size());
  EXPECT_EQ(read_maybe_gzip(folder_ / "x.gz"), idx_);
  EXPECT_THAT(files(), ElementsAre("x.gz")) << "no part is left";
  EXPECT_TRUE(is_in_place(file_, folder_.path()));
}

TEST_F(Fetch, AnotherArchiveOfTheSameContentIsAccepted) {
  server_.put("x.gz", idx_);
  get();
  EXPECT_TRUE(is_in_place(file_, folder_.path()));
}

TEST_F(Fetch, AnInterruptedDownloadIsContinued) {
  server_.cut_next_after(1000);
  EXPECT_THAT(io_error_of_get(),
              AllOf(HasSubstr(server_.url() + "/x.gz: "),
                    HasSubstr("run the same command again to continue")));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "x.gz"))
      << "the final name never holds half a file";
  get();
  EXPECT_THAT(server_.requests(), ElementsAre("/x.gz", "/x.gz from 1000"));
  EXPECT_EQ(read_bytes(folder_ / "x.gz"), gzip(idx_));
  EXPECT_THAT(files(), ElementsAre("x.gz"));
}

TEST_F(Fetch, AServerWithoutRangesIsReadFromTheBeginning) {
  server_.ignore_ranges();
  server_.cut_next_after(1000);
  EXPECT_NE(io_error_of_get(), "");
  get();
  EXPECT_EQ(read_bytes(folder_ / "x.gz"), gzip(idx_));
}

TEST_F(Fetch, AFileThatChangedBetweenTheHalvesIsReadFromTheBeginning) {
  server_.cut_next_after(1000);
  EXPECT_NE(io_error_of_get(), "");
  server_.put("x.gz", idx_);
  get();
  EXPECT_EQ(read_bytes(folder_ / "x.gz"), idx_);
}

TEST_F(Fetch, APartThatIsCompleteAlreadyIsFinished) {
  server_.cut_next_after(gzip(idx_).size());
  options_.progress = [](const std::string&, std::uint64_t now, std::uint64_t all) {
    if (now == all) throw std::runtime_error("stopped at the last byte");
  };
  EXPECT_THROW(get(), std::runtime_error);
  options_.progress = nullptr;
  get();
  EXPECT_TRUE(is_in_place(file_, folder_.path()));
  EXPECT_THAT(files(), ElementsAre("x.gz"));
}

TEST_F(Fetch, WrongContentIsRefusedAndLeavesNothing) {
  std::string other = idx_;
  other.back() = static_cast<char>(other.back() ^ 1);
  server_.put("x.gz", gzip(other));
  EXPECT_THAT(data_error_of([&] { get(); }),
              AllOf(HasSubstr("with SHA-256 " + file_.sha256),
                    HasSubstr("with " + io::sha256_hex(other)),
                    HasSubstr("--mirror")));
  server_.put("x.gz", "<html>not found</html>");
  EXPECT_THAT(data_error_of([&] { get(); }), HasSubstr("found 22 bytes"));
  server_.put("x.gz", gzip(idx_).substr(0, 500));
  EXPECT_THAT(data_error_of([&] { get(); }), HasSubstr("cut short"));
  EXPECT_THAT(files(), ElementsAre());
}

TEST_F(Fetch, AnEndlessAnswerIsCutOff) {
  server_.put("x.gz", std::string(2 * idx_.size() + (2 << 20), 'x'));
  EXPECT_THAT(io_error_of_get(), HasSubstr("the server sends more"));
  EXPECT_THAT(files(), ElementsAre());
}

TEST_F(Fetch, TheNextMirrorIsTried) {
  HttpServer empty;
  std::string other = idx_;
  other[100] = static_cast<char>(other[100] ^ 1);
  HttpServer wrong;
  wrong.put("x.gz", gzip(other));
  fetch_file(file_, {empty.url(), wrong.url(), server_.url()}, folder_.path(), options_);
  EXPECT_TRUE(is_in_place(file_, folder_.path()));
  std::filesystem::remove(folder_ / "x.gz");
  EXPECT_THAT(data_error_of([&] {
                fetch_file(file_, {empty.url(), wrong.url()}, folder_.path(), options_);
              }),
              AllOf(HasSubstr("404"), HasSubstr("SHA-256")));
}

TEST_F(Fetch, ADamagedFileInPlaceIsReplaced) {
  write_bytes(folder_ / "x.gz", gzip(idx_).substr(0, 700));
  EXPECT_FALSE(is_in_place(file_, folder_.path()));
  get();
  EXPECT_TRUE(is_in_place(file_, folder_.path()));
}

TEST_F(Fetch, TextImagesBecomeIdx) {
  Array array;
  array.shape = {3, 28, 28};
  std::string text;
  for (int i = 0; i < 3 * 784; ++i) {
    array.bytes.push_back(i % 3 == 0);
    text += i % 3 == 0 ? '1' : '0';
    text += i % 784 == 783 ? '\n' : ' ';
  }
  const std::string idx = encode_idx(array);
  server_.put("b.amat", text);
  fetch_file({"b.gz", "b.amat", idx.size(), io::sha256_hex(idx), Encoding::amat},
             {server_.url()},
             folder_.path(),
             options_);
  EXPECT_EQ(read_maybe_gzip(folder_ / "b.gz"), idx);
  EXPECT_THAT(files(), ElementsAre("b.gz"));
}

TEST(Amat, BrokenTextIsRefused) {
  const auto error = [](const std::string& text) {
    return data_error_of([&] { idx_from_amat(text, "b"); });
  };
  EXPECT_THAT(error(""), HasSubstr("b:1: expected at least one image"));
  EXPECT_THAT(error("0 1 1\n"), HasSubstr("b:1: expected 784 pixels, found 3"));
  EXPECT_THAT(
      error("0 2\n"),
      HasSubstr("b:1: expected the pixels 0 and 1 with blanks between, found character code 50"));
}

TEST_F(Fetch, OnlyHttpIsSpoken) {
  write_bytes(folder_ / "y/x.gz", gzip(idx_));
  for (const std::string& mirror :
       {"file://" + (folder_ / "y"), std::string("ftp://127.0.0.1"), folder_ / "y"}) {
    EXPECT_THAT(data_error_of([&] {
                  fetch("mnist", {mirror, folder_ / "z", false, nullptr});
                }),
                HasSubstr("expected an address that begins with https:// or http://"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "z"));
}

TEST_F(Fetch, AnUnknownSetNamesTheKnownOnes) {
  EXPECT_THAT(data_error_of([] { fetch("minst", {}); }),
              HasSubstr("expected one of mnist, mnist_static, fashion_mnist, got 'minst'"));
  EXPECT_THAT(fetchable_sets(), ElementsAre("mnist", "mnist_static", "fashion_mnist"));
}

TEST_F(Fetch, ADryRunTouchesNothingAndSaysWhatWouldHappen) {
  options_ = {server_.url() + "/", folder_ / "new", true, nullptr};
  EXPECT_EQ(fetch("mnist", options_), folder_ / "new");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "new"));
  EXPECT_THAT(fetch_plan("mnist", options_),
              ::testing::Contains(server_.url() + "/train-images-idx3-ubyte.gz -> " +
                                  (folder_ / "new/train-images-idx3-ubyte.gz")));
  EXPECT_THAT(server_.requests(), ElementsAre());
}

TEST_F(Fetch, AWholePublishedSetIsFetchedOnce) {
  const std::string source = "/usr/share/datasets/fashion-mnist/";
  if (!std::filesystem::exists(source)) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
  for (const char* name : {"train-images-idx3-ubyte.gz",
                           "train-labels-idx1-ubyte.gz",
                           "t10k-images-idx3-ubyte.gz",
                           "t10k-labels-idx1-ubyte.gz"})
    server_.put(name, read_bytes(source + name));
  options_ = {server_.url(), folder_ / "new/fashion", false, nullptr};
  EXPECT_EQ(fetch("fashion_mnist", options_), folder_ / "new/fashion");
  fetch("fashion_mnist", options_);
  EXPECT_EQ(server_.requests().size(), 4u) << "the second call asks for nothing";
  EXPECT_THAT(fetch_plan("fashion_mnist", options_), ::testing::Each(HasSubstr("already there")));
  const RawData data =
      load_named_set(resolved("fashion_mnist", {{"path", folder_ / "new/fashion"}}), 1);
  EXPECT_EQ(data.info.at("is_published_content"), true);
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
