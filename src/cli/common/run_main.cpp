#include "cli/common/run_main.h"

#include <csignal>
#include <cstdio>
#include <new>
#include <vector>

#include "cli/common/output.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/version.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/foundations/observe/terminal.h"

namespace elbow::cli {
namespace {

constexpr char kReport[] =
    "this is a defect of elbow; please report it with the command line and the output of "
    "`elbow doctor` (-v shows the trace)";

/// "error: WHAT", unless the message already says where: "vae.yaml:3:1: error: ..."
std::string error_line(const std::string& message) {
  return (message.find("error: ") == std::string::npos ? "error: " : "") + message + "\n";
}

std::string help_line(const std::string& help) {
  return help.empty() ? "" : " help: " + help + "\n";
}

Json error_fields(int code, const std::string& message, const std::string& help) {
  Json fields{{"code", code}, {"message", message}};
  if (!help.empty()) fields["help"] = help;
  return fields;
}

FailureText of_config(const ConfigError& failure) {
  FailureText out{failure.exit_code(), "", ""};
  for (const auto& diagnostic : failure.diagnostics()) {
    std::string text = format(diagnostic);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    out.text += text + "\n";
    Json fields = error_fields(out.exit_code, diagnostic.message, diagnostic.help);
    fields["file"] = diagnostic.file;
    if (diagnostic.line > 0) fields["line"] = diagnostic.line;
    if (diagnostic.line > 0 && diagnostic.column > 0) fields["column"] = diagnostic.column;
    if (!diagnostic.path.empty()) fields["path"] = diagnostic.path;
    if (!diagnostic.suggestion.empty()) fields["suggestion"] = diagnostic.suggestion;
    out.json_lines += event_line("error", fields);
  }
  const std::size_t count = failure.diagnostics().size();
  out.text +=
      std::to_string(count) + (count == 1 ? " error" : " errors") + "; nothing was written\n";
  return out;
}

FailureText of_error(const Error& failure) {
  const int code = failure.exit_code();
  const std::string message = failure.what();
  // A saved stop is what was asked for, not an error.
  const bool is_stop = code == kStopped;
  return {code,
          (is_stop ? message + "\n" : error_line(message)) + help_line(failure.help()),
          event_line(is_stop ? "stopped" : "error", error_fields(code, message, failure.help()))};
}

FailureText internal(const std::string& what, bool trace) {
  // Libraries append a backtrace after the first line.
  const std::string first = what.substr(0, what.find('\n'));
  return {kInternalError,
          "error: internal: " + (trace ? what : first) + "\n" + help_line(kReport),
          event_line("error", error_fields(kInternalError, "internal: " + first, kReport))};
}

std::string paint(const std::string& text) {
  std::string out = text;
  const std::string word = "error: ";
  std::size_t at = 0;
  while ((at = out.find(word, at)) != std::string::npos) {
    const std::size_t line_start =
        out.rfind('\n', at) == std::string::npos ? 0 : out.rfind('\n', at) + 1;
    const bool is_label = at == line_start || (at >= 2 && out.compare(at - 2, 2, ": ") == 0);
    const std::string painted = is_label ? "\x1b[1;31merror:\x1b[0m " : word;
    out.replace(at, word.size(), painted);
    at += painted.size();
  }
  return out;
}

/// What the arguments say even when they cannot be parsed.
struct Wishes {
  bool json = false, verbose = false, no_color = false;
  explicit Wishes(const std::vector<std::string>& arguments) {
    for (const auto& argument : arguments) {
      json = json || argument == "--json";
      verbose = verbose || argument == "--verbose" || argument == "-v";
      no_color = no_color || argument == "--no-color";
    }
  }
};

int report_failure(const std::exception_ptr& exception, const Wishes& wishes) {
  const FailureText failure = describe_failure(exception, wishes.verbose);
  const std::string text =
      Terminal::detect(wishes.no_color).colour ? paint(failure.text) : failure.text;
  std::fputs(text.c_str(), stderr);
  if (wishes.json && std::ferror(stdout) == 0) {
    std::fputs(failure.json_lines.c_str(), stdout);
    std::fflush(stdout);
  }
  return failure.exit_code;
}

int answer(const std::vector<std::string>& arguments,
           const std::function<int(const CommandLine&)>& body) {
  const CommandLine line = parse_command_line(arguments);
  if (line.has("json")) std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  log::set_level(line.has("quiet")     ? log::Level::warning
                 : line.has("verbose") ? log::Level::debug
                                       : log::Level::info);
  int code = kDone;
  const bool asks_for_help = line.has("help");
  if (asks_for_help && line.verb != "help") {
    print(help_text(*find_verb(line.verb)));
  } else if (line.verb == "version") {
    line.has("json") ? print_event("version", {{"version", io::kElbowVersion}})
                     : print(std::string("elbow ") + io::kElbowVersion + "\n");
  } else {
    code = body(line);
  }
  flush_output();
  return code;
}

}  // namespace

FailureText describe_failure(const std::exception_ptr& failure, bool trace) {
  try {
    std::rethrow_exception(failure);
  } catch (const OutputClosed&) {
    return {kDone, "", ""};
  } catch (const ConfigError& error) {
    return of_config(error);
  } catch (const Error& error) {
    return of_error(error);
  } catch (const std::bad_alloc&) {
    return of_error(UsageError("out of memory", "ask for less at once, or free memory"));
  } catch (const std::exception& error) {
    const std::string what = error.what();
    // LibTorch's CPU allocator: the request of a batch or a model, not a defect.
    if (what.find("can't allocate memory") != std::string::npos ||
        what.find("CUDA out of memory") != std::string::npos)
      return of_error(UsageError(
          "out of memory: " + what.substr(0, what.find('\n')),
          "set a smaller trainer.batch_size, or trainer.accumulate to compute a batch in pieces"));
    return internal(what, trace);
  } catch (...) {
    return internal("an exception of unknown type", trace);
  }
}

int run_main(int argc, char** argv, const std::function<int(const CommandLine&)>& body) {
  // A reader that goes away is seen as EPIPE; a file-size limit as EFBIG.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  try {
    return answer(arguments, body);
  } catch (...) {
    return report_failure(std::current_exception(), Wishes(arguments));
  }
}

}  // namespace elbow::cli
