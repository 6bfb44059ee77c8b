// What of a program only an evaluation finds: `validate` and `describe program`.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <functional>
#include <map>

#include "cli/common/config_summary.h"
#include "cli/common/output.h"
#include "cli/trainer/verbs_trainer.h"
#include "elbow/foundations/config/scalar.h"
#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/user_code.h"
#include "elbow/foundations/io/json_file.h"
#include "elbow/models/programs/program_target.h"
#include "elbow/models/programs/script_target.h"
#include "elbow/runs/train/full_schema.h"

namespace elbow::cli {
namespace {

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string sizes_in_words(const Target& target) {
  return counted(static_cast<std::size_t>(target.size()), "unconstrained number") + ", " +
         std::to_string(target.quantities().size()) + " quantities" + "\n";
}

/// A point of each row. @throws DataError
Tensor points_in(const std::string& file, std::int64_t size) {
  const Json rows = io::read_json(file);
  std::vector<double> numbers;
  bool fits = rows.is_array() && !rows.empty();
  for (std::size_t i = 0; fits && i < rows.size(); ++i) {
    fits = rows[i].is_array() && static_cast<std::int64_t>(rows[i].size()) == size;
    for (std::size_t j = 0; fits && j < rows[i].size(); ++j) {
      fits = rows[i][j].is_number();
      if (fits) numbers.push_back(rows[i][j].get<double>());
    }
  }
  if (!fits)
    throw DataError(file + ": expected points of " + std::to_string(size) + " numbers each",
                    "write [[...], [...]], numbers in the order of the parameters");
  return at::tensor(numbers, at::kDouble).view({-1, size});
}

/// @param reason_against a point [D], why it has no density; "" for one that has
void print_densities(const Target& target,
                     const Tensor& points,
                     const std::function<std::string(const Tensor&)>& reason_against) {
  for (std::int64_t i = 0; i < points.size(0); ++i) {
    const Tensor point = points[i].clone().set_requires_grad(true);
    const std::string reason = reason_against(point);
    if (!reason.empty()) {
      print_event("point", {{"rejected", reason}});
      continue;
    }
    const Tensor log_density = target.log_density(point.unsqueeze(0));
    const Tensor gradient =
        torch::autograd::grad({log_density.sum()}, {point}).front().contiguous();
    const double* begin = gradient.const_data_ptr<double>();
    print_event("point",
                {{"log_density", log_density.item<double>()},
                 {"gradient", std::vector<double>(begin, begin + gradient.numel())}});
  }
}

void print_sizes(const ProgramTarget& target, bool is_json) {
  const programs::ProgramDensity& density = target.density();
  std::map<std::string, std::size_t> numbers, unconstrained;
  for (const programs::Quantity& one : density.quantities())
    ++numbers[programs::variable_of(one.name)];
  for (const std::string& one : density.coordinates()) ++unconstrained[programs::variable_of(one)];
  std::string out;
  Json json = Json::array();
  for (const stan::Variable& one : density.program().variables) {
    if (numbers.count(one.name) == 0) continue;
    const std::string declaration = stan::text_of_declaration(density.program(), *one.declaration);
    const bool is_parameter = one.block == stan::Block::parameters;
    json.push_back({{"block", stan::name_of(one.block)},
                    {"name", one.name},
                    {"declaration", declaration},
                    {"numbers", numbers[one.name]}});
    if (is_parameter) json.back()["unconstrained"] = unconstrained[one.name];
    out += std::string(stan::name_of(one.block)) + ": " + declaration + ": " +
           counted(numbers[one.name], "number") +
           (is_parameter ? ", " + std::to_string(unconstrained[one.name]) + " unconstrained" : "") +
           "\n";
  }
  if (is_json)
    print_event("program", {{"dimension", density.size()}, {"variables", json}});
  else
    print(out + sizes_in_words(target));
}

int describe_script(const CommandLine& line) {
  const auto target = ScriptTarget::from_file(line.positional[1]);
  if (line.has("at")) {
    print_densities(*target, points_in(line.text("at"), target->size()), [&](const Tensor& point) {
      const bool holds = std::isfinite(target->log_density(point.detach()).item<double>());
      return holds ? "" : target->rejections().first_reason;
    });
    return 0;
  }
  std::vector<std::string> names;
  for (const TargetQuantity& one : target->quantities()) names.push_back(one.name);
  if (line.has("json"))
    print_event("program", {{"dimension", target->size()}, {"quantities", names}});
  else
    print("log_density agrees with its gradient at three points\n" + sizes_in_words(*target) +
          comma_list(names) + "\n");
  return 0;
}

}  // namespace

int verb_validate(const CommandLine& line) {
  const std::string& file = line.positional[0];
  const ResolvedConfig config = load_config(file, line.overrides(), full_schema());
  const Json &model = config.value.at("model"), &data = config.value.at("data");
  const bool has_data = data.at("type") == "program" && data.value("path", Json()).is_string();
  const std::string path = model.at("path").get<std::string>();
  const TargetPtr target =
      model.at("type") == "torchscript"
          ? TargetPtr(ScriptTarget::from_file(path))
          : ProgramTarget::from_files(path, has_data ? data.at("path").get<std::string>() : "");
  print_valid(file, config.value, sizes_in_words(*target), line.has("json"));
  print_next(line, "elbow train " + file);
  return 0;
}

int verb_describe(const CommandLine& line) {
  if (is_user_code(line.positional[1])) return describe_script(line);
  const auto target = ProgramTarget::from_files(line.positional[1], line.text("data"));
  if (!line.has("at")) {
    print_sizes(*target, line.has("json"));
    return 0;
  }
  print_densities(*target, points_in(line.text("at"), target->size()), [&](const Tensor& point) {
    return target->density().reason_against(point);
  });
  return 0;
}

}  // namespace elbow::cli
