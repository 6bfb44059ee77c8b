#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace elbow {

/// Exit codes of every verb (docs/exit-codes, `elbow help exit-codes`).
enum ExitCode : int {
  kDone = 0,
  kInternalError = 1,
  kUserError = 2,
  kIoFailure = 74,
  kStopped = 75,
  kNumericalFailure = 86,
  kInterrupted = 130,
};

/// Base of every error that `main` turns into one line and an exit code.
class Error : public std::runtime_error {
 public:
  /// @param message where, what was expected, what came, in one line
  /// @param help    what to do about it; may be empty
  explicit Error(const std::string& message, std::string help = "")
      : std::runtime_error(message), help_(std::move(help)) {}
  const std::string& help() const { return help_; }
  virtual int exit_code() const = 0;

 private:
  std::string help_;
};

/// A wrong command line, or a request that cannot be met (exit 2).
class UsageError : public Error {
 public:
  using Error::Error;
  int exit_code() const override { return kUserError; }
};

/// A missing, unreadable or malformed input file (exit 2).
class DataError : public Error {
 public:
  using Error::Error;
  int exit_code() const override { return kUserError; }
};

/// Output could not be written, or a device failed a read half way (exit 74).
class IoError : public Error {
 public:
  using Error::Error;
  int exit_code() const override { return kIoFailure; }
};

/// The NaN policy gave up (exit 86).
class NumericalError : public Error {
 public:
  using Error::Error;
  int exit_code() const override { return kNumericalFailure; }
};

/// Stopped by a signal or a time limit after everything was saved (exit 75).
class Stopped : public Error {
 public:
  using Error::Error;
  int exit_code() const override { return kStopped; }
};

/// One mistake in a configuration, with its place.
struct Diagnostic {
  std::string file;         ///< file as the user named it, or "command line"
  int line = 0;             ///< 1-based; 0 when the place is not in a file
  int column = 0;           ///< 1-based
  std::string path;         ///< dotted key, e.g. guide.flows[0].count
  std::string message;      ///< "must be >= 1, got 0"
  std::string source_line;  ///< the text of that line, for the marker
  int length = 1;           ///< how many characters the marker underlines
  std::string suggestion;   ///< "did you mean 'latent_size'?"; may be empty
  std::string help;         ///< e.g. "elbow describe optimizer"; may be empty
};

/// Every mistake of a configuration at once (exit 2).
class ConfigError : public Error {
 public:
  explicit ConfigError(std::vector<Diagnostic> diagnostics);
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }
  int exit_code() const override { return kUserError; }

 private:
  std::vector<Diagnostic> diagnostics_;
};

/// "file:line:col: error: path: message", the source line, the marker and the help.
std::string format(const Diagnostic& diagnostic);

}  // namespace elbow
