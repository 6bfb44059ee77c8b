#include "elbow/models/programs/program_density.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/isnan.h>
#include <ATen/ops/logical_and.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <limits>
#include <utility>

#include "elbow/foundations/core/error.h"
#include "elbow/foundations/core/philox.h"
#include "elbow/models/programs/constraints.h"

namespace elbow::programs {
namespace {

using stan::Base;
using stan::Block;
using stan::Statement;

constexpr double kNone = -std::numeric_limits<double>::infinity(),
                 kNotANumber = std::numeric_limits<double>::quiet_NaN();

/// "[2,1]" of all elements, the first index fastest.
std::vector<std::string> subscripts_of(const std::vector<std::int64_t>& sizes) {
  std::vector<std::string> out;
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  std::vector<std::int64_t> at(sizes.size(), 1);
  for (std::int64_t i = 0; i < count; ++i) {
    std::string text;
    for (const std::int64_t one : at) text += (text.empty() ? "" : ",") + std::to_string(one);
    out.push_back(sizes.empty() ? "" : "[" + text + "]");
    for (std::size_t d = 0; d < at.size() && ++at[d] > sizes[d]; ++d) at[d] = 1;
  }
  return out;
}

/// The numbers of a value, [K or 1, N], the first index fastest.
Tensor columns_of(const Value& value) {
  Tensor whole = value.whole();
  if (!value.is_batched) whole = whole.unsqueeze(0);
  std::vector<std::int64_t> order{0};
  for (std::int64_t d = whole.dim() - 1; d > 0; --d) order.push_back(d);
  return whole.permute(order).reshape({whole.size(0), -1});
}

constexpr Block kShown[] = {
    Block::parameters, Block::transformed_parameters, Block::generated_quantities};

}  // namespace

std::string variable_of(const std::string& element) { return element.substr(0, element.find('[')); }

ProgramDensity::ProgramDensity(stan::ProgramPtr program, const ProgramData& data)
    : program_(std::move(program)), frame_(static_cast<std::size_t>(program_->num_slots)) {
  read_data(data);
  lay_out_parameters();
  name_quantities();
  try_out();
}

void ProgramDensity::try_out() const {
  // Mistakes that no draw can change are met here, not after hours of training.
  Evaluation at(*program_, frame_, /*num_draws=*/1);
  Draws draws(derive_key(0, Purpose::synthetic));
  const at::NoGradGuard no_grad;
  try {
    constrain_all(at, at::zeros({1, size_}, at::kDouble));
    at.run(program_->block(Block::transformed_parameters));
    check_block(at, Block::transformed_parameters);
    Evaluation of_model = at;
    of_model.run(program_->block(Block::model));
    at.draws = &draws;
    at.run(program_->block(Block::generated_quantities));
    check_block(at, Block::generated_quantities);
  } catch (const Rejection&) {
    // This point has no density; others may.
  }
}

void ProgramDensity::read_data(const ProgramData& data) {
  Evaluation at(*program_, frame_, /*num_draws=*/1);
  Draws draws(derive_key(0, Purpose::synthetic));
  try {
    for (const auto& one : program_->block(Block::data)) {
      at.frame()[static_cast<std::size_t>(one->slot)] =
          data_value(data, *one, at.sizes_of(*one->declared));
    }
    check_block(at, Block::data);
    at.draws = &draws;
    at.run(program_->block(Block::transformed_data));
    check_block(at, Block::transformed_data);
  } catch (const Rejection& rejection) {
    throw DataError(rejection.what(), "the data in " + data.file + " do not fit the program");
  }
  frame_ = at.frame();
}

void ProgramDensity::lay_out_parameters() {
  Evaluation at(*program_, frame_, 1);
  for (const auto& one : program_->block(Block::parameters)) {
    Parameter parameter{one.get(), at.sizes_of(*one->declared), size_, 0};
    parameter.count = num_unconstrained(*one->declared, parameter.sizes);
    size_ += parameter.count;
    for (std::int64_t i = 0; i < parameter.count; ++i)
      coordinates_.push_back(one->name +
                             (parameter.sizes.empty() ? "" : "[" + std::to_string(i + 1) + "]"));
    parameters_.push_back(std::move(parameter));
  }
  if (size_ == 0)
    throw DataError(program_->file + ": the program has no parameters, and so no posterior",
                    "declare them in parameters { ... }");
}

void ProgramDensity::name_quantities() {
  Evaluation at(*program_, frame_, 1);
  for (const Block block : kShown)
    for (const stan::Variable& one : program_->variables) {
      if (one.block != block) continue;
      for (const std::string& place : subscripts_of(at.sizes_of(*one.declaration->declared)))
        quantities_.push_back({one.name + place, block});
    }
}

std::vector<std::size_t> ProgramDensity::places_of(const std::string& variable) const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < quantities_.size(); ++i)
    if (variable_of(quantities_[i].name) == variable) out.push_back(i);
  return out;
}

