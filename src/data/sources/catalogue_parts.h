#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "elbow/foundations/core/component.h"

namespace elbow::data {

using Parameters = std::vector<Parameter>;

inline Parameters operator+(Parameters left, const Parameters& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

inline Parameter stand_in() {
  return Parameter::component(
             "stand_in", "data", "synthetic set of the same shape that --stand-in uses instead")
      .optional();
}

inline Parameter header() {
  return Parameter::choice(
             "header",
             {"guess", "first_line", "none"},
             "whether the first line of a text table names the columns; guess: when it "
             "has no number, or it alone has whole numbers only, and these are 0, 1, "
             "2, ...")
      .defaults("guess");
}

/// A seed of data: a number of its own, so that the run's seed does not change what is measured.
inline Parameter seed(const std::string& name, const std::string& help) {
  return Parameter::integer(name, help + "; 'run' takes the seed of the run")
      .defaults(0)
      .at_least(0)
      .or_word("run");
}

inline Parameter rows(const std::string& name, const std::string& help, int value, int minimum) {
  // The ceiling keeps products of three sizes within 64 bits.
  return Parameter::integer(name, help).defaults(value).at_least(minimum).at_most(1e6);
}

inline DataTraits traits_of(EventKind event,
                            DataValues values,
                            bool has_validation,
                            std::vector<std::int64_t> shape = {}) {
  DataTraits out;
  out.event = event;
  out.values = values;
  out.has_validation = has_validation;
  out.shape = std::move(shape);
  return out;
}

inline ComponentInfo row(std::string name,
                         std::string summary,
                         std::string paper,
                         const Parameters& parameters,
                         DataTraits traits) {
  ComponentInfo info = ComponentInfo::of(std::move(name), std::move(summary))
                           .source(std::move(paper))
                           .takes(parameters)
                           .takes({stand_in()})
                           .with(std::move(traits));
  info.kind = "data";
  return info;
}

/// The rows of corpora and of sequences.
std::vector<ComponentInfo> corpora_and_sequences();

}  // namespace elbow::data
