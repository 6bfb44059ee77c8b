#include "elbow/foundations/observe/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <map>

#include "elbow/foundations/observe/log.h"
#include "temporary_folder.h"

namespace elbow {
namespace ELBOW_TEST_FILE {

ProgressState example() {
  ProgressState state;
  state.epoch = 12;
  state.epochs = 100;
  state.step = 5640;
  state.steps = 46900;
  state.value = -91.2345;
  state.best = -90.98;
  state.has_best = true;
  state.examples_per_second = 12340;
  state.seconds_per_step = 800.0 / (46900 - 5640);
  return state;
}

constexpr char kWhole[] =
    "epoch 12/100  step 5,640/46,900  ELBO -91.23 nats (best -90.98)  12,340 examples/s  ETA "
    "00:13:20";

TEST(ProgressText, SaysItAllWhenThereIsRoom) { EXPECT_EQ(progress_text(example(), 200), kWhole); }

TEST(ProgressText, FitsEveryWidthAndIsPlainAscii) {
  for (int width = 0; width <= 120; ++width) {
    const std::string text = progress_text(example(), width);
    EXPECT_LE(text.size(), static_cast<std::size_t>(width));
    for (const char c : text) EXPECT_TRUE(c >= 0x20 && c < 0x7F) << text;
  }
  EXPECT_EQ(progress_text(example(), 40), "step 5,640/46,900  ELBO -91.23 nats");
}

TEST(ProgressText, LeavesOutWhatIsNotKnown) {
  ProgressState state;
  state.step = 3;
  state.value = -1;
  EXPECT_EQ(progress_text(state, 80), "step 3  ELBO -1.00 nats");
  state.value = 0.0 / 0.0;
  EXPECT_EQ(progress_text(state, 80), "step 3");
}

TEST(ProgressText, LongRunsCountDays) {
  ProgressState state = example();
  state.seconds_per_step = 100.0 * 3600 / (46900 - 5640);
  EXPECT_NE(progress_text(state, 200).find("ETA 4d 04:00:00"), std::string::npos);
}

/// Runs `body` in a child whose stderr is `make_terminal ? a terminal of 100 columns : a pipe`;
/// returns its stderr.
std::string stderr_of(bool make_terminal,
                      const std::map<std::string, std::string>& variables,
                      const std::function<void()>& body) {
  int ends[2] = {-1, -1};
  if (make_terminal) {
    ends[0] = ::posix_openpt(O_RDWR | O_NOCTTY);
    ::grantpt(ends[0]);
    ::unlockpt(ends[0]);
    ends[1] = ::open(::ptsname(ends[0]), O_RDWR | O_NOCTTY);
    winsize size{};
    size.ws_col = 100;
    ::ioctl(ends[1], TIOCSWINSZ, &size);
  } else if (::pipe(ends) != 0) {
    return "no pipe";
  }
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    for (const char* name :
         {"TERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LANG", "LC_ALL", "LC_CTYPE"})
      ::unsetenv(name);
    for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
    body();
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t n; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;) text.append(buffer, n);
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return text;
}

std::string detected(bool make_terminal,
                     const std::map<std::string, std::string>& variables,
                     bool no_color = false) {
  return stderr_of(make_terminal, variables, [no_color] {
    const Terminal t = Terminal::detect(no_color);
    const std::string text = std::string(t.is_tty ? "tty " : "") + (t.colour ? "colour " : "") +
                             (t.utf8 ? "utf8 " : "") + std::to_string(t.width);
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) ::_exit(1);
  });
}

TEST(Terminal, KnowsWhatStderrIs) {
  EXPECT_EQ(detected(true, {{"TERM", "xterm"}}), "tty colour 100");
  EXPECT_EQ(detected(true, {{"TERM", "dumb"}}), "100");
  EXPECT_EQ(detected(true, {}), "100");
  EXPECT_EQ(detected(false, {{"TERM", "xterm"}}), "80");
}

TEST(Terminal, ColourFollowsTheVariablesInOrder) {
  EXPECT_EQ(detected(true, {{"TERM", "xterm"}}, true), "tty 100");
  EXPECT_EQ(detected(true, {{"TERM", "xterm"}, {"NO_COLOR", "1"}}), "tty 100");
  EXPECT_EQ(detected(true, {{"TERM", "xterm"}, {"NO_COLOR", ""}}), "tty colour 100");
  EXPECT_EQ(detected(false, {{"FORCE_COLOR", "1"}}), "colour 80");
  EXPECT_EQ(detected(false, {{"FORCE_COLOR", "1"}, {"NO_COLOR", "1"}}), "80");
  EXPECT_EQ(detected(false, {{"FORCE_COLOR", "1"}}, true), "80");
}

