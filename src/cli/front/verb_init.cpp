#include <filesystem>

#include "cli/common/output.h"
#include "cli/common/output_target.h"
#include "cli/common/starter_config.h"
#include "cli/front/program_files.h"
#include "cli/front/verbs_front.h"
#include "elbow/foundations/config/loader.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/user_code.h"
#include "elbow/foundations/io/sys.h"

namespace elbow::cli {
namespace {

/// A starter that our own loader refuses is a defect of ours, not of the user's data.
void assert_valid(const std::string& text) {
  try {
    load_config_text(text, "starter.yaml", {}, embedded_schema());
  } catch (const ConfigError& error) {
    throw std::logic_error("the starter configuration is refused: " +
                           format(error.diagnostics().at(0)));
  }
}

}  // namespace

int run_init(const CommandLine& line) {
  const std::string file = line.text("output");
  check_outputs(line);
  if (!file.empty() && std::filesystem::exists(file)) {
    throw UsageError(file + ": exists already; nothing was written",
                     "choose another name with -o, or remove the file");
  }
  const std::string text =
      line.has("program")
          ? starter_of_program(line.text("program"), line.text("data"))
          : starter_config(line.has("data") ? inspect_data(line.text("data")) : DataFacts{});
  assert_valid(text);
  const bool is_dry = line.has("dry-run");
  if (!file.empty() && !is_dry) io::write_file(file, text);
  if (line.has("json")) {
    Json fields{{"text", text}};
    if (!file.empty()) fields["file"] = file;
    print_event(is_dry ? "dry_run" : "starter", fields);
  } else if (file.empty()) {
    print(text);
  } else {
    print(is_dry ? "would write " + file + "; nothing was written\n" : file + "\n");
  }
  const char* permission = is_user_code(line.text("program")) ? " --allow-code" : "";
  if (!file.empty() && !is_dry) print_next(line, "elbow train " + file + permission);
  return 0;
}

}  // namespace elbow::cli
