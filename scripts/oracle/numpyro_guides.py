#!/usr/bin/env python3
"""Fits NumPyro's guides, at their defaults, to the posteriors of exact.tsv, and times one step of its ADVI.

    numpyro_guides.py [--only WORD] [--steps 10000] [--seed 0] [--json OUT] [--oracle DIR]
    numpyro_guides.py --step-time
    numpyro_guides.py --write-data FILE

1. AutoNormal, AutoMultivariateNormal and AutoLaplaceApproximation with Adam(0.01) and Trace_ELBO of one draw, float64,
   from NumPyro's default start. The model is one site, the unconstrained vector, with a flat improper prior and the
   log density of program_densities.py as a factor. For each posterior whose name contains WORD, the table and OUT (a
   JSON list) give seconds (svi.init and svi.run, with compilation and again without), ELBO with its standard error,
   ln Z - ELBO, the largest error of means in exact standard deviations, and the least and largest ratio of standard
   deviations (guide / exact), of constrained parameters, from 10,000 draws. A fit that failed says why.
2. --step-time: milliseconds for a step of AutoNormal on a Bayesian logistic regression, 10,000 x 50, weights N(0, 1):
   svi.run's loop of 2,000 steps, compiled once, run five times. --write-data writes its data for Stan (N, D, x, y).

Needs jax, numpyro and numpy; part 1 also $ELBOW_DATA/posteriordb, and program_densities.py (which imports SciPy)
beside this file or in DIR (default scripts/oracle). Runs on one thread: cpu/wall of --step-time is then 1.00.
"""

import argparse
import csv
import importlib
import json
import math
import os
import pathlib
import sys
import time

