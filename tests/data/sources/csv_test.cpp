#include <gmock/gmock.h>

#include <cmath>

#include "elbow/data/sources/formats.h"
#include "support.h"

namespace elbow::data {
namespace ELBOW_TEST_FILE {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Table table_of(const std::string& text) { return decode_csv(text, "x.csv"); }

std::string error_of(const std::string& text) {
  return data_error_of([&] { table_of(text); });
}

TEST(Csv, EveryDelimiterGivesTheSameTable) {
  for (const char* text : {"1,2.5\n-3,4e2\n",
                           "1;2.5\n-3;4e2",
                           "1\t2.5\r\n-3\t4e2\r\n",
                           " 1   2.5 \n -3 \t 4e2\n",
                           "\"1\",\"2.5\"\n\"-3\" , +4e2\n\n\n"}) {
    const Table table = table_of(text);
    EXPECT_EQ(table.rows, 2) << text;
    EXPECT_EQ(table.cols, 2) << text;
    EXPECT_THAT(table.values, ElementsAre(1, 2.5, -3, 400)) << text;
    EXPECT_TRUE(table.columns.empty());
  }
}

TEST(Csv, QuotesPlusSignsAndByteOrderMarkAreAccepted) {
  const Table table = table_of("\xEF\xBB\xBF\"first, \"\"one\"\"\",b\n\"1\" , +4e2\n\n");
  EXPECT_THAT(table.columns, ElementsAre("first, \"one\"", "b"));
  EXPECT_THAT(table.values, ElementsAre(1, 400));
}

TEST(Csv, TabsAreTheDelimiterAlsoWithBlanksAroundTheNumbers) {
  EXPECT_THAT(table_of("540.0 \t0.0 \t79.99 \n1 \t2 \t3 \n \t\n").values,
              ElementsAre(540, 0, 79.99, 1, 2, 3));
}

TEST(Csv, NanIsReadAndEmptyCellsAreNot) {
  EXPECT_TRUE(std::isnan(table_of("a,b\nnan,1\n").values[0]));
  EXPECT_THAT(error_of("a,b\n,1\n"),
              HasSubstr("x.csv:2: expected a number in column 1 (a), found an empty cell"));
}

TEST(Csv, RaggedRowsAreRefusedWithLineAndBothCounts) {
  EXPECT_THAT(error_of("a,b\n1,2\n3\n"),
              HasSubstr("x.csv:3: expected 2 columns as in line 1, found 1"));
  EXPECT_THAT(error_of("1,2\n3,4,5\n"),
              HasSubstr("x.csv:2: expected 2 columns as in line 1, found 3"));
}

TEST(Csv, TextInANumberColumnIsRefused) {
  EXPECT_THAT(error_of("a,b\n1,two\n"),
              HasSubstr("x.csv:2: expected a number in column 2 (b), found 'two'"));
  EXPECT_THAT(error_of("1,two\n"),
              HasSubstr("x.csv:1: expected a number in column 2, found 'two'"));
  EXPECT_THAT(error_of("1,2x\n"), HasSubstr("found '2x'"));
  EXPECT_THAT(error_of("1,0x10\n"), HasSubstr("found '0x10'"));
}

TEST(Csv, ADecimalCommaIsExplained) {
  EXPECT_THAT(error_of("a;b\n1,5;2\n"),
              AllOf(HasSubstr("found '1,5'"), HasSubstr("a decimal comma? write a point")));
}

TEST(Csv, BrokenQuotesAreRefused) {
  EXPECT_THAT(error_of("a,b\n1,\"2\n3,4\n"),
              AllOf(HasSubstr("x.csv:2: expected a closing quote, found the end of the line"),
                    HasSubstr("column 3")));
  EXPECT_THAT(error_of("a,b\n1,\"2\"3\n"),
              HasSubstr("x.csv:2: expected a delimiter after the closing quote, found '3'"));
}

TEST(Csv, EmptyFilesAndLinesAreRefused) {
  EXPECT_THAT(error_of(""), HasSubstr("x.csv:1: expected at least one row of numbers, found none"));
  EXPECT_THAT(error_of("a,b\n"), HasSubstr("expected at least one row of numbers"));
  EXPECT_THAT(error_of("1,2\n\n3,4\n"), HasSubstr("x.csv:2: expected a row, found an empty line"));
}

TEST(Csv, NulIsRefused) {
  EXPECT_THAT(error_of(std::string("1,2\n3,\0\n", 8)),
              HasSubstr("x.csv:2: expected text, found a NUL character in column 3"));
}

TEST(Csv, DuplicateColumnNamesAreRefused) {
  EXPECT_THAT(error_of("a,b,a\n1,2,3\n"),
              HasSubstr("x.csv:1: expected each column name once, found 'a' twice"));
}

// Names that pandas gives columns without one: data rows have other numbers.
TEST(Csv, WholeNumbersFromZeroInTheFirstLineAloneAreAHeader) {
  const Table table = table_of("0,1,2\n0.377,-0.396,1.921\n0.315,-1.607,1.085\n");
  EXPECT_THAT(table.columns, ElementsAre("0", "1", "2"));
  EXPECT_EQ(table.rows, 2);
  EXPECT_EQ(table.values.front(), 0.377);
  EXPECT_EQ(table.first_line, 2);
  EXPECT_THAT(table.note,
              AllOf(HasSubstr("x.csv:1: the first line (0 to 2) is read as the header"),
                    HasSubstr("data.header: none")));
  EXPECT_THAT(table_of(",0,1\n0,0.5,3\n1,2,3\n").columns, ElementsAre("", "0", "1"));
}

TEST(Csv, WholeNumbersAmongOthersAreARowAndSaid) {
  const Table counts = table_of("0,1,2\n3,0,1\n0.5,1,1\n");
  EXPECT_TRUE(counts.columns.empty());
  EXPECT_EQ(counts.rows, 3);
  EXPECT_THAT(counts.note,
              AllOf(HasSubstr("is read as a row"), HasSubstr("data.header: first_line")));
  EXPECT_EQ(table_of("0,1\n1,1\n").note, "") << "bits begin like this";
  const Table series = table_of("0\n0.1\n0.3\n");
  EXPECT_EQ(series.rows, 3);
  EXPECT_THAT(series.note, HasSubstr("is read as a row"));
  EXPECT_EQ(table_of("0\n1\n3\n").note, "");
  EXPECT_EQ(table_of("0,1,2\n").rows, 1);
}

TEST(Csv, TheHeaderIsWhatTheUserSays) {
  TextOptions first, none;
  first.header = HeaderLine::first_line;
  none.header = HeaderLine::none;
  EXPECT_THAT(decode_csv("0,1,2\n3,0,1\n", "x.csv", first).columns, ElementsAre("0", "1", "2"));
  EXPECT_EQ(decode_csv("0,1\n0.5,1.5\n", "x.csv", none).rows, 2);
  EXPECT_THAT(data_error_of([&] { decode_csv("a,b\n1,2\n", "x.csv", none); }),
              HasSubstr("x.csv:1: expected a number in column 1, found 'a'"));
  TextOptions known;
  known.known_names = {"1", "0"};
  EXPECT_EQ(decode_csv("0,1,2\n3,0,1\n", "x.csv", known).rows, 1);
}

TEST(Csv, AnEmptyNameIsANameAndTwoAreRefused) {
  EXPECT_THAT(table_of(",a,b\n0,1,2\n").columns, ElementsAre("", "a", "b"));
  EXPECT_THAT(error_of(",,b\n0,1,2\n"), HasSubstr("found an empty name twice (columns 1 and 2)"));
  EXPECT_THAT(error_of(",a\nx,1\n"), HasSubstr("column 1 (whose name is empty), found 'x'"));
}

TEST(Csv, AnEndlessLineIsRefused) {
  EXPECT_THAT(error_of(std::string((1 << 24) + 1, '1')),
              HasSubstr("x.csv:1: expected a line of at most 16 MiB"));
}

TEST(Csv, AMillionColumnsAreRead) {
  std::string text;
  for (int i = 0; i < 1000000; ++i) text += "1,";
  text += "2\n";
  EXPECT_EQ(table_of(text).cols, 1000001);
}

TEST(ReadAny, FindsTheFormatByContentAndEnding) {
  const TemporaryFolder folder;
  Array array;
  array.shape = {2, 2};
  array.bytes = {1, 2, 3, 4};
  write_bytes(folder / "a.bin", encode_idx(array));
  write_bytes(folder / "b.bin", encode_npy(array));
  write_bytes(folder / "c.csv.gz", gzip("1,2\n3,4\n"));
  write_bytes(folder / "d.bin", "1,2\n3,4\n");
  EXPECT_EQ(read_any(folder / "a.bin").bytes, array.bytes);
  EXPECT_EQ(read_any(folder / "b.bin").bytes, array.bytes);
  EXPECT_EQ(to_float(read_any(folder / "c.csv.gz")), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_THAT(data_error_of([&] { read_any(folder / "d.bin"); }),
              HasSubstr("expected IDX, NPY or a text table (.csv, .tsv, .txt, .data), each also as "
                        ".gz, found 0x312c"));
}

TEST(ReadAny, FoldersAndDevicesAreRefused) {
  const TemporaryFolder folder;
  EXPECT_NE(data_error_of([&] { read_any(folder.path()); }), "");
  EXPECT_NE(data_error_of([] { read_any("/dev/zero"); }), "");
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow::data
