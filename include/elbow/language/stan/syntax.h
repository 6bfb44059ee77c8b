#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// Stan programs as trees: what the parser makes and the checker completes.
///
/// Stan Reference Manual 2.36, "Language syntax"; docs/programs.md says which part of it is
/// supported.
namespace elbow::stan {

struct Place {
  int line = 0, column = 0;  ///< 1-based
};

enum class Base { nothing, integer, real, vector, row_vector, matrix, text };

/// A type without its sizes: array[,] vector.
struct Type {
  Base base = Base::nothing;
  int array = 0;  ///< dimensions of the array around it

  bool operator==(const Type& other) const { return base == other.base && array == other.array; }
  bool operator!=(const Type& other) const { return !(*this == other); }
  bool is_integer() const { return base == Base::integer && array == 0; }
  bool is_real() const { return base == Base::real && array == 0; }
  bool is_scalar() const { return is_integer() || is_real(); }
  /// Dimensions of a value: those of the array, then those of a vector or matrix.
  int num_dimensions() const {
    return array + (base == Base::matrix ? 2 : base == Base::vector || base == Base::row_vector);
  }
};
/// "array[,] vector"
std::string name_of(const Type& type);

struct Expr;
struct Function;
using ExprPtr = std::unique_ptr<Expr>;

/// One place between the brackets of x[i, 2:, idx].
struct Index {
  bool is_range = false;
  ExprPtr from, to;  ///< either may be absent in a range; one index, or an array of them, is `from`
};

struct Expr {
  enum class Kind {
    integer,
    real,
    text,
    variable,
    call,     ///< a function, or an operator: "operator+"
    index,    ///< parts[0] [indices]
    ternary,  ///< parts: condition, if true, if false
    array,    ///< {a, b}
    row,      ///< [a, b]: a row vector, or a matrix of row vectors
  };
  Kind kind = Kind::integer;
  Place place;
  std::string name;
  double number = 0;
  std::int64_t integer = 0;
  std::vector<ExprPtr> parts;
  std::vector<Index> indices;
  bool has_bar = false;  ///< f(y | ...)
  int height = 1;        ///< of the tree from here down

  // Of the checker:
  Type type;
  int slot = -1;  ///< of a variable; of a call, the place of its signature in signatures()
  const Function* function = nullptr;  ///< of the user's own
};

enum class Constraint {
  none,
  bounds,  ///< lower, upper or both
  affine,  ///< offset and multiplier
  simplex,
  ordered,
  positive_ordered,
  unit_vector,
  cov_matrix,
  corr_matrix,
  cholesky_factor_cov,
  cholesky_factor_corr,
};

struct SizedType {
  Type type;
  std::vector<ExprPtr> sizes;  ///< of the array, then of the vector or matrix
  Constraint constraint = Constraint::none;
  ExprPtr lower, upper, offset, multiplier;
};

struct Statement;
using StatementPtr = std::unique_ptr<Statement>;
using Statements = std::vector<StatementPtr>;

struct LaneScope;

struct Statement {
  enum class Kind {
    declare,   ///< declared, name, slot; value may be absent
    assign,    ///< target (a variable or index), value; `name` is "" or the operator of +=
    increase,  ///< name += value: target, or jacobian
    sample,    ///< value ~ name(arguments) T[lower, upper]
    for_range,
    for_each,
    while_loop,
    if_else,  ///< arguments[i] is the condition of body[i]; the last body may be an else
    block,
    give_back,  ///< return
    print,
    reject,
    break_loop,
    continue_loop,
    call,
  };
  Kind kind = Kind::block;
  Place place;
  std::string name;
  int slot = -1;
  std::unique_ptr<SizedType> declared;
  ExprPtr target, value, lower, upper;
  bool is_truncated = false;
  std::vector<ExprPtr> arguments;
  Statements body;
  /// Of a loop whose passes can be taken at once (lane_loops.h); null elsewhere.
  std::shared_ptr<const LaneScope> lanes;
};

struct Argument {
  Type type;
  std::string name;
  Place place;
  int slot = -1;
};

/// A function of the user's.
struct Function {
  std::string name;
  Place place;
  Type result;  ///< Base::nothing: void
  std::vector<Argument> arguments;
  Statements body;  ///< empty of a declaration that a definition follows
  bool is_defined = false;
  int num_slots = 0;
};

enum class Block {
  functions,
  data,
  transformed_data,
  parameters,
  transformed_parameters,
  model,
  generated_quantities,
};
constexpr int kNumBlocks = 7;
const char* name_of(Block block);

struct Variable {
  std::string name;
  Block block;
  const Statement* declaration;
};

struct Program {
  std::string file;                ///< as the user named it
  std::vector<std::string> lines;  ///< of its text
  std::vector<std::unique_ptr<Function>> functions;
  Statements blocks[kNumBlocks];
  bool has_block[kNumBlocks] = {};
  /// The variables of the whole program, in order of declaration; those declared inside of a block
  /// are not among them.
  std::vector<Variable> variables;
  int num_slots = 0;

  const Statements& block(Block which) const { return blocks[static_cast<int>(which)]; }
};
using ProgramPtr = std::shared_ptr<const Program>;

/// Reads a program and checks it: names, types, what may stand where.
/// @param file for messages
/// @throws ConfigError with file, line and column of the first mistake, and what to do about it
ProgramPtr read_program(const std::string& text, const std::string& file);

}  // namespace elbow::stan