TEST(Terminal, WidthAndEncodingComeFromTheEnvironment) {
  EXPECT_EQ(detected(true, {{"COLUMNS", "40"}}), "40");
  for (const char* wrong : {"0", "-3", "40x", "", "99999999999"})
    EXPECT_EQ(detected(true, {{"COLUMNS", wrong}}), "100");
  EXPECT_EQ(detected(false, {{"LANG", "en_US.UTF-8"}}), "utf8 80");
  EXPECT_EQ(detected(false, {{"LANG", "en_US.UTF-8"}, {"LC_ALL", "C"}}), "80");
}

void train_a_little(bool enabled, bool quiet) {
  if (quiet) log::set_level(log::Level::warning);
  Progress progress(Terminal::detect(), enabled, quiet);
  for (int step = 0; step < 1000; ++step) progress.update(example());
  progress.line("valid ELBO -90.98 nats");
  progress.update(example());
  log::warning("disk is nearly full");
}

TEST(Progress, OffATerminalThereAreNoEscapesAndOneLineInTenSeconds) {
  const std::string said = stderr_of(
      false, {{"TERM", "xterm"}, {"COLUMNS", "200"}}, [] { train_a_little(true, false); });
  EXPECT_EQ(said, std::string(kWhole) + "\nvalid ELBO -90.98 nats\nwarning: disk is nearly full\n");
}

TEST(Progress, DumbTerminalGetsPlainLines) {
  const std::string said = stderr_of(true, {{"TERM", "dumb"}}, [] { train_a_little(true, false); });
  EXPECT_EQ(said.find('\x1b'), std::string::npos);
  EXPECT_EQ(said.find("\r "), std::string::npos);
}

TEST(Progress, QuietSaysNothingButWarningsAndTheFileHasTheLine) {
  const TemporaryFolder folder;
  const std::string said = stderr_of(true, {{"TERM", "xterm"}}, [&] {
    log::set_file(folder / "train.log");
    train_a_little(true, true);
  });
  EXPECT_EQ(said, "warning: disk is nearly full\r\n");
  EXPECT_NE(slurp(folder / "train.log").find("valid ELBO"), std::string::npos);
}

TEST(Progress, DisabledLeavesOnlyTheLines) {
  EXPECT_EQ(stderr_of(true, {{"TERM", "xterm"}}, [] { train_a_little(false, false); }),
            "valid ELBO -90.98 nats\r\nwarning: disk is nearly full\r\n");
}

TEST(Progress, OnATerminalTheBarClearsItselfBeforeALine) {
  const std::string said = stderr_of(
      true, {{"TERM", "xterm"}, {"LANG", "C.UTF-8"}}, [] { train_a_little(true, false); });
  EXPECT_EQ(said.rfind("\r\u2588", 0), 0u) << said;
  EXPECT_NE(said.find("\x1b[K\r\x1b[Kvalid ELBO"), std::string::npos) << said;
  EXPECT_EQ(said.find("?25l"), std::string::npos);  // the cursor is never hidden
  const std::string narrow =
      stderr_of(true, {{"TERM", "xterm"}, {"COLUMNS", "40"}}, [] { train_a_little(true, false); });
  EXPECT_EQ(narrow.rfind("\rstep 5,640/46,900  ELBO -91.23 nats\x1b[K", 0), 0u) << narrow;
}

TEST(Log, FileHasTimestampsAndNeitherHasEscapes) {
  const TemporaryFolder folder;
  const std::string path = folder / "train.log";
  const std::string said = stderr_of(false, {}, [&] {
    log::set_file(path);
    log::info("name \x1b[31mred\x07");
    log::debug("not shown");
    log::set_level(log::Level::error);
    log::warning("kept in the file");
    log::error("bad {} %s");
    log::set_file("");
    log::error("after");
    if (log::num_warnings() != 1) ::_exit(1);
  });
  EXPECT_EQ(said, "name ?[31mred?\nerror: bad {} %s\nerror: after\n");
  const std::string file = slurp(path);
  EXPECT_EQ(file.find('\x1b'), std::string::npos);
  EXPECT_EQ(file.find("not shown"), std::string::npos);
  EXPECT_NE(file.find("  warning: kept in the file\n"), std::string::npos) << file;
  EXPECT_EQ(file.find("after"), std::string::npos);
  // 2026-01-31 12:00:00.123  name
  EXPECT_EQ(file.substr(4, 1) + file.substr(10, 1) + file.substr(19, 1) + file.substr(23, 6),
            "- .  name");
}

TEST(Log, FileThatCannotBeWrittenWarnsOnce) {
  const std::string said = stderr_of(false, {}, [] {
    log::set_file("/dev/full");
    for (int i = 0; i < 3; ++i) log::info("line");
  });
  EXPECT_NE(said.find("warning: /dev/full"), std::string::npos) << said;
  EXPECT_EQ(said.find("warning:"), said.rfind("warning:")) << said;
  EXPECT_NE(said.find("line\n"), std::string::npos);
  const std::string missing = stderr_of(false, {}, [] { log::set_file("/dev/null/train.log"); });
  EXPECT_EQ(missing.rfind("warning: /dev/null/train.log: there will be no log file", 0), 0u)
      << missing;
}

}  // namespace ELBOW_TEST_FILE
}  // namespace elbow
