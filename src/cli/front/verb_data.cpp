#include <algorithm>
#include <cstdio>

#include "cli/common/output.h"
#include "cli/common/output_target.h"
#include "cli/front/verbs_front.h"
#include "elbow/data/sources/fetch.h"
#include "elbow/data/sources/info.h"
#include "elbow/foundations/config/loader.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/observe/terminal.h"

namespace elbow::cli {
namespace {

std::string megabytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
  return text;
}

/// A bar that redraws on a terminal; silence elsewhere, where the last line says what came.
class DownloadBar {
 public:
  explicit DownloadBar(const CommandLine& line)
      : terminal_(Terminal::detect(line.has("no-color"))),
        enabled_(terminal_.is_tty && !line.has("no-progress") && !line.has("quiet") &&
                 !line.has("json")) {}
  ~DownloadBar() {
    if (drawn_) std::fputs("\r\x1b[K", stderr);
  }
  DownloadBar(const DownloadBar&) = delete;
  DownloadBar& operator=(const DownloadBar&) = delete;

  void update(const std::string& file, std::uint64_t done, std::uint64_t all) {
    if (!enabled_) return;
    std::string text = file.substr(file.rfind('/') + 1) + "  " + megabytes(done);
    if (all > 0) text += " of " + megabytes(all) + "  " + std::to_string(100 * done / all) + " %";
    text.resize(std::min<std::size_t>(text.size(),
                                      static_cast<std::size_t>(std::max(1, terminal_.width - 1))));
    std::fprintf(stderr, "\r\x1b[K%s", text.c_str());
    drawn_ = true;
  }

 private:
  Terminal terminal_;
  bool enabled_, drawn_ = false;
};

int fetch(const CommandLine& line) {
  check_outputs(line);
  const std::string& name = line.positional[1];
  data::FetchOptions options;
  options.mirror = line.text("mirror");
  options.folder = line.text("folder");
  options.dry_run = line.has("dry-run");
  std::string folder;
  {
    DownloadBar bar(line);
    options.progress = [&bar](const std::string& file, std::uint64_t done, std::uint64_t all) {
      bar.update(file, done, all);
    };
    folder = data::fetch(name, options);
  }
  if (line.has("json")) {
    print_event(options.dry_run ? "dry_run" : "fetched", {{"name", name}, {"folder", folder}});
  } else {
    print(options.dry_run ? "would write " + folder + "; nothing was written\n" : folder + "\n");
  }
  return 0;
}

int info(const CommandLine& line) {
  for (const char* flag : {"mirror", "folder", "dry-run"}) {
    if (line.has(flag)) {
      throw UsageError(
          std::string("command line: error: data info: --") + flag + " is a flag of data fetch",
          "elbow help data");
    }
  }
  const std::string& file = line.positional[1];
  if (line.has("json")) {
    print_event("data", data::data_info(file));
  } else {
    print(data::describe_data_file(file));
  }
  return 0;
}

}  // namespace

int run_data(const CommandLine& line) {
  const std::string& action = line.positional[0];
  if (action == "fetch") return fetch(line);
  if (action == "info") return info(line);
  const std::string near = nearest_word(action, {"fetch", "info"});
  throw UsageError("command line: error: data: expected fetch or info, got '" + action + "'" +
                       (near.empty() ? "" : "; did you mean '" + near + "'?"),
                   "elbow help data");
}

}  // namespace elbow::cli
