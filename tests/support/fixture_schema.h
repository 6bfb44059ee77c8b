#pragma once

#include <string>
#include <utility>
#include <vector>

#include "elbow/foundations/config/schema.h"

namespace elbow::testing {

inline ComponentInfo fixture_row(std::string kind,
                                 std::string name,
                                 std::vector<Parameter> parameters,
                                 const Json& traits = Json::object()) {
  ComponentInfo out;
  out.kind = std::move(kind);
  out.name = std::move(name);
  out.summary = "The " + out.kind + " " + out.name;
  out.parameters = std::move(parameters);
  if (!traits.empty()) out.traits = traits_from_json(out.kind, traits);
  return out;
}

inline std::vector<ComponentInfo> fixture_sections() {
  using P = Parameter;
  const auto section = [](const char* name, std::vector<Parameter> keys) {
    return fixture_row("section", name, std::move(keys));
  };
  return {
      section(
          "experiment",
          {P::text("name", "names the run").defaults("run"),
           P::integer("seed", "of every draw").defaults(1).at_least(0),
           P::integer("threads", "CPU threads").defaults("auto").at_least(1).or_word("auto"),
           P::choice("dtype", {"float32", "float64"}, "of weights").defaults("float32"),
           P::component("data", "data", "the data set"),
           P::section("model", "model", "p(x, z)"),
           P::section("guide", "guide", "q(z | x)"),
           P::component("objective", "objective", "the bound").defaults({{"type", "elbo"}}),
           P::component("optimizer", "optimizer", "the update rule").defaults({{"type", "adam"}}),
           P::section("trainer", "trainer", "time")}),
      section(
          "model",
          {P::integer("latent_size", "latent units").at_least(1),
           P::component("prior", "prior", "p(z)").defaults({{"type", "standard_normal"}}),
           P::component("likelihood", "likelihood", "p(x | z)").defaults({{"type", "bernoulli"}})}),
      section(
          "guide",
          {P::component("posterior", "posterior", "q(z | x)").defaults({{"type", "diag_normal"}}),
           P::components("flows", "flow", "applied to q").defaults(Json::array())}),
      section(
          "trainer",
          {P::integer("epochs", "passes over the data").optional().at_least(1),
           P::integer("steps", "optimizer steps").optional().at_least(1),
           P::integer("batch_size", "examples per step").defaults(128).at_least(1).at_most(1000000),
           P::integer("accumulate", "pieces of a batch").defaults(1).at_least(1),
           P::integer("evaluate_every_epochs", "epochs between evaluations").optional().at_least(1),
           P::integer("evaluate_every_steps", "steps between evaluations").optional().at_least(1),
           P::duration("max_time", "stop after this long").optional().above(0),
           P::boolean("progress", "draw a bar").defaults(true),
           P::section("checkpoint", "checkpoint", "when to save"),
           P::section("early_stopping", "early_stopping", "when to stop").optional()}),
      section("checkpoint",
              {P::integer("every_epochs", "epochs between checkpoints").optional().at_least(1),
               P::integer("every_steps", "steps between checkpoints").optional().at_least(1),
               P::integer("keep", "how many stay").defaults(3),
               P::choice("on_error", {"retry", "stop"}, "when a save fails").defaults("retry")}),
      section("early_stopping", {P::integer("patience", "evaluations without gain").at_least(1)}),
  };
}

inline std::vector<ComponentInfo> fixture_parts() {
  using P = Parameter;
  const auto grey = [](const char* name, bool has_validation) {
    return fixture_row(
        "data",
        name,
        {P::file("path", "folder").optional(),
         P::choice("binarize", {"none", "threshold", "static", "dynamic"}, "grey to binary")
             .defaults("none"),
         P::integer("validation_size", "rows kept").defaults(0).at_least(0)},
        {{"event", "image"}, {"values", "grey"}, {"has_validation", has_validation}});
  };
  const auto network = [] {
    return P::component("network", "network", "its network").defaults({{"type", "mlp"}});
  };
  return {
      grey("mnist", false),
      grey("fashion_mnist_small", true),
      fixture_row("data",
                  "table",
                  {P::file("path", "CSV file"),
                   P::integers("columns", "columns to use").optional().at_least(0),
                   P::texts("labels", "names of columns").defaults(Json::array()),
                   P::boolean("standardize", "mean 0, deviation 1").defaults(false)},
                  {{"event", "vector"}, {"values", "real"}, {"has_validation", false}}),
      fixture_row("data",
                  "mnist_static",
                  {},
                  {{"event", "image"}, {"values", "binary"}, {"has_validation", true}}),
      fixture_row(
          "network",
          "mlp",
          {P::integers("hidden_sizes", "units per layer").defaults({400, 400}).at_least(1),
           P::choice("activation", {"relu", "tanh", "elu"}, "between layers").defaults("relu"),
           P::number("dropout", "fraction dropped").defaults(0.0).at_least(0).below(1)}),
      fixture_row("network",
                  "conv",
                  {P::integers("channels", "per layer").defaults({32, 64}).at_least(1)},
                  {{"needs_images", true}}),
      fixture_row("prior", "standard_normal", {}),
      fixture_row("likelihood", "bernoulli", {network()}, {{"support", "binary"}}),
      fixture_row(
          "likelihood", "continuous_bernoulli", {network()}, {{"support", "unit_interval"}}),
      fixture_row("likelihood",
                  "normal",
                  {network(), P::number("scale", "standard deviation").defaults(1.0).above(0)}),
      fixture_row("posterior", "diag_normal", {network()}),
      fixture_row("flow", "planar", {P::integer("count", "layers").defaults(1).at_least(1)}),
      fixture_row(
          "flow", "coupling", {P::integer("count", "layers").defaults(2).at_least(1), network()}),
      fixture_row(
          "objective",
          "elbo",
          {P::integer("num_particles", "K").defaults(1).at_least(1),
           P::schedule("beta", "weight of the KL").defaults(1.0).at_least(0).at_most(100),
           P::number("free_bits", "nats that are free").defaults(0.0).at_least(0).in_unit("nats")}),
      fixture_row("objective", "iwae", {P::integer("num_particles", "K").at_least(2)}),
      fixture_row(
          "optimizer",
          "adam",
          {P::schedule("learning_rate", "step size").defaults(0.001).above(0),
           P::numbers("betas", "decay of the moments").defaults({0.9, 0.999}).at_least(0).below(1),
           P::number("clip_norm", "largest gradient norm").optional().above(0)}),
      fixture_row("optimizer",
                  "sgd",
                  {P::schedule("learning_rate", "step size").defaults(0.01).above(0),
                   P::number("momentum", "of the velocity").defaults(0.0).at_least(0).below(1)}),
      fixture_row(
          "schedule", "constant", {P::number("value", "the number")}, {{"is_constant", true}}),
      fixture_row("schedule",
                  "linear",
                  {P::number("from", "at the first step"),
                   P::number("to", "at the end"),
                   P::number("over_epochs", "length").optional().above(0),
                   P::integer("over_steps", "length").optional().above(0)}),
      fixture_row("schedule",
                  "warmup",
                  {P::schedule("then", "what follows"),
                   P::number("from", "fraction at the first step").defaults(0.0).at_least(0),
                   P::number("over_epochs", "length").optional().above(0),
                   P::integer("over_steps", "length").optional().above(0)}),
  };
}

/// A small schema with a case of every parameter type, shaped like the real one.
inline const Schema& fixture_schema() {
  static const Schema schema = [] {
    auto all = fixture_sections();
    for (auto& part : fixture_parts()) all.push_back(std::move(part));
    return Schema(std::move(all));
  }();
  return schema;
}

/// A configuration that is right, with blocks, flow maps, lists and comments.
inline const std::string& fixture_config() {
  static const std::string text =
      "name: vae-planar            # 1\n"
      "seed: 3                     # 2\n"
      "data:                       # 3\n"
      "  type: mnist               # 4\n"
      "  binarize: dynamic         # 5\n"
      "  validation_size: 10000    # 6\n"
      "model:                      # 7\n"
      "  latent_size: 40           # 8\n"
      "  likelihood: {type: bernoulli, network: {type: mlp, hidden_sizes: [400, 300], activation: "
      "tanh}}\n"
      "guide:                      # 10\n"
      "  flows:                    # 11\n"
      "    - {type: planar, count: 10}\n"
      "    - type: coupling        # 13\n"
      "      count: 4              # 14\n"
      "objective: {type: elbo, beta: {type: linear, from: 0.01, to: 1.0, over_epochs: 10}}\n"
      "optimizer:                  # 16\n"
      "  type: adam                # 17\n"
      "  learning_rate: 1.0e-3     # 18\n"
      "  clip_norm: 5.0            # 19\n"
      "trainer:                    # 20\n"
      "  epochs: 500               # 21\n"
      "  batch_size: 100           # 22\n"
      "  max_time: 3h50m           # 23\n"
      "  checkpoint: {every_epochs: 5, keep: 3}\n"
      "  early_stopping: {patience: 50}\n";
  return text;
}

}  // namespace elbow::testing
