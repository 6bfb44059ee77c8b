#pragma once

#include <cstdint>
#include <string>

namespace elbow {

/// What the terminal on stderr can do (RELIABILITY.md section 7).
struct Terminal {
  bool is_tty = false;  ///< a terminal that knows more than lines: TERM is not "dumb"
  bool colour = false;
  int width = 80;
  bool utf8 = false;
  /// Reads isatty(2), TERM, NO_COLOR, FORCE_COLOR, COLUMNS, ioctl, LANG.
  static Terminal detect(bool no_color = false);
};

/// What one line of progress says.
struct ProgressState {
  std::int64_t epoch = 0, epochs = 0;  ///< epochs 0: unknown
  std::int64_t step = 0, steps = 0;
  std::string label = "ELBO", unit = "nats";  ///< of the primary metric
  double value = 0, best = 0;
  bool has_best = false;
  double examples_per_second = 0;
  double seconds_per_step = 0;  ///< moving median, without evaluation and saving
};

/// A bar with ETA on a terminal (one line, at most 10 redraws a second; the cursor is never hidden,
/// so every exit leaves it whole), plain lines elsewhere (at most one per 10 s). One object at a
/// time: it clears its bar before another line is logged.
class Progress {
 public:
  /// @param enabled false (--no-progress, --json): neither bar nor plain progress lines; `line`
  /// still prints
  /// @param quiet   true (-q): nothing on stderr; `line` goes to the log file only
  Progress(const Terminal& terminal, bool enabled, bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void update(const ProgressState& state);
  void clear();  ///< before another line is printed
  /// One plain line at once (evaluation, checkpoint), whatever the interval.
  void line(const std::string& text);

 private:
  void draw(const ProgressState& state);

  Terminal terminal_;
  bool enabled_, quiet_, drawn_ = false;
  double last_ = -1e9;
};

/// "epoch 12/100  step 5,640/46,900  ELBO -91.23 nats (best -90.98)  12,340 img/s  ETA 00:13:20",
/// cut to `width`: whole parts go first, in the order best, speed, epoch, ETA. ASCII only.
std::string progress_text(const ProgressState& state, int width);

}  // namespace elbow
