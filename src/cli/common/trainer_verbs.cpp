#include "cli/common/verb_table.h"

#include "cli/common/flag_table.h"

namespace elbow::cli {
namespace {

Flag split() {
  return choice("split", {"train", "valid", "test"}, "which part of the data (default test)");
}

/// Of the verbs that train.
Flag profile_flag() {
  return toggle("profile",
                "time the components of the steps: a table, RUN/profile.json, RUN/trace.json");
}

Verb train() {
  Verb verb{"train", "CONFIG [KEY=VALUE ...]", "fit; a new run directory runs/<name>-<n>"};
  verb.flags = {
      output("DIR", "run directory instead of runs/<name>-<n>; must be new or empty"),
      valued("max-time",
             FlagType::duration,
             "TIME",
             "save and stop with code 75 after 90s, 15m, 3h50m"),
      valued("init-from", FlagType::path, "RUN", "start from the weights of another run"),
      toggle("stand-in", "train on the configuration's synthetic stand-in instead of its data"),
      profile_flag(),
      allow_code(),
      dry_run(),
  };
  verb.min_positional = 1;
  verb.subject = Subject::config;
  verb.takes_overrides = true;
  verb.details =
      "Overrides change single keys with YAML values: section.key=value sets a key, +key=value "
      "adds one,\n"
      "++key=value adds or sets, ~key deletes. Later ones win.\n\n"
      "  elbow train configs/vae/fashion_mnist.yaml\n"
      "  elbow train vae.yaml trainer.epochs=50 objective.num_particles=5 -o runs/five\n"
      "  elbow train vae.yaml 'guide.posterior.network={type: mlp, hidden_sizes: [200, 200]}'\n\n"
      "SIGTERM, SIGINT, SIGUSR1, SIGHUP and --max-time save and end with code 75; `elbow resume "
      "RUN` goes on.";
  return verb;
}

Verb resume() {
  Verb verb{"resume",
            "RUN [KEY=VALUE ...]",
            "go on exactly where a run stopped, or beyond its end with more epochs"};
  verb.flags = {
      valued("max-time",
             FlagType::duration,
             "TIME",
             "save and stop with code 75 after 90s, 15m, 3h50m"),
      toggle("allow-change", "accept overrides that change the result"),
      profile_flag(),
      allow_code(),
      dry_run(),
  };
  verb.min_positional = 1;
  verb.subject = Subject::run;
  verb.takes_overrides = true;
  verb.details =
      "Only trainer.{epochs, steps, max_time, early_stopping, checkpoint, evaluate_every_*}, "
      "inference.{num_draws,\n"
      "max_steps}, the device and the engine may change; anything else is refused with the "
      "differences unless --allow-change is "
      "given.\n\n"
      "  elbow resume runs/vae-1\n"
      "  elbow resume runs/vae-1 trainer.epochs=200";
  return verb;
}

Verb evaluate() {
  Verb verb{"eval", "RUN", "bound, NLL and diagnostics with standard errors; RUN/eval/test.json"};
  verb.flags = with_run_flags({
      split(),
      integer(
          "particles", "K", 1, "draws per example for the importance-weighted NLL (default 100)"),
      integer("refine-steps", "N", 0, "gradient steps on each example's own posterior before"),
      valued(
          "refine-rate", FlagType::number, "R", "their learning rate (Adam); 0.01 when not given"),
      integer("limit", "N", 1, "a random subset of N examples, keyed by the seed"),
      valued("input", FlagType::path, "F", "evaluate your own file, read as the training file was"),
      valued("per-example", FlagType::path, "F.csv", "also write one row for each example"),
      integer("chunk", "N", 1, "tiles in flight: memory and speed, never the result"),
      integer("batch-size", "N", 1, "examples in one batch: speed, never the result"),
  });
  verb.min_positional = verb.max_positional = 1;
  verb.subject = Subject::run;
  verb.details =
      "eval/test.json holds the whole split at the default settings. What is evaluated otherwise "
      "is filed by what\n"
      "it is: eval/test-limit-200-k-1000.json, eval/input-mine.json (files of one name replace "
      "each other).\n"
      "The NLL of K draws is too high on average; its bias, by the jackknife over the draws, is "
      "stated beside it.\n"
      "Densities are in the units of the data file, whether or not the training standardised "
      "them.\n\n"
      "  elbow eval runs/vae-1 --particles 5000\n"
      "  elbow eval runs/vae-1 --input mine.npy --per-example mine.csv";
  return verb;
}

Verb sample() {
  Verb verb{"sample", "RUN", "draws from p(x): a PNG grid, or .npy / .csv by the file's ending"};
  verb.flags = with_run_flags({
      integer("count", "N", 1, "how many draws (default 64)", "n"),
      output("F", "file; the ending .png, .npy, .csv or .npz chooses the format"),
      toggle("mean", "the mean of p(x|z) instead of a draw from it"),
      toggle("posterior",
             "draws of the latents that all examples share, as CmdStan's .csv (a file for each "
             "chain) or as .npz"),
      resampled_flag(),
      valued("condition",
             FlagType::text,
             "NAME=V,...",
             "what draws are given: label=V, a class as the training data call it (without it each "
             "in turn); COLUMN=V, a covariate in the file's units (without it its mean); "
             "library_size=N, the total of counts"),
  });
  verb.min_positional = verb.max_positional = 1;
  verb.subject = Subject::run;
  verb.details =
      "Tables are in the units of the data file, with its columns' names in the first line of a "
      "CSV file.\n\n"
      "  elbow sample runs/vae-1 -n 100 -o samples.png\n"
      "  elbow sample runs/digits-1 --condition label=7 -o sevens.png\n"
      "  elbow sample runs/patients-1 --condition age=40,dose=2 -o drawn.csv\n"
      "  elbow sample runs/mixture-1 -n 1000000 -o drawn.csv\n"
      "  elbow sample runs/hmc-1 --posterior -o draws.csv";
  return verb;
}

Verb reconstruct() {
  Verb verb{"reconstruct", "RUN", "a picture of inputs beside their reconstructions"};
  verb.flags = with_run_flags({
      integer("count", "N", 1, "how many examples (default 32)", "n"),
      output("F.png", "file"),
      valued("input", FlagType::path, "F", "your own examples instead of a split"),
      split(),
  });
  verb.min_positional = verb.max_positional = 1;
  verb.subject = Subject::run;
  return verb;
}

Verb traverse() {
  Verb verb{"traverse", "RUN", "a picture of latent traversals: one row for each latent"};
  verb.flags = with_run_flags({
      output("F.png", "file"),
      integer("dims", "N", 1, "how many latents, the most active first (default 10)"),
      valued("range", FlagType::number, "R", "from -R to R prior standard deviations (default 3)"),
      integer("steps", "N", 2, "pictures in a row (default 11)"),
  });
  verb.min_positional = verb.max_positional = 1;
  verb.subject = Subject::run;
  return verb;
}

Verb encode() {
  Verb verb{"encode", "RUN --input F -o Z.npy", "posterior mean and scale for your own data"};
  verb.flags = with_run_flags({
      valued("input",
             FlagType::path,
             "F",
             "IDX, NPY or text, read as the training file was (docs/data.md)"),
      output("Z", ".npy or .csv: mean and scale of each latent"),
      integer("batch-size", "N", 1, "examples in one batch"),
  });
  verb.min_positional = verb.max_positional = 1;
  verb.subject = Subject::run;
  verb.required_flags = {"input", "output"};
  verb.details = "  elbow encode runs/vae-1 --input mine.npy -o latents.npy";
  return verb;
}

Verb predict() {
  Verb verb{
      "predict", "RUN --input F -o Y.csv", "predictive mean, interval and density of a response"};
  verb.flags = with_run_flags({
      valued("input",
             FlagType::path,
             "F",
             "read as the training file was, with or without the response (docs/data.md)"),
      output("Y", ".csv or .npy: mean, standard deviation, lower, upper, and log density if known"),
      valued("mass", FlagType::number, "P", "of the central interval (default 0.95)"),
  });
  verb.min_positional = verb.max_positional = 1;
  verb.subject = Subject::run;
  verb.required_flags = {"input", "output"};
  verb.details =
      "In the units of the data file, whether or not the training standardised them.\n\n"
      "  elbow predict runs/regression-1 --input new.csv -o predicted.csv";
  return verb;
}

Verb impute() {
  Verb verb{"impute", "RUN -o Y.csv", "fill in what is missing: means and their spread, or draws"};
  verb.flags = with_run_flags({
      valued("input",
             FlagType::path,
             "F",
             "your own file, read as the training file was (docs/data.md), instead of a split"),
      split(),
      output("Y",
             ".csv or .npy: the columns that the run uses, then the spread of those with gaps"),
      integer("draws", "N", 1, "N completed tables below each other instead of the means"),
      integer("samples", "K", 1, "draws of the latents of each example (default 1000)"),
      valued("mass", FlagType::number, "P", "of the central interval (default 0.9)"),
  });
  verb.min_positional = verb.max_positional = 1;
  verb.subject = Subject::run;
  verb.required_flags = {"output"};
  verb.details =
      "What was observed stays as it is in the file; what is missing becomes its mean given what "
      "was observed in its\nrow. Each column NAME with gaps gets NAME.sd, NAME.lower and "
      "NAME.upper "
      "(0 and the value itself where it was\nobserved); of codes of classes, the most probable one "
      "and NAME.probability. With --draws, the columns row and\nimputation come first: multiple "
      "imputations for an analysis. A row with nothing observed is imputed from the\nprior.\n\n"
      "  elbow impute runs/concrete-1 --input gaps.csv -o filled.csv\n"
      "  elbow impute runs/concrete-1 --input gaps.csv --draws 20 -o twenty.csv";
  return verb;
}

Verb diagnose() {
  Verb verb{"diagnose",
            "RUN [KEY=VALUE ...]",
            "gradient noise and bias, posterior collapse, Pareto k; RUN/diagnosis/"};
  verb.flags = with_run_flags({
      choice("only", {"posterior", "gradients"}, "one half of the diagnosis (default: both)"),
      valued("estimators",
             FlagType::text,
             "LIST",
             "gradient estimators to compare (default: all that fit the run)"),
      valued("num-particles",
             FlagType::text,
             "K,K,...",
             "particles of the objective to compare them at (default: 1, 5 and the run's own)"),
      integer("draws", "N", 2, "gradients drawn of each (default 100)"),
      integer("reference-draws", "N", 2, "of the long run for the bias (default 5 x draws)"),
      integer("batch-size", "N", 1, "training examples in the batch (default: as in training)"),
      toggle("layers", "print each layer's gradient, not model and guide alone"),
      split(),
      integer("limit", "N", 1, "examples whose posteriors are looked at (default 1000)"),
      integer("particles", "K", 25, "draws per example for Pareto k (default 1000)"),
      valued("per-example", FlagType::path, "F.csv", "also write one row for each example"),
  });
  verb.min_positional = 1;
  verb.subject = Subject::run;
  verb.takes_overrides = true;
  verb.details =
      "Posteriors: the KL of each latent unit, active units, collapse with advice, Pareto k and "
      "effective\nsample size of each example's importance weights. Gradients, at the checkpoint's "
      "weights and for one batch\nof training examples: mean, variance, signal-to-noise ratio, and "
      "bias against a long run of an unbiased\nestimator. Overrides of objective.* and estimator.* "
      "ask about another bound at the same weights.\n\n"
      "  elbow diagnose runs/iwae-1\n"
      "  elbow diagnose runs/iwae-1 --only gradients --num-particles 5,50 \\\n"
      "    --estimators pathwise,sticking_the_landing,doubly_reparameterised\n"
      "  elbow diagnose runs/vae-1 'objective={type: iwae, num_particles: 50}' --draws 500\n"
      "  elbow diagnose runs/bernoulli-1 --estimators 'vimco, {type: score_function, baseline: "
      "none}'";
  return verb;
}

Verb export_verb() {
  Verb verb{
      "export", "RUN", "encoder and decoder as TorchScript, safetensors and JSON; RUN/export/"};
  verb.flags = with_run_flags({output("DIR", "folder instead of RUN/export")});
  verb.min_positional = verb.max_positional = 1;
  verb.subject = Subject::run;
  verb.details = "Each file is loaded again and compared with the model before the verb succeeds.";
  return verb;
}

}  // namespace

std::vector<Verb> trainer_verbs() {
  std::vector<Verb> out{train(),
                        resume(),
                        evaluate(),
                        sample(),
                        reconstruct(),
                        traverse(),
                        encode(),
                        predict(),
                        impute()};
  for (Verb& verb : posterior_verbs()) out.push_back(std::move(verb));
  for (Verb& verb : std::vector<Verb>{diagnose(), export_verb(), bench_verb()})
    out.push_back(std::move(verb));
  return out;
}

}  // namespace elbow::cli
