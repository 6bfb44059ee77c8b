#include "cli/common/flag_table.h"
#include "cli/common/verb_table.h"

namespace elbow::cli {

Flag resampled_flag() {
  return toggle("resampled",
                "of a guide of a program or target: draws of the posterior, taken again with "
                "importance weights (where Pareto k is below 0.7)");
}

namespace {

Flag count_flag() {
  return integer(
      "count", "N", 1, "draws (default: all of chains and particles, 4000 of a guide)", "n");
}

Verb summary() {
  Verb verb{"summary",
            "RUN",
            "what draws of the shared latents say: mean, MCSE, sd, quantiles, ESS, R-hat"};
  verb.flags = with_run_flags({
      count_flag(),
      resampled_flag(),
      output("F", "also write all quantities as .csv or .json"),
  });
  verb.min_positional = verb.max_positional = 1;
  verb.subject = Subject::run;
  verb.details =
      "For runs whose latents belong to all examples together: programs and densities of your own, "
      "targets, network_regression\nand network_classification, fitted by gradients, advi, "
      "laplace, "
      "svgd, hmc or sgld. MCSE is the Monte-Carlo standard error of the "
      "mean. ESS "
      "and R-hat, of chains alone, are those of\nVehtari et al. (2021): rank-normalised and "
      "split.\n\n"
      "  elbow summary runs/hmc-1\n"
      "  elbow summary runs/hmc-1 -o summary.csv";
  return verb;
}

Verb compare() {
  Verb verb{"compare",
            "RUN RUN ... --posterior",
            "posteriors of several runs against the first, quantity by quantity"};
  verb.flags = with_run_flags({
      toggle("posterior", "compare draws of the shared latents"),
      count_flag(),
      output("DIR", "also draw marginals and pairs as SVG files in this folder"),
  });
  verb.min_positional = 2;
  verb.subject = Subject::run;
  verb.details =
      "The first run is the yardstick, best one of inference.type hmc. Of each quantity that both "
      "have: the difference\nof the means and the 1-Wasserstein distance in its standard "
      "deviations, and the ratio of the standard\ndeviations; +- is the Monte-Carlo standard "
      "error by a block jackknife, to which particles add nothing.\n\"too narrow\" and \"too "
      "wide\" are ratios below 0.8 and above 1.25 by more than two of these errors.\n\n"
      "  elbow compare runs/hmc-1 runs/vi-1 runs/svgd-1 --posterior -o comparison";
  return verb;
}

}  // namespace

/// The flags of every verb that reads a run.
std::vector<Flag> with_run_flags(std::vector<Flag> flags) {
  Flag checkpoint = valued("checkpoint",
                           FlagType::checkpoint,
                           "best|latest|step-N",
                           "which checkpoint (default: best if there is one, else latest)");
  checkpoint.choices = {"best", "latest"};
  flags.push_back(std::move(checkpoint));
  flags.push_back(
      choice("weights",
             {"raw", "ema"},
             "trained weights or their moving average (default: what the configuration says)"));
  flags.push_back(allow_code());
  flags.push_back(dry_run());
  return flags;
}

std::vector<Verb> posterior_verbs() { return {summary(), compare()}; }

}  // namespace elbow::cli
