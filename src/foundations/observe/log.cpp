#include "elbow/foundations/observe/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <memory>
#include <mutex>

#include "text_format.h"

namespace elbow::log {
namespace {

struct State {
  std::mutex mutex;
  Level level = Level::info;
  std::shared_ptr<spdlog::logger> screen, file;
  std::atomic<void (*)()> before_print{nullptr};
  std::atomic<std::size_t> num_warnings{0};
  bool file_failed = false;

  State() {
    screen = std::make_shared<spdlog::logger>("stderr",
                                              std::make_shared<spdlog::sinks::stderr_sink_mt>());
    screen->set_pattern("%v");
    screen->set_level(spdlog::level::trace);
    screen->flush_on(spdlog::level::trace);
    // stderr may be closed or full: there is nowhere left to say so.
    screen->set_error_handler([](const std::string&) {});
  }
};

State& state() {
  // Never destroyed: a line may be logged by another object's destructor after main returned.
  static State* const instance = new State;
  return *instance;
}

void print(State& s, const std::string& line) {
  if (void (*hook)() = s.before_print.load()) hook();
  s.screen->log(spdlog::level::info, "{}", line);
}

void write_to_file(State& s, const std::string& line) {
  if (!s.file) return;
  s.file->log(spdlog::level::info, "{}", line);
}

void put(Level level, const char* prefix, const std::string& raw) {
  State& s = state();
  const std::string line = prefix + text::without_controls(raw);
  const std::lock_guard<std::mutex> lock(s.mutex);
  if (level >= s.level) print(s, line);
  if (level >= Level::info || level >= s.level) write_to_file(s, line);
}

}  // namespace

void set_level(Level level) {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  s.level = level;
}

void set_file(const std::string& path) {
  State& s = state();
  std::string failure;
  {
    const std::lock_guard<std::mutex> lock(s.mutex);
    s.file.reset();
    s.file_failed = false;
    if (path.empty()) return;
    try {
      auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path, /*truncate=*/false);
      s.file = std::make_shared<spdlog::logger>("file", std::move(sink));
      s.file->set_pattern("%Y-%m-%d %H:%M:%S.%e  %v");
      s.file->set_level(spdlog::level::trace);
      s.file->flush_on(spdlog::level::trace);
      s.file->set_error_handler([path](const std::string& reason) {
        State& own = state();  // the mutex is held by whoever logs
        if (own.file_failed) return;
        own.file_failed = true;
        ++own.num_warnings;
        print(own, "warning: " + path + ": lines are missing from here on: " + reason);
      });
    } catch (const spdlog::spdlog_ex& failed) {
      failure = failed.what();
    }
  }
  if (!failure.empty()) warning(path + ": there will be no log file: " + failure);
}

void debug(const std::string& line) { put(Level::debug, "", line); }
void info(const std::string& line) { put(Level::info, "", line); }

void warning(const std::string& line) {
  ++state().num_warnings;
  put(Level::warning, "warning: ", line);
}

void error(const std::string& line) { put(Level::error, "error: ", line); }

void file_only(const std::string& line) {
  State& s = state();
  const std::lock_guard<std::mutex> lock(s.mutex);
  write_to_file(s, text::without_controls(line));
}

void set_before_print(void (*hook)()) { state().before_print.store(hook); }

std::size_t num_warnings() { return state().num_warnings.load(); }

}  // namespace elbow::log
