#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "elbow/models/programs/program_density.h"

namespace elbow::testing {

inline std::string text_in(const std::string& path) {
  std::ifstream file(path);
  std::stringstream out;
  out << file.rdbuf();
  return out.str();
}

inline std::shared_ptr<programs::ProgramDensity> density_of(const std::string& program,
                                                            const std::string& data = "{}") {
  return std::make_shared<programs::ProgramDensity>(stan::read_program(program, "test.stan"),
                                                    stan::parse_data(data, "test.json"));
}

/// A program of parameters and a model. "real x;" and "x ~ normal(0, 1);"
inline std::shared_ptr<programs::ProgramDensity> density_of_model(const std::string& parameters,
                                                                  const std::string& model) {
  return density_of("parameters { " + parameters + " } model { " + model + " }");
}

inline at::Tensor point(std::vector<double> numbers) {
  return at::tensor(numbers, at::kDouble).unsqueeze(0);
}

inline std::pair<at::Tensor, at::Tensor> with_gradient(const programs::ProgramDensity& density,
                                                       const at::Tensor& z) {
  const at::Tensor leaf = z.detach().clone().set_requires_grad(true);
  const at::Tensor value = density.log_density(leaf);
  return {value.detach(), torch::autograd::grad({value.sum()}, {leaf})[0]};
}

}  // namespace elbow::testing
