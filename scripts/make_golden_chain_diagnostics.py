#!/usr/bin/env python3
"""R-hat, effective sample sizes, Monte-Carlo errors, E-BFMI and Wasserstein distances, to compare ours with to 1e-10.

Command:  python3 scripts/make_golden_chain_diagnostics.py > tests/golden/chain_diagnostics.json
Needs ArviZ (below 1) and SciPy; scripts/oracle_env makes such an environment. The chains are autoregressions of a linear congruential generator's numbers, so that any
program makes the same ones to the bit.
"""

import json
import sys

import arviz
import numpy
import scipy.stats


def chains(num_chains, num_draws, memory, shift, levels):
    """x <- memory x + u - 1/2, of each chain plus its number times a shift; rounded to some levels a unit, if any."""
    out = numpy.empty((num_chains, num_draws))
    state = 12345
    for chain in range(num_chains):
        x = 0.0
        for draw in range(num_draws):
            state = (1103515245 * state + 12345) % 2**31
            x = memory * x + (state / 2**31 - 0.5)
            value = x + shift * chain
            out[chain, draw] = numpy.floor(value * levels) / levels if levels else value
    return out


def case(num_chains, num_draws, memory, shift, levels):
    x = chains(num_chains, num_draws, memory, shift, levels)
    return {
        "num_chains": num_chains, "num_draws": num_draws, "memory": memory, "shift": shift, "levels": levels,
        # ArviZ wants two chains; the halves of one are two.
        "r_hat": float(arviz.rhat(x)) if num_chains > 1 else None,
        "bulk_ess": float(arviz.ess(x, method="bulk")),
        "tail_ess": float(arviz.ess(x, method="tail")),
        "mean_ess": float(arviz.ess(x, method="mean")),
        "mcse_of_mean": float(arviz.mcse(x, method="mean")),
        "mcse_of_sd": float(arviz.mcse(x, method="sd")),
        "e_bfmi": [float(v) for v in arviz.bfmi(x)],
        "wasserstein": float(scipy.stats.wasserstein_distance(x[0], x[-1][: num_draws // 2])),
    }


def main():
    cases = [case(4, 500, 0.5, 0.0, 0), case(4, 501, 0.95, 0.0, 0), case(2, 100, -0.4, 0.3, 0), case(1, 64, 0.7, 0.0, 0),
             case(8, 37, 0.2, 0.05, 4), case(3, 200, 0.0, 0.0, 2), case(4, 8, 0.3, 0.0, 0)]
    json.dump({"command": "python3 scripts/make_golden_chain_diagnostics.py", "arviz": arviz.__version__, "cases": cases}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