# Before jax is imported, or it is not heeded. The flags leave a second thread in use; NPROC sizes XLA's pool.
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["NPROC"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy
import numpyro
import numpyro.distributions as dist
from numpyro.infer import SVI, Trace_ELBO, autoguide

jax.config.update("jax_enable_x64", True)

GUIDES = (autoguide.AutoNormal, autoguide.AutoMultivariateNormal, autoguide.AutoLaplaceApproximation)
DRAWS = 10_000


def timed(work):
    """What work returns, and the wall and processor seconds it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    out = jax.block_until_ready(work())
    return out, time.perf_counter() - wall, time.process_time() - cpu


def exact_rows(folder):
    out = {}
    with open(folder / "exact.tsv", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            out.setdefault(row["posterior"], []).append(row)
    return out


def constrained(densities, program, data, u):
    """The parameters that exact.tsv names, in its order, which is that of the program's parameters block."""
    kept = []

    class Recorder(densities.Parameters):
        def free(self, count):
            kept.append(super().free(count))
            return kept[-1]

        def mapped(self, count, transform, formula):
            value = super().mapped(count, transform, formula)
            # The free values that were just recorded are those before the transform.
            kept[-1] = value
            return value

    program.log_density(densities.Formulas(), Recorder(u, densities.Formulas()), data)
    if program.log_density is densities.eight_schools_noncentered:
        # exact.tsv has theta, a transformed parameter.
        kept[0] = kept[1] + kept[2] * kept[0]
    return jnp.concatenate(kept)


def fit(density, size, kind, steps, seed):
    """The fitted normal on the unconstrained vector, and the seconds of a fit with and without compilation."""

    def model():
        numpyro.factor("log_density", density(numpyro.sample("u", prior)))

    prior = dist.ImproperUniform(dist.constraints.real_vector, (), (size,))
    guide, key = kind(model), jax.random.key(seed)
    svi = SVI(model, guide, numpyro.optim.Adam(0.01), Trace_ELBO())
    # svi.run makes a new loop, which jax compiles anew, each time it is called: jit keeps the first.
    loop = jax.jit(lambda state: svi.run(key, steps, progress_bar=False, init_state=state)[::2])
    (params, _), first, _ = timed(lambda: loop(svi.init(key)))
    _, again, _ = timed(lambda: loop(svi.init(key)))
    if kind is autoguide.AutoNormal:
        normal = dist.Normal(params["u_auto_loc"], params["u_auto_scale"]).to_event(1)
    else:
        normal = guide.get_posterior(params)
    return normal, {"seconds_with_compilation": first, "seconds_without_compilation": again}


def score(normal, density, to_parameters, rows, seed):
    """ELBO and moments of the normal, by draws, beside the exact ones."""
    draws = normal.sample(jax.random.key(seed + 1), (DRAWS,))
    # One draw after another, as memory for all would be large.
    terms = numpy.asarray(jax.lax.map(density, draws, batch_size=100) - normal.log_prob(draws))
    values = numpy.asarray(jax.lax.map(to_parameters, draws, batch_size=100))
    means, sds = (numpy.array([float(row[key]) for row in rows]) for key in ("exact_mean", "exact_sd"))
    if values.shape[1] != len(rows):
        raise ValueError(f"{values.shape[1]} parameters, but {len(rows)} rows of exact.tsv")
    errors, ratios = abs(values.mean(axis=0) - means) / sds, values.std(axis=0, ddof=1) / sds
    elbo = terms.mean()
    out = {"elbo": elbo, "elbo_error": terms.std(ddof=1) / math.sqrt(DRAWS), "elbo_gap": float(rows[0]["lnZ"]) - elbo,
           "mean_error": errors.max(), "sd_ratio_min": ratios.min(), "sd_ratio_max": ratios.max()}
    # JSON has no NaN: null, and the reason why.
    wrong = [name for name, value in out.items() if not math.isfinite(value)]
    failed = {"failed": f"not finite: {', '.join(wrong)}"} if wrong else {}
    return {name: None if name in wrong else float(value) for name, value in out.items()} | failed


def records(options):
    """A record for each posterior and guide, one by one."""
    sys.path.append(str(options.oracle))
    densities = importlib.import_module("program_densities")
    folder = pathlib.Path(os.environ["ELBOW_DATA"]) / "posteriordb"
    for posterior, rows in exact_rows(folder).items():
        if options.only not in posterior:
            continue
        # Some programs stand there with data of one posterior only, so the name says which data.
        data_name, name = posterior.split("-")
        program, data = densities.ALL[name], densities.read_data(data_name, folder / "data")
        density = lambda u: program.value(densities.Formulas(), u, data)
        to_parameters = lambda u: constrained(densities, program, data, u)
        for kind in GUIDES:
            record = {"posterior": posterior, "guide": kind.__name__, "steps": options.steps, "seed": options.seed}
            try:
                normal, times = fit(density, program.size(data), kind, options.steps, options.seed)
                record |= times | score(normal, density, to_parameters, rows, options.seed)
            except (RuntimeError, ValueError, ArithmeticError) as error:
                record["failed"] = f"{type(error).__name__}: {error}"
            yield record


def guides_table(options):
    columns = [("seconds_with_compilation", "compiled s"), ("seconds_without_compilation", "again s"),
               ("elbo", "ELBO"), ("elbo_error", "+-"), ("elbo_gap", "lnZ - ELBO"), ("mean_error", "mean err/sd"),
               ("sd_ratio_min", "sd ratio min"), ("sd_ratio_max", "max")]
    print(f"{'posterior':40} {'guide':25}" + "".join(f"{title:>13}" for _, title in columns))
    out = []
    for record in records(options):
        out.append(record)
        cells = (record.get(key) for key, _ in columns)
        line = "".join(f"{'-' if cell is None else f'{cell:.6g}':>13}" for cell in cells)
        print(f"{record['posterior']:40} {record['guide']:25}{line}  {record.get('failed', '')}", flush=True)
        if options.json:
            options.json.write_text(json.dumps(out, indent=1) + "\n")
    if not out:
        sys.exit(f"no posterior's name contains '{options.only}'")


def simulated(rows=10_000, columns=50):
    numbers = numpy.random.default_rng(1)
    x, weights = numbers.standard_normal((rows, columns)), numbers.standard_normal(columns)
    return x, (numbers.random(rows) < 1 / (1 + numpy.exp(-x @ weights))).astype(int)


def step_time(steps=2_000):
    x, y = map(jnp.asarray, simulated())

    def model(x, y):
        weights = numpyro.sample("w", dist.Normal(0, 1).expand([x.shape[1]]).to_event(1))
        numpyro.sample("y", dist.Bernoulli(logits=x @ weights), obs=y)

    svi, key = SVI(model, autoguide.AutoNormal(model), numpyro.optim.Adam(0.01), Trace_ELBO()), jax.random.key(0)
    state = svi.init(key, x, y)
    # Without jit every call of svi.run compiles anew. Losses are returned, or XLA would drop their computation.
    loop = jax.jit(lambda state, x, y: svi.run(key, steps, x, y, progress_bar=False, init_state=state)[::2])
    _, wall, _ = timed(lambda: loop(state, x, y))
    print(f"warm-up of {steps} steps with compilation: {wall:.2f} s")
    for _ in range(5):
        (_, losses), wall, cpu = timed(lambda: loop(state, x, y))
        loss = losses[-100:].mean()
        print(f"{1000 * wall / steps:.4f} ms a step, cpu/wall {cpu / wall:.2f}, mean of last 100 losses {loss:.3f}")
    _, wall, _ = timed(lambda: svi.run(key, steps, x, y, progress_bar=False)[::2])
    print(f"bare svi.run, which compiles again: {1000 * wall / steps:.4f} ms a step")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="WORD", help="posteriors whose names contain it")
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=pathlib.Path, metavar="OUT")
    parser.add_argument("--oracle", type=pathlib.Path, default=pathlib.Path("scripts/oracle"), metavar="DIR")
    parser.add_argument("--step-time", action="store_true")
    parser.add_argument("--write-data", type=pathlib.Path, metavar="FILE")
    options = parser.parse_args()
    if options.write_data:
        x, y = simulated()
        options.write_data.write_text(json.dumps({"N": len(y), "D": x.shape[1], "x": x.tolist(), "y": y.tolist()}))
    if options.step_time:
        step_time()
    if not (options.write_data or options.step_time):
        if "ELBOW_DATA" not in os.environ:
            parser.error("set ELBOW_DATA")
        guides_table(options)


if __name__ == "__main__":
    main()
