#include "cli/trainer/training_profile.h"

#include <ATen/Parallel.h>
#include <ATen/SequenceNumber.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "cli/common/output.h"
#include "elbow/foundations/io/json_file.h"
#include "elbow/foundations/io/sys.h"
#include "elbow/foundations/observe/log.h"
#include "elbow/foundations/observe/profile_files.h"

namespace elbow::cli {

namespace {

using Rows = std::vector<std::vector<std::string>>;

/// Null on the CPU, and where a device cannot be waited for.
std::function<void()> waiting_for(at::Device device) {
  if (device.is_cpu()) return nullptr;
  const c10::impl::VirtualGuardImpl guard(device.type());
  const auto index = device.has_index() ? device.index() : guard.getDevice().index();
  try {
    guard.synchronizeDevice(index);
  } catch (const c10::Error&) {
    return nullptr;
  }
  return [guard, index] { guard.synchronizeDevice(index); };
}

std::string decimals(double value, const char* format) {
  char text[400];  // %f of the largest double has 316 characters
  std::snprintf(text, sizeof text, format, value);
  return text;
}

void add_rows(Rows& rows, const Json& node, std::size_t depth) {
  const auto ms = [&node](const char* key) { return decimals(node.at(key), "%.3f"); };
  rows.push_back({std::string(2 * depth, ' ') + node.at("name").get<std::string>(),
                  ms("mean_ms"),
                  decimals(node.at("share").get<double>() * 100, "%.1f %%"),
                  ms("median_ms"),
                  ms("min_ms"),
                  ms("max_ms")});
  for (const Json& part : node.at("parts")) add_rows(rows, part, depth + 1);
}

std::string steps_table(const Json& profile) {
  Rows rows{{"component", "ms/step", "share", "median", "min", "max"}};
  add_rows(rows, profile.at("step"), /*depth=*/0);
  return text_table(rows, /*right_from=*/1);
}

std::string training_table(const Json& profile) {
  const double all = profile.at("seconds").get<double>();
  Rows rows{{"training", "seconds", "share", "count"}};
  const auto add = [&](const std::string& name, double seconds, const std::string& count) {
    rows.push_back({name,
                    decimals(seconds, "%.3f"),
                    decimals(all > 0 ? seconds / all * 100 : 0, "%.1f %%"),
                    count});
  };
  for (const Json& part : profile.at("training"))
    add(part.at("name"),
        part.at("seconds"),
        part.contains("count") ? std::to_string(part["count"].get<std::int64_t>()) : "");
  add("all", all, "");
  return text_table(rows, /*right_from=*/1);
}

std::string heading(const Json& profile) {
  const auto left_out = profile.at("left_out").get<std::int64_t>();
  const auto threads = profile.at("threads").get<std::int64_t>();
  std::string out = "profile of " + std::to_string(profile.at("steps").get<std::int64_t>()) +
                    " steps on " + profile.at("device").get<std::string>() + ", " +
                    std::to_string(threads) + (threads == 1 ? " thread" : " threads");
  if (left_out > 0) out += ", without the first " + std::to_string(left_out);
  return out + profile.at("remark").get<std::string>() + "\n";
}

std::string remark(at::Device device, bool waits) {
  if (device.is_cpu()) return "";
  return waits ? "; each part waits for the device, so that steps take longer than without"
               : "; the device cannot be waited for: these are the times of launching its work";
}

}  // namespace

TrainingProfile::TrainingProfile(const CommandLine& line,
                                 DeviceChoice device,
                                 const RunDirectory& run)
    : line_(line), device_(std::move(device)), run_(run) {}

void TrainingProfile::record(const Trainer& trainer, const std::function<void()>& train) {
  if (!line_.has("profile")) return train();
  step_before_ = trainer.state().step;
  Profiler::Options options;
  options.wait = waiting_for(device_.device);
  options.next_operation = at::sequence_number::peek;
  profiler_ = std::make_unique<Profiler>(options);
  // What was trained is worth more than how long it took.
  const auto write_or_warn = [&] {
    try {
      write(trainer.state().step);
    } catch (const std::exception& error) {
      log::warning(std::string("the profile was not written: ") + error.what());
    }
  };
  try {
    const ProfilerScope scope(profiler_.get());
    train();
  } catch (...) {
    write_or_warn();
    print();
    throw;
  }
  write_or_warn();
}

void TrainingProfile::write(std::int64_t last_step) {
  const double seconds = static_cast<double>(profiler_->now()) / 1e9;
  if (profiler_->num_steps() == 0) {
    log::info("no step was taken: there is no profile");
    return;
  }
  const Json facts = {{"device", device_.name},
                      {"threads", at::get_num_threads()},
                      {"waits_for_device", profiler_->waits()},
                      {"first_step", step_before_ + 1},
                      {"last_step", last_step}};
  profile_ = facts;
  profile_["remark"] = remark(device_.device, profiler_->waits());
  profile_.update(profile_json(*profiler_, seconds));
  io::write_json(run_.path() + "/profile.json", profile_, /*durable=*/false);
  io::write_file(run_.path() + "/trace.json",
                 chrome_trace(*profiler_, step_before_ + 1, facts),
                 /*durable=*/false);
}

void TrainingProfile::print() const {
  if (profile_.is_null()) return;
  if (line_.has("json")) return print_event("profile", profile_);
  cli::print(heading(profile_) + steps_table(profile_) + "\n" + training_table(profile_) +
             "profile: " + run_.path() + "/profile.json; time line: " + run_.path() +
             "/trace.json (chrome://tracing, https://ui.perfetto.dev)\n");
}

}  // namespace elbow::cli
