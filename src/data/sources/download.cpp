#include "elbow/data/sources/download.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <exception>
#include <memory>
#include <mutex>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/io/sys.h"

namespace elbow::data {
namespace {

constexpr long kConnectSeconds = 15;
constexpr long kStalledSeconds = 30;  // without a byte

/// The part file, open for appending.
class PartFile {
 public:
  PartFile(const std::string& path, bool keep) : path_(path) {
    fd_ = io::sys().open(
        path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (keep ? 0 : O_TRUNC), 0644);
    if (fd_ < 0) io::throw_io_error("cannot open", path, errno);
  }
  ~PartFile() {
    if (fd_ >= 0) io::sys().close(fd_);
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  /// @return 0, or the error number
  int append(const char* data, std::size_t size) {
    while (size > 0) {
      const ssize_t done = io::sys().write(fd_, data, size);
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) return done < 0 ? errno : ENOSPC;
      data += done;
      size -= static_cast<std::size_t>(done);
    }
    return 0;
  }

  void sync() {
    if (io::sys().fsync(fd_) != 0) io::throw_io_error("cannot sync", path_, errno);
  }

 private:
  std::string path_;
  int fd_ = -1;
};

/// State of one transfer, as the callbacks of libcurl see it. Exceptions must not cross C code:
/// they wait here.
struct Transfer {
  PartFile* file;
  const DownloadProgress* progress;
  std::uint64_t start;
  std::uint64_t received;
  std::uint64_t max_size;
  int disk_error = 0;
  bool is_too_large = false;
  std::exception_ptr thrown;
};

std::size_t on_data(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.received += size;
  if (transfer.start + transfer.received > transfer.max_size) {
    transfer.is_too_large = true;
    return 0;
  }
  transfer.disk_error = transfer.file->append(data, size);
  return transfer.disk_error == 0 ? size : 0;
}

int on_progress(void* user, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (!*transfer.progress || now == 0) return 0;
  try {
    const auto whole = total > 0 ? transfer.start + static_cast<std::uint64_t>(total) : 0;
    (*transfer.progress)(transfer.start + static_cast<std::uint64_t>(now), whole);
  } catch (...) {
    transfer.thrown = std::current_exception();
    return 1;
  }
  return 0;
}

std::uint64_t size_of(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

void initialise_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

Handle make_handle(const std::string& url, Transfer& transfer, char* error_text) {
  initialise_curl();
  Handle handle(curl_easy_init(), &curl_easy_cleanup);
  if (!handle) throw IoError("libcurl: cannot start");
  CURL* curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  // No file://, no ftp://, also not by a redirect.
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kStalledSeconds);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "elbow");
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error_text);
  curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(transfer.start));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_data);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  return handle;
}

/// True when the server cannot continue where the part ends, so that the next try must begin anew.
bool cannot_resume(CURLcode code, long status) {
  return code == CURLE_RANGE_ERROR || (code == CURLE_HTTP_RETURNED_ERROR && status == 416);
}

[[noreturn]] void refuse(const std::string& url,
                         const std::string& part,
                         const Transfer& transfer,
                         const std::string& reason) {
  if (transfer.thrown) std::rethrow_exception(transfer.thrown);
  if (transfer.disk_error != 0) io::throw_io_error("cannot write", part, transfer.disk_error);
  if (transfer.is_too_large) {
    io::sys().unlink(part.c_str());
    throw IoError(url + ": expected at most " + std::to_string(transfer.max_size) +
                      " bytes, the server sends more",
                  "another mirror: elbow data fetch NAME --mirror URL");
  }
  throw IoError(url + ": " + reason,
                "run the same command again to continue, or name a mirror with --mirror URL");
}

/// One request. @return false when the part must be dropped and the request repeated
bool transfer_once(const std::string& url,
                   const std::string& part,
                   std::uint64_t start,
                   std::uint64_t max_size,
                   const DownloadProgress& progress) {
  PartFile file(part, /*keep=*/start > 0);
  Transfer transfer{&file, &progress, start, 0, max_size, 0, false, nullptr};
  char error_text[CURL_ERROR_SIZE] = "";
  const Handle handle = make_handle(url, transfer, error_text);
  const CURLcode code = curl_easy_perform(handle.get());
  file.sync();
  if (code == CURLE_OK) return true;
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  if (start > 0 && cannot_resume(code, status)) return false;
  refuse(url, part, transfer, error_text[0] ? error_text : curl_easy_strerror(code));
}

}  // namespace

void require_http(const std::string& url) {
  if (url.rfind("http://", 0) == 0 || url.rfind("https://", 0) == 0) return;
  throw DataError(
      "mirror: expected an address that begins with https:// or http://, got '" + url + "'",
      "copy local files into the folder instead; elbow data fetch --dry-run names it");
}

bool download(const std::string& url,
              const std::string& part,
              std::uint64_t max_size,
              const DownloadProgress& progress) {
  require_http(url);
  const std::uint64_t start = size_of(part);
  if (transfer_once(url, part, start, max_size, progress)) return start > 0;
  transfer_once(url, part, 0, max_size, progress);
  return false;
}

}  // namespace elbow::data
