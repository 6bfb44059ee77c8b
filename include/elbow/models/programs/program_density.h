#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "elbow/models/programs/program_data.h"
#include "elbow/probability/targets/target.h"

namespace elbow::programs {

/// A number of a parameter, transformed parameter or generated quantity: "theta[1,2]".
struct Quantity {
  std::string name;
  stan::Block block;
};

using RejectedDraws = Rejections;

/// "theta" of "theta[3]".
std::string variable_of(const std::string& element);

/// A program with its data: a density of D unconstrained numbers, with the Jacobians of the
/// transforms and all constants. What depends on the data alone is computed once.
class ProgramDensity {
 public:
  /// Reads the data and runs the transformed data.
  /// @throws DataError where the program and the data do not fit
  ProgramDensity(stan::ProgramPtr program, const ProgramData& data);

  const stan::Program& program() const { return *program_; }
  std::int64_t size() const { return size_; }  ///< D
  /// Names of the unconstrained numbers, of parameter and place: "tau", "theta[3]".
  const std::vector<std::string>& coordinates() const { return coordinates_; }

  /// ln of the density, -inf for a draw that is rejected. @param z [K, D] float64 @return [K]
  Tensor log_density(const Tensor& z) const;
  /// Why a point has no density; "" where it has one. @param z [D]
  std::string reason_against(const Tensor& z) const;
  RejectedDraws rejected_draws() const;

  /// Parameters, transformed parameters and generated quantities, matrices by columns as Stan
  /// writes them.
  const std::vector<Quantity>& quantities() const { return quantities_; }
  /// Where the elements of a variable stand among them.
  std::vector<std::size_t> places_of(const std::string& variable) const;
  /// The numbers of a variable of the data, given or transformed, in the same order: [N] float64;
  /// undefined where there is none of the name.
  Tensor data_of(const std::string& variable) const;
  /// Their values; NaN where the program rejects the draw: generated quantities alone, where they
  /// do. `_rng` functions are keyed by seed and draw.
  /// @param z [S, D] @return [S, Q]
  Tensor quantities_at(const Tensor& z, std::uint64_t seed) const;
  /// Draws of quantities_at that lack some of them, and why the first does; once.
  RejectedDraws take_undefined() const;

 private:
  struct Parameter {
    const stan::Statement* declaration;
    std::vector<std::int64_t> sizes;
    std::int64_t begin, count;  ///< of its unconstrained numbers
  };
  struct Outcome {
    Tensor log_density;  ///< [K]
    std::string reason;
  };

  void read_data(const ProgramData& data);
  void lay_out_parameters();
  void name_quantities();
  /// @throws DataError for a mistake that every draw would meet
  void try_out() const;
  /// Sets the parameters. @return ln of the Jacobian, [K]
  Tensor constrain_all(Evaluation& at, const Tensor& z) const;
  /// Checks variables of a block against their constraints.
  void check_block(Evaluation& at, stan::Block block) const;
  Outcome evaluate(const Tensor& z) const;
  Outcome evaluate_one_by_one(const Tensor& z) const;
  Tensor quantities_of(const Tensor& z, std::uint64_t key) const;
  /// The numbers of all variables of some blocks, [K, N].
  Tensor columns_in(Evaluation& at, stan::Block from, stan::Block to) const;
  void note_undefined(std::int64_t draws, const std::string& reason) const;
  void count(const Tensor& log_density, const std::string& reason) const;

  stan::ProgramPtr program_;
  std::vector<Value> frame_;  ///< data and transformed data
  std::vector<Parameter> parameters_;
  std::int64_t size_ = 0;
  std::vector<std::string> coordinates_;
  std::vector<Quantity> quantities_;
  /// What evaluations leave behind.
  struct Records {
    /// A condition or an index was met that depends on the parameters.
    std::atomic<bool> needs_single_draws{false}, needs_single_quantities{false};
    std::mutex mutex;
    RejectedDraws rejected, undefined;
  };
  std::shared_ptr<Records> records_ = std::make_shared<Records>();
};

}  // namespace elbow::programs
