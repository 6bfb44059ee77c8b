#include "parser.h"
#include "words.h"

namespace elbow::stan {

void Parser::parse_declarations(Statements& out) {
  const std::size_t begin = at_;
  while (true) {
    // Each name has the whole type, which is read again: trees are not copied.
    const std::size_t behind = at_;
    at_ = begin;
    auto one = std::make_unique<Statement>();
    one->kind = Statement::Kind::declare;
    one->declared = std::make_unique<SizedType>(parse_sized_type());
    if (behind != begin) at_ = behind;
    const Token name = expect_name("the name of a variable");
    one->name = name.text;
    one->place = name.place;
    if (now().is("["))
      refuse("sizes of an array stand before its type",
             "write array[...] in front of the type: "
             "array[N] real " +
                 name.text);
    if (accept("=")) one->value = parse_expression();
    out.push_back(std::move(one));
    if (!accept(",")) break;
  }
  end_statement();
}

SizedType Parser::parse_sized_type() {
  SizedType out;
  const Place place = now().place;
  if (accept("array")) {
    expect("[", "behind array");
    out.sizes = parse_list_until("]");
    out.type.array = static_cast<int>(out.sizes.size());
    if (out.sizes.empty())
      mistakes_.refuse(place, "an array without sizes", "write array[N] real x");
  }
  const Token name = now();
  const ConstrainedType* constrained = constrained_type_named(name.text);
  const auto base = base_named(name.text);
  if (constrained == nullptr && !base)
    refuse_type(mistakes_, name.place, name.text, "expected a type");
  ++at_;
  out.type.base = constrained != nullptr ? constrained->base : *base;
  if (constrained != nullptr) out.constraint = constrained->constraint;
  if (now().is("<")) parse_constraint(out);
  parse_sizes(out, name.place);
  return out;
}

void Parser::parse_sizes(SizedType& type, Place place) {
  const bool is_scalar = type.type.base == Base::integer || type.type.base == Base::real;
  if (is_scalar) {
    if (now().is("["))
      refuse("a number has no sizes", "for several, write array[N] real x, or vector[N] x");
    return;
  }
  expect("[", "behind the type: vector[N], matrix[M, N]");
  std::vector<ExprPtr> sizes = parse_list_until("]");
  const bool is_plain_matrix =
      type.type.base == Base::matrix && type.constraint <= Constraint::affine;
  const bool may_have_two = is_plain_matrix || type.constraint == Constraint::cholesky_factor_cov;
  const std::size_t wanted = is_plain_matrix ? 2 : 1;
  if (sizes.size() != wanted && !(may_have_two && sizes.size() == 2))
    mistakes_.refuse(place,
                     "expected " + std::to_string(wanted) + (wanted == 1 ? " size" : " sizes") +
                         ", found " + std::to_string(sizes.size()),
                     "write vector[N], or matrix[M, N]");
  for (ExprPtr& one : sizes) type.sizes.push_back(std::move(one));
}

void Parser::parse_constraint(SizedType& type) {
  if (type.constraint != Constraint::none)
    refuse("this type has its constraint already", "remove the bounds");
  ++at_;  // <
  do {
    const Token name = now();
    ++at_;
    expect("=", "behind lower, upper, offset or multiplier");
    constexpr int kSums = 4;  // what binds closer than the > that ends the constraint
    ExprPtr value = parse_binary(kSums);
    ExprPtr* place = name.is("lower")        ? &type.lower
                     : name.is("upper")      ? &type.upper
                     : name.is("offset")     ? &type.offset
                     : name.is("multiplier") ? &type.multiplier
                                             : nullptr;
    if (place == nullptr || *place)
      mistakes_.refuse(
          name.place,
          "expected lower, upper, offset or multiplier, once each, found '" + name.text + "'",
          "write <lower=0, upper=1>");
    *place = std::move(value);
  } while (accept(","));
  expect(">", "behind the constraint");
  const bool is_affine = type.offset || type.multiplier;
  if (is_affine && (type.lower || type.upper))
    refuse("bounds and offset or multiplier exclude each other", "keep one of them");
  type.constraint = is_affine ? Constraint::affine : Constraint::bounds;
}

}  // namespace elbow::stan
