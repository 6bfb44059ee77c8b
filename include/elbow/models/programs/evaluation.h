#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "elbow/models/programs/univariate.h"
#include "elbow/models/programs/value.h"

namespace elbow::programs {

class Evaluation;
/// A function of the language. @param call where it stands, for messages
using Builtin =
    std::function<Value(Evaluation& at, const stan::Expr& call, std::vector<Value>& arguments)>;
/// By name, for all of stan::signatures(), and for nothing else.
const std::map<std::string, Builtin>& builtins();

/// One pass through a program's statements, for K draws at once.
class Evaluation {
 public:
  /// @param frame values of the program's variables so far, by slot
  Evaluation(const stan::Program& program, std::vector<Value> frame, std::int64_t num_draws);

  void run(const stan::Statements& statements);
  Value evaluate(const stan::Expr& expr);
  /// Sizes of a declaration, those of the array first.
  std::vector<std::int64_t> sizes_of(const stan::SizedType& type);

  std::vector<Value>& frame() { return frame_; }
  std::int64_t num_draws() const { return num_draws_; }
  /// ln of the density so far, [K] or [].
  Tensor target() const;
  void add_to_target(const Value& value);
  /// Draws of `_rng` functions; they need single draws. Null: none may be made.
  Draws* draws = nullptr;
  Draws& need_draws();
  /// What follows looks at numbers of one draw. @throws NeedsSingleDraws for more
  void need_single_draws() const {
    if (num_draws_ > 1) throw NeedsSingleDraws();
  }

  /// Rejects the draws where this does not hold. @param holds bool [...] or [K, ...]
  void require(const Tensor& holds,
               bool is_batched,
               const stan::Expr& call,
               const std::string& what);
  /// Rejects all draws where they have a part in it; else no draw can change it. @throws Rejection,
  /// DataError
  [[noreturn]] void reject(stan::Place place, const std::string& what) const;
  /// Refuses what no memory could hold. @param sizes of a value to be made
  void need_room(stan::Place place, const std::vector<std::int64_t>& sizes) const;
  /// A mistake of the program or its data that no draw can change. @throws DataError
  [[noreturn]] void refuse(stan::Place place,
                           const std::string& what,
                           const std::string& help) const;
  /// "file:line:col"
  std::string place_text(stan::Place place) const;

  /// Which draws hold, bool [K]; undefined: all. With the first reason against one.
  Tensor valid() const { return valid_; }
  const std::string& reason() const { return reason_; }

 private:
  enum class Flow { on, leave, again, back };  ///< next statement, break, continue, return

  Flow run_all(const stan::Statements& statements);
  Flow run_one(const stan::Statement& statement);
  /// @throws DataError after very many passes of loops
  void count_step(const stan::Statement& loop);
  Flow run_loop(const stan::Statement& statement);
  /// All passes at once, where they do not look at each other (run_lanes.cpp).
  void run_lanes(const stan::Statement& loop, std::int64_t first, std::int64_t last);
  void run_lanes(const stan::Statement& loop, const Value& elements);
  Flow run_if(const stan::Statement& statement);
  void declare(const stan::Statement& statement);
  void assign(const stan::Statement& statement);
  void assign_part(Value& target,
                   const std::vector<const stan::Index*>& indices,
                   std::size_t depth,
                   const Value& value,
                   stan::Place place);
  void sample(const stan::Statement& statement);
  void truncate(const stan::Statement& statement, const std::vector<Value>& arguments);
  std::string said(const stan::Statement& statement);
  void print(const stan::Statement& statement);
  /// The value of a call as it is, once it was looked at.
  Value call_builtin(const stan::Expr& expr, std::vector<Value>& arguments);
  void check_integer(const stan::Expr& expr, const Value& value) const;

  bool is_true(const stan::Expr& condition);
  std::int64_t integer_of(const stan::Expr& expr);
  /// Numbers from 0, checked against the size.
  std::vector<std::int64_t> positions(const stan::Index& index,
                                      std::int64_t size,
                                      stan::Place place);
  std::int64_t position(const stan::Index& index, std::int64_t size, stan::Place place);
  Value evaluate_index(const stan::Expr& expr);
  Value part_of(const Value& value,
                const std::vector<const stan::Index*>& indices,
                std::size_t depth,
                stan::Place place);
  Value evaluate_call(const stan::Expr& expr);
  Value call_own(const stan::Expr& expr, std::vector<Value>& arguments);
  Value evaluate_logic(const stan::Expr& expr);

  const stan::Program& program_;
  std::vector<Value> frame_;
  std::int64_t num_draws_;
  Tensor target_;        ///< [K] or []
  double constant_ = 0;  ///< of the target, without draws
  std::optional<Value> returned_;
  Tensor valid_;
  std::string reason_;
  std::int64_t steps_ = 0;
  /// Conditions, indices or random numbers have depended on the draw: a mistake may, too.
  bool depends_on_draw_ = false;
};

/// + - * / of two numbers, which loops are full of; none for other operators and values.
std::optional<Value> of_two_numbers(const std::string& name, const Value& a, const Value& b);

/// The logarithms that univariate_log sums over: of each element, or of the only value.
/// @return tensor [K?, N?], and whether draws have a part in it
std::pair<Tensor, bool> univariate_logs(Evaluation& at,
                                        const stan::Expr& call,
                                        const Univariate& distribution,
                                        Univariate::Log function,
                                        const std::vector<Value>& arguments);
/// The distribution and its function that a name like normal_lpdf stands for; none for others.
std::optional<std::pair<const Univariate*, Univariate::Log>> univariate_named(
    const std::string& name);

/// The density of a univariate distribution as a program calls it: normal_lpdf, normal_lcdf, ...
/// Sums over the elements. @param arguments the value first
Value univariate_log(Evaluation& at,
                     const stan::Expr& call,
                     const Univariate& distribution,
                     Univariate::Log function,
                     const std::vector<Value>& arguments);

}  // namespace elbow::programs
