#include <curl/curl.h>
#include <openssl/crypto.h>
#include <sched.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>

#include "cli/common/output.h"
#include "cli/front/libtorch_search.h"
#include "cli/front/trainer_process.h"
#include "cli/front/verbs_front.h"
#include "elbow/data/sources/named_set.h"
#include "elbow/foundations/io/version.h"
#include "elbow/foundations/observe/terminal.h"

namespace elbow::cli {
namespace {

struct Finding {
  std::string name, value, remedy;  ///< remedy empty: nothing is missing
};

int usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return ::sched_getaffinity(0, sizeof set, &set) == 0
             ? CPU_COUNT(&set)
             : static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
}

std::string gigabytes(double bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f GB", bytes / 1e9);
  return text;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "not set" : value;
}

Finding data_set(const std::string& name, const std::string& remedy) {
  for (const auto& folder : data::search_folders(name, "")) {
    std::error_code ignored;
    if (std::filesystem::is_directory(folder, ignored)) return {"data " + name, folder, ""};
  }
  return {"data " + name, "not found", remedy};
}

std::vector<Finding> machine() {
  const double page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  std::vector<Finding> out{
      {"elbow", io::kElbowVersion, ""},
      {"processors", std::to_string(usable_processors()), ""},
      {"memory", gigabytes(page * static_cast<double>(::sysconf(_SC_PHYS_PAGES))), ""},
      {"memory available", gigabytes(page * static_cast<double>(::sysconf(_SC_AVPHYS_PAGES))), ""},
  };
  struct statvfs disk {};
  if (::statvfs(".", &disk) == 0) {
    out.push_back(
        {"disk free here",
         gigabytes(static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize)),
         ""});
  }
  for (const char* name : {"OMP_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "ELBOW_DATA"}) {
    out.push_back({name, environment(name), ""});
  }
  return out;
}

std::vector<Finding> libraries(const CommandLine& line) {
  const Terminal terminal = Terminal::detect(line.has("no-color"));
  return {
      {"zlib", zlibVersion(), ""},
      {"libcurl", curl_version_info(CURLVERSION_NOW)->version, ""},
      {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING), ""},
      {"terminal",
       (terminal.is_tty ? "yes, " : "no, ") + std::to_string(terminal.width) + " columns, " +
           (terminal.colour ? "colour" : "no colour") + (terminal.utf8 ? ", UTF-8" : ""),
       ""},
  };
}

/// One line or one event; the trainer's half looks the same.
void print_finding(const CommandLine& line, const Finding& finding) {
  if (line.has("json")) {
    Json fields{{"name", finding.name}, {"value", finding.value}};
    if (!finding.remedy.empty()) fields["remedy"] = finding.remedy;
    print_event("finding", fields);
    return;
  }
  constexpr std::size_t kNameWidth = 24;
  const std::string blanks(finding.name.size() < kNameWidth ? kNameWidth - finding.name.size() : 1,
                           ' ');
  print(finding.name + blanks + finding.value +
        (finding.remedy.empty() ? "" : "; get it: " + finding.remedy) + "\n");
}

}  // namespace

bool print_doctor(const CommandLine& line, const std::string& trainer) {
  std::vector<Finding> findings = machine();
  for (auto& finding : libraries(line)) findings.push_back(std::move(finding));
  for (const char* name : {"fashion_mnist", "mnist", "mnist_static"}) {
    findings.push_back(data_set(name, std::string("elbow data fetch ") + name));
  }
  findings.push_back(data_set("fashion_mnist_small",
                              "run from a clone of the repository, or set ELBOW_HOME to one"));
  findings.push_back(
      {"trainer",
       trainer.empty() ? "not found" : trainer,
       trainer.empty() ? "run scripts/quickstart, or build the target `trainer`" : ""});
  const LibTorchSearch libtorch = trainer.empty() ? LibTorchSearch{} : find_libtorch(trainer);
  if (!libtorch.problem.empty())
    findings.push_back({"libtorch", libtorch.problem, libtorch.remedy});
  for (const auto& finding : findings) print_finding(line, finding);
  return !trainer.empty() && libtorch.problem.empty();
}

}  // namespace elbow::cli