Tensor ProgramDensity::data_of(const std::string& variable) const {
  for (const stan::Variable& one : program_->variables)
    if (one.name == variable && (one.block == Block::data || one.block == Block::transformed_data))
      return columns_of(frame_[static_cast<std::size_t>(one.declaration->slot)])
          .flatten()
          .to(at::kDouble);
  return {};
}

Tensor ProgramDensity::constrain_all(Evaluation& at, const Tensor& z) const {
  // Zeros that depend on z: a density may hold no parameter, and has a gradient all the same.
  Tensor log_jacobian = z.narrow(1, 0, 0).sum(1);
  for (const Parameter& one : parameters_)
    at.frame()[static_cast<std::size_t>(one.declaration->slot)] =
        constrain(at, *one.declaration, one.sizes, z.narrow(1, one.begin, one.count), log_jacobian);
  return log_jacobian;
}

void ProgramDensity::check_block(Evaluation& at, Block block) const {
  for (const stan::Variable& one : program_->variables)
    if (one.block == block)
      check_constraint(
          at, *one.declaration, at.frame()[static_cast<std::size_t>(one.declaration->slot)]);
}

ProgramDensity::Outcome ProgramDensity::evaluate(const Tensor& z) const {
  const std::int64_t draws = z.size(0);
  Evaluation at(*program_, frame_, draws);
  try {
    const Tensor log_jacobian = constrain_all(at, z);
    at.run(program_->block(Block::transformed_parameters));
    check_block(at, Block::transformed_parameters);
    at.run(program_->block(Block::model));
    Tensor total = log_jacobian + at.target();
    const Tensor is_number = at::isnan(total.detach()).logical_not();
    const Tensor valid = at.valid().defined() ? at::logical_and(at.valid(), is_number) : is_number;
    std::string reason = at.reason();
    if (valid.all().item<bool>()) return {total, ""};
    if (reason.empty()) reason = program_->file + ": the log density is not a number";
    return {at::where(valid, total, at::full({}, kNone, at::kDouble)), reason};
  } catch (const Rejection& rejection) {
    return {(z * 0).nan_to_num().sum(1) + kNone, rejection.what()};
  }
}

ProgramDensity::Outcome ProgramDensity::evaluate_one_by_one(const Tensor& z) const {
  std::vector<Tensor> all;
  std::string reason;
  for (std::int64_t k = 0; k < z.size(0); ++k) {
    Outcome one = evaluate(z.narrow(0, k, 1));
    if (reason.empty()) reason = one.reason;
    all.push_back(std::move(one.log_density));
  }
  return {at::cat(all), reason};
}

Tensor ProgramDensity::log_density(const Tensor& z) const {
  Outcome out;
  if (!records_->needs_single_draws) {
    try {
      out = evaluate(z);
    } catch (const NeedsSingleDraws&) {
      records_->needs_single_draws = true;
    }
  }
  if (records_->needs_single_draws) out = evaluate_one_by_one(z);
  count(out.log_density, out.reason);
  return out.log_density;
}

