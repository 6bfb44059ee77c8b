#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace elbow::data {

/// A web server on 127.0.0.1 for one test: GET with Range, one connection at a time, and faults on
/// demand.
class HttpServer {
 public:
  HttpServer() {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (socket_ < 0 || ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(socket_, 8) != 0 ||
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("cannot start a server on 127.0.0.1");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~HttpServer() {
    ::shutdown(socket_, SHUT_RDWR);
    ::close(socket_);
    thread_.join();
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void put(const std::string& name, const std::string& bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    files_["/" + name] = bytes;
  }
  /// The next answer ends after this many bytes of its body.
  void cut_next_after(std::size_t bytes) { cut_after_ = static_cast<long>(bytes); }
  void ignore_ranges() { has_ranges_ = false; }
  /// "path" or "path from N" of each request so far.
  std::vector<std::string> requests() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    for (;;) {
      const int client = ::accept(socket_, nullptr, nullptr);
      if (client < 0) return;
      answer(client);
      ::close(client);
    }
  }

  void answer(int client) {
    std::string request;
    char buffer[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = ::recv(client, buffer, sizeof(buffer), 0);
      if (got <= 0) return;
      request.append(buffer, static_cast<std::size_t>(got));
    }
    const std::string path = request.substr(4, request.find(' ', 4) - 4);
    const std::size_t range = request.find("Range: bytes=");
    const std::size_t from =
        has_ranges_ && range != std::string::npos ? std::stoul(request.substr(range + 13)) : 0;
    const std::lock_guard<std::mutex> lock(mutex_);
    requests_.push_back(path + (from > 0 ? " from " + std::to_string(from) : ""));
    const auto file = files_.find(path);
    if (file == files_.end())
      return send_all(client,
                      "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    const std::string& bytes = file->second;
    if (from >= bytes.size()) {
      return send_all(
          client,
          "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    std::string head = from > 0
                           ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " +
                                 std::to_string(from) + "-" + std::to_string(bytes.size() - 1) +
                                 "/" + std::to_string(bytes.size()) + "\r\n"
                           : "HTTP/1.1 200 OK\r\n";
    head +=
        "Content-Length: " + std::to_string(bytes.size() - from) + "\r\nConnection: close\r\n\r\n";
    const long cut = cut_after_.exchange(-1);
    send_all(
        client,
        head + bytes.substr(from, cut < 0 ? std::string::npos : static_cast<std::size_t>(cut)));
  }

  static void send_all(int client, const std::string& text) {
    std::size_t done = 0;
    while (done < text.size()) {
      const ssize_t sent = ::send(client, text.data() + done, text.size() - done, MSG_NOSIGNAL);
      if (sent <= 0) return;
      done += static_cast<std::size_t>(sent);
    }
  }

  int socket_ = -1;
  int port_ = 0;
  std::thread thread_;
  std::mutex mutex_;
  std::map<std::string, std::string> files_;
  std::vector<std::string> requests_;
  std::atomic<long> cut_after_{-1};
  std::atomic<bool> has_ranges_{true};
};

}  // namespace elbow::data
