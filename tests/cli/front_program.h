#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "cli/front_test_support.h"
#include "elbow/foundations/core/config_node.h"
#include "elbow/foundations/io/checkpoint_store.h"
#include "elbow/foundations/io/safetensors.h"

namespace elbow::test {

/// Accepts connections in the kernel's queue and never answers.
class SilentServer {
 public:
  SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* general = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_, general, size) != 0 || ::listen(socket_, 8) != 0 ||
        ::getsockname(socket_, general, &size) != 0) {
      throw std::runtime_error("no local socket");
    }
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { ::close(socket_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  bool has_connection() const {
    pollfd waiting{socket_, POLLIN, 0};
    return ::poll(&waiting, 1, 0) > 0;
  }
  std::string address() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_, port_ = 0;
};

class Program : public ::testing::Test {
 protected:
  void SetUp() override { ELBOW_NEEDS_PROGRAM(); }

  /// Runs in the test's own folder.
  test::RunResult run(std::vector<std::string> arguments, test::RunOptions options = {}) {
    options.directory = folder_.path();
    return test::elbow(std::move(arguments), options);
  }

  /// A run directory as far as the front end looks into it.
  void make_run(const std::string& name) {
    const auto starter = run({"init"});
    ASSERT_EQ(starter.exit_code, 0) << starter.err;
    folder_.write(name + "/config.yaml", starter.out);
    folder_.write(
        name + "/run.json",
        R"({"status": "completed", "step": 20, "last": {"elbo": -101.25}, "best": {"value": -100.5, "step": 10}})");
    folder_.write(name + "/metrics.jsonl",
                  R"({"step": 20, "epoch": 1, "split": "train", "elbo": -101.25})"
                  "\n");
    folder_.write(name + "/environment.json", "{}");
    io::CheckpointStore store(folder_ / (name + "/checkpoints"));
    const float weight[2] = {1, 2};
    const io::TensorView tensor{"decoder.weight",
                                io::DType::F32,
                                {2},
                                reinterpret_cast<const char*>(weight),
                                sizeof weight};
    const io::CheckpointFiles files{{"model.safetensors", io::encode_safetensors({tensor})},
                                    {"state.json", "{}"}};
    store.save(10, files, Json::object(), /*is_best=*/true);
    store.save(20, files, Json::object(), /*is_best=*/false);
  }

  /// A copy of the program with a trainer that says how it was started.
  std::string with_fake_trainer() {
    std::filesystem::create_directories(folder_ / "bin/libexec/elbow");
    std::filesystem::copy_file(test::elbow_binary(), folder_ / "bin/elbow");
    folder_.write(
        "bin/libexec/elbow/trainer",
        "#!/bin/sh\nfor a in \"$@\"; do echo \"arg:$a\"; done\nenv | grep -E 'OMP|CUBLAS' | sort\n"
        // Read by the shell itself: its children get a mask of the shell's making.
        "while read -r line; do case \"$line\" in SigBlk*) echo \"$line\";; esac; done < "
        "/proc/$$/status\nexit 7\n");
    ::chmod((folder_ / "bin/libexec/elbow/trainer").c_str(), 0755);
    return folder_ / "bin/elbow";
  }

  test::CliFolder folder_;
};

}  // namespace elbow::test