std::string ProgramDensity::reason_against(const Tensor& z) const {
  return evaluate_one_by_one(z.detach().unsqueeze(0)).reason;
}

void ProgramDensity::count(const Tensor& log_density, const std::string& reason) const {
  const std::lock_guard<std::mutex> lock(records_->mutex);
  records_->rejected.evaluated += log_density.numel();
  if (reason.empty()) return;
  records_->rejected.rejected += (log_density.detach() == kNone).sum().item<std::int64_t>();
  if (records_->rejected.first_reason.empty()) records_->rejected.first_reason = reason;
}

RejectedDraws ProgramDensity::rejected_draws() const {
  const std::lock_guard<std::mutex> lock(records_->mutex);
  return records_->rejected;
}

Tensor ProgramDensity::columns_in(Evaluation& at, Block from, Block to) const {
  std::vector<Tensor> columns{at::empty({at.num_draws(), 0}, at::kDouble)};
  for (const stan::Variable& one : program_->variables) {
    if (one.block < from || one.block > to || one.block == Block::model) continue;
    Value& value = at.frame()[static_cast<std::size_t>(one.declaration->slot)];
    value.settle();
    const Tensor found = columns_of(value);
    columns.push_back(found.expand({at.num_draws(), found.size(1)}));
  }
  return at::cat(columns, 1);
}

Tensor ProgramDensity::quantities_of(const Tensor& z, std::uint64_t key) const {
  const std::int64_t draws = z.size(0);
  Evaluation at(*program_, frame_, draws);
  Draws random(key);
  const auto where_valid = [&at](const Tensor& columns) {
    if (!at.valid().defined()) return columns;
    return at::where(at.valid().unsqueeze(1), columns, at::full({}, kNotANumber, at::kDouble));
  };
  const auto total = static_cast<std::int64_t>(quantities_.size());
  Tensor known = at::empty({draws, 0}, at::kDouble);
  try {
    constrain_all(at, z);
    at.run(program_->block(Block::transformed_parameters));
    known = where_valid(columns_in(at, Block::parameters, Block::transformed_parameters));
    at.draws = &random;
    at.run(program_->block(Block::generated_quantities));
    check_block(at, Block::generated_quantities);
    const Tensor generated =
        where_valid(columns_in(at, Block::generated_quantities, Block::generated_quantities));
    known = at::cat({known, generated}, 1);
    if (!at.reason().empty())
      note_undefined(draws - at.valid().sum().item<std::int64_t>(), at.reason());
  } catch (const Rejection& rejection) {
    note_undefined(draws, rejection.what());
  }
  if (known.size(1) == total) return known;
  return at::cat({known, at::full({draws, total - known.size(1)}, kNotANumber, at::kDouble)}, 1);
}

void ProgramDensity::note_undefined(std::int64_t draws, const std::string& reason) const {
  const std::lock_guard<std::mutex> lock(records_->mutex);
  records_->undefined.rejected += draws;
  if (records_->undefined.first_reason.empty()) records_->undefined.first_reason = reason;
}

RejectedDraws ProgramDensity::take_undefined() const {
  const std::lock_guard<std::mutex> lock(records_->mutex);
  return std::exchange(records_->undefined, RejectedDraws());
}

Tensor ProgramDensity::quantities_at(const Tensor& z, std::uint64_t seed) const {
  const Tensor flat = z.detach().to(at::kCPU, at::kDouble);
  if (!records_->needs_single_quantities) {
    try {
      return quantities_of(flat, seed);
    } catch (const NeedsSingleDraws&) {
      records_->needs_single_quantities = true;
    }
  }
  std::vector<Tensor> rows;
  for (std::int64_t s = 0; s < flat.size(0); ++s)
    rows.push_back(quantities_of(
        flat.narrow(0, s, 1), derive_key(seed, Purpose::sampling, static_cast<std::uint64_t>(s))));
  return at::cat(rows, 0);
}

}  // namespace elbow::programs
