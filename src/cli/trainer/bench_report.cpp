#include <ATen/Parallel.h>
#include <ATen/Version.h>

#include <cmath>
#include <cstdio>
#include <thread>

#include "cli/common/output.h"
#include "cli/trainer/bench_session.h"
#include "elbow/runs/benchmark/ceiling.h"

namespace elbow::cli {
namespace {

/// Four digits, and commas between thousands: 12,345; 174.6; 0.0840.
std::string speed_text(const Json& value) {
  const double number = value.get<double>();
  char text[64];
  if (number < 1000) {
    const int decimals = number < 1 ? 4 : number < 10 ? 3 : number < 100 ? 2 : 1;
    std::snprintf(text, sizeof text, "%.*f", decimals, number);
    return text;
  }
  std::snprintf(text, sizeof text, "%.0f", number);
  std::string out = text;
  for (std::size_t at = out.size(); at > 3; at -= 3) out.insert(at - 3, ",");
  return out;
}

std::string line_of(const std::string& name, const std::string& text) {
  return "  " + name + std::string(12 - name.size(), ' ') + text + "\n";
}

std::string plural(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string speed_line(const Json& report) {
  const std::string unit = report.at("unit");
  const std::size_t windows = report.at("windows").size();
  std::string out = speed_text(report.at("median")) + " " + unit;
  if (windows > 1)
    out += "   (" + speed_text(report.at("lowest")) + " to " + speed_text(report.at("highest")) +
           " in " + plural(windows, "window") + ")";
  if (unit == "steps/s" && report.at("median").get<double>() < 20) {
    const double seconds = 1 / report.at("median").get<double>();
    out += "   " + speed_text(seconds) + " s a step";
  }
  if (report.contains("examples_per_second"))
    out += "   " + speed_text(report.at("examples_per_second")) + " examples/s";
  return line_of("speed", out);
}

/// What was had of the processors: less than was asked for when something else runs beside.
std::string load_line(const Json& report) {
  if (!report.contains("processors")) return "";
  const double busy = report.at("processors").get<double>();
  const double threads = report.at("threads").get<double>();
  char text[96];
  std::snprintf(
      text,
      sizeof text,
      "%.2f of %.0f at work%s",
      busy,
      threads,
      threads == 1 && busy < 0.9 ? ": something else runs beside, and the speed is too low" : "");
  return line_of("processors", text);
}

std::string work_lines(const Json& report) {
  if (!report.contains("flops")) return "";
  const bool is_steps = report.at("unit") == "steps/s";
  const Json& ceiling = report.at("ceiling");
  std::string work = speed_text(1e-6 * report.at("flops").get<double>()) + " MFLOP of products";
  std::string most =
      speed_text(ceiling.at("gflops")) + " GFLOP/s by LibTorch's products of these sizes";
  if (report.contains("optimizer_bytes")) {
    work += ", " + speed_text(1e-6 * report.at("optimizer_bytes").get<double>()) +
            " MB by the optimizer";
    most += ", " + speed_text(ceiling.at("gb_per_second")) + " GB/s over as much memory";
  }
  char share[32];
  std::snprintf(share, sizeof share, "%.0f %%", 100 * report.at("share").get<double>());
  return line_of("work", work + (is_steps ? ", a step" : ", a sample")) +
         line_of("reached", speed_text(report.at("gflops")) + " GFLOP/s") +
         line_of("ceiling", most) +
         line_of("limit",
                 speed_text(report.at("limit")) + " " + report.at("unit").get<std::string>() +
                     " when nothing else took time: " + share + " of it reached");
}

std::string machine_text(const Json& report) {
  std::string out;
  for (const Json& product : report.at("products")) {
    char text[96];
    std::snprintf(text,
                  sizeof text,
                  "%lld x %lld x %lld, %s",
                  static_cast<long long>(product.at("m").get<std::int64_t>()),
                  static_cast<long long>(product.at("k").get<std::int64_t>()),
                  static_cast<long long>(product.at("n").get<std::int64_t>()),
                  product.at("dtype").get<std::string>().c_str());
    out += line_of("product", speed_text(product.at("gflops")) + " GFLOP/s   " + text);
  }
  for (const Json& stream : report.at("streams"))
    out += line_of("memory",
                   speed_text(stream.at("gb_per_second")) + " GB/s   a <- b + c s over " +
                       speed_text(1e-6 * stream.at("bytes").get<double>()) + " MB");
  return out;
}

}  // namespace

std::string bench_text(const Json& report) {
  std::string title = report.at("job").get<std::string>();
  if (report.contains("summary")) title += "  " + report.at("summary").get<std::string>();
  std::string joint = ", but with ";
  for (const Json& key : report.value("overrides", Json::array())) {
    title += joint + key.get<std::string>();
    joint = " ";
  }
  const std::string processor = plural(report.at("threads").get<std::size_t>(), "thread") + ", " +
                                report.at("instruction_set").get<std::string>();
  if (report.contains("products"))
    return title + "\n" + line_of("machine", processor) + machine_text(report);
  const bool stand_in = report.at("stand_in").get<bool>();
  std::string out =
      title + "\n" +
      line_of("data",
              report.at("data").get<std::string>() +
                  (stand_in ? ", in place of data that is not here or was not asked for" : "")) +
      line_of("machine",
              processor + ", " + report.at("dtype").get<std::string>() + ", " +
                  report.at("device").get<std::string>()) +
      speed_line(report) + load_line(report) + work_lines(report);
  if (report.contains("quality")) {
    const Json& quality = report.at("quality");
    out += line_of("quality",
                   quality.at("name").get<std::string>() + " " +
                       number_text(quality.at("value"), "%.4f") + " after " +
                       plural(quality.at("steps").get<std::size_t>(), "step"));
  }
  return out + line_of("memory", speed_text(report.at("peak_mib")) + " MiB at most");
}

Json measure_machine(const CommandLine& line) {
  const std::string asked = line.text("threads", "auto");
  const int threads = asked == "auto"
                          ? static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))
                          : std::stoi(asked);
  at::set_num_threads(threads);
  Json products = Json::array(), streams = Json::array();
  const auto product = [&](const ProductShape& shape, at::ScalarType dtype, const char* name) {
    const double seconds = seconds_of_products({{shape, 1}}, dtype);
    products.push_back({{"m", shape.m},
                        {"k", shape.k},
                        {"n", shape.n},
                        {"dtype", name},
                        {"gflops", 1e-9 * shape.flops() / seconds}});
  };
  product({1, 128, 784, 400}, at::kFloat, "float32");
  product({1, 2048, 2048, 2048}, at::kFloat, "float32");
  product({1, 1024, 1024, 1024}, at::kDouble, "float64");
  for (const double bytes : {6e6, 512e6})
    streams.push_back({{"bytes", bytes}, {"gb_per_second", 1e-9 * stream_rate(bytes)}});
  return {{"threads", threads},
          {"instruction_set", at::get_cpu_capability()},
          {"products", products},
          {"streams", streams}};
}

}  // namespace elbow::cli
