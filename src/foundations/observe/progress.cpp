#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <vector>

#include "elbow/foundations/observe/log.h"
#include "elbow/foundations/observe/terminal.h"
#include "text_format.h"

namespace elbow {
namespace {

constexpr double kRedrawSeconds = 0.1, kLineSeconds = 10;
constexpr int kBarCells = 12, kBarMinWidth = 60;

std::atomic<Progress*> active{nullptr};

void clear_active() {
  if (Progress* progress = active.load()) progress->clear();
}

double seconds_now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since).count();
}

/// One write: a bar drawn in pieces flickers.
void write_stderr(const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::write(STDERR_FILENO, bytes.data() + done, bytes.size() - done);
    if (n <= 0) return;  // nobody reads; progress is no reason to stop
    done += static_cast<std::size_t>(n);
  }
}

std::string of(std::int64_t done, std::int64_t total) {
  return text::thousands(done) + (total > 0 ? "/" + text::thousands(total) : "");
}

std::string remaining(const ProgressState& state) {
  if (state.steps <= 0 || state.step > state.steps || state.seconds_per_step <= 0) return "";
  return text::duration(static_cast<double>(state.steps - state.step) * state.seconds_per_step);
}

std::string bar(const ProgressState& state, bool utf8) {
  if (state.steps <= 0) return "";
  const double share = static_cast<double>(state.step) / static_cast<double>(state.steps);
  const int full = static_cast<int>(std::clamp(share, 0.0, 1.0) * kBarCells);
  std::string out = utf8 ? "" : "[";
  for (int i = 0; i < kBarCells; ++i) {
    if (utf8)
      out += i < full ? "\u2588" : "\u2591";
    else
      out += i < full ? '#' : '.';
  }
  return out + (utf8 ? " " : "] ");
}

}  // namespace

std::string progress_text(const ProgressState& state, int width) {
  struct Part {
    std::string text;
    int importance;
  };
  const std::string value = state.label + " " + text::fixed(state.value, 2) +
                            (state.unit.empty() ? "" : " " + state.unit);
  std::vector<Part> parts;
  if (state.epoch > 0 || state.epochs > 0)
    parts.push_back({"epoch " + of(state.epoch, state.epochs), 3});
  parts.push_back({"step " + of(state.step, state.steps), 5});
  if (std::isfinite(state.value)) parts.push_back({value, 6});
  if (state.has_best) parts.push_back({"(best " + text::fixed(state.best, 2) + ")", 1});
  if (state.examples_per_second > 0)
    parts.push_back({text::fixed(state.examples_per_second, 0) + " examples/s", 2});
  const std::string eta = remaining(state);
  if (!eta.empty()) parts.push_back({"ETA " + eta, 4});

  const auto join = [&parts] {
    std::string out;
    for (const Part& part : parts)
      out += (out.empty() ? "" : part.importance == 1 ? " " : "  ") + part.text;
    return out;
  };
  const auto limit = static_cast<std::size_t>(std::max(width, 0));
  std::string out = join();
  while (out.size() > limit && parts.size() > 1) {
    parts.erase(std::min_element(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
      return a.importance < b.importance;
    }));
    out = join();
  }
  return out.substr(0, limit);
}

Progress::Progress(const Terminal& terminal, bool enabled, bool quiet)
    : terminal_(terminal), enabled_(enabled), quiet_(quiet) {
  active = this;
  log::set_before_print(&clear_active);
}

Progress::~Progress() {
  clear();
  Progress* self = this;
  if (active.compare_exchange_strong(self, nullptr)) log::set_before_print(nullptr);
}

void Progress::draw(const ProgressState& state) {
  // The last column stays free: a full line would wrap on some terminals.
  const int width = terminal_.width - 1;
  std::string line;
  int left = width;
  if (width >= kBarMinWidth && state.steps > 0) {
    line = bar(state, terminal_.utf8);
    left -= kBarCells + (terminal_.utf8 ? 1 : 3);
  }
  write_stderr("\r" + line + progress_text(state, left) + "\x1b[K");
  drawn_ = true;
}

void Progress::update(const ProgressState& state) {
  if (!enabled_ || quiet_) return;
  const double now = seconds_now();
  if (now - last_ < (terminal_.is_tty ? kRedrawSeconds : kLineSeconds)) return;
  last_ = now;
  if (terminal_.is_tty)
    draw(state);
  else
    log::info(progress_text(state, terminal_.width));
}

void Progress::clear() {
  if (!drawn_) return;
  drawn_ = false;
  write_stderr("\r\x1b[K");
}

void Progress::line(const std::string& text) {
  if (quiet_)
    log::file_only(text);
  else
    log::info(text);
}

}  // namespace elbow
