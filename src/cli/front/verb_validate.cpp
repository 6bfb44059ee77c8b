#include "cli/common/config_summary.h"
#include "cli/common/output.h"
#include "cli/front/program_files.h"
#include "cli/front/trainer_process.h"
#include "cli/front/verbs_front.h"
#include "elbow/foundations/config/loader.h"

namespace elbow::cli {

bool run_validate(const CommandLine& line) {
  const std::string& file = line.positional[0];
  const ResolvedConfig config = load_config(file, line.overrides(), embedded_schema());
  const bool is_left_out =
      config.value.at("model").value("type", "") == "torchscript" && !line.has("allow-code");
  if (!is_left_out && check_program(line, config.value) && !find_trainer().empty()) return true;
  print_valid(file,
              config.value,
              is_left_out ? "the density itself was not loaded: --allow-code runs its code\n" : "",
              line.has("json"));
  print_next(line, "elbow train " + file);
  return false;
}

}  // namespace elbow::cli
