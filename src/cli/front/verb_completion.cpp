#include "cli/common/completion.h"
#include "cli/common/output.h"
#include "cli/front/verbs_front.h"

namespace elbow::cli {

int run_completion(const CommandLine& line) {
  const std::string& shell = line.positional[0];
  const std::string script = completion_script(shell, embedded_schema());
  if (line.has("json")) {
    print_event("completion", {{"shell", shell}, {"script", script}});
  } else {
    print(script);
  }
  return 0;
}

}  // namespace elbow::cli
