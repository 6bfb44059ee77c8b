#pragma once

#include <string>
#include <vector>

namespace elbow::cli {

/// One row of the table of exit codes: `elbow help exit-codes` and docs/cli.md come from it.
struct ExitCodeRow {
  int code;
  std::string meaning, causes, left_behind;
};

const std::vector<ExitCodeRow>& exit_code_table();
std::string exit_codes_text();
std::string exit_codes_markdown();

}  // namespace elbow::cli
