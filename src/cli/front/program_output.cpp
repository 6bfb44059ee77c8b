#include "cli/front/program_output.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace elbow::cli {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> environment_with(const std::vector<std::string>& variables) {
  std::vector<std::string> out = variables;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    bool is_replaced = false;
    for (const auto& variable : variables)
      if (text.compare(0, text.find('=') + 1, variable, 0, variable.find('=') + 1) == 0)
        is_replaced = true;
    if (!is_replaced) out.push_back(text);
  }
  return out;
}

/// Everything until the end, which comes when the other side is closed.
std::string read_all(int file) {
  std::string out;
  char part[4096];
  for (ssize_t size = 1; size != 0;) {
    size = ::read(file, part, sizeof part);
    if (size < 0 && errno != EINTR) break;
    if (size > 0) out.append(part, static_cast<std::size_t>(size));
  }
  return out;
}

}  // namespace

std::string program_output(const std::vector<std::string>& words,
                           const std::vector<std::string>& variables) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return "";
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<std::string> arguments = words, environment = environment_with(variables);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child,
                                    words.front().c_str(),
                                    &actions,
                                    nullptr,
                                    pointers(arguments).data(),
                                    pointers(environment).data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  const std::string out = failed == 0 ? read_all(ends[0]) : "";
  ::close(ends[0]);
  if (failed == 0)
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
  return out;
}

}  // namespace elbow::cli
