"""Reproduces an evaluation from an export and the user's file alone: python3 export_oracle.py EXPORT EVAL.json EVAL.csv DATA ...

Takes any number of these four: the folder that `elbow export` wrote, the result of `elbow eval` and its --per-example, and
the file that the run's data section names (IDX or CSV). Of elbow's own numbers it reads the traced networks' parameters and docs/export.md; rows, bits,
densities, KL, flows and draws are computed here, in float64. Held against each other:

  log p(x | z) at the encoder's mean        own density against decoder.pt, 1e-5 relative
  closed-form KL, mean of the split         own against EVAL.json, and example by example against EVAL.csv, 1e-5
  flows at own draws                        own layers against encoder.pt's transport, 1e-5
  mean of log q over draws                  own draws against encoder.pt's sample, 4 combined Monte-Carlo errors
  ELBO and NLL                              own draws against EVAL.json, 4 combined Monte-Carlo errors

Prints a line for each, exits 1 when one fails.
"""

import csv
import json
import os
import sys

import safetensors.torch
import torch

from export_data import examples
from export_densities import FAMILIES, LIKELIHOODS, closed_form_kl, prior_of, run_flows

REPLICATES = 8  # of the K-sample bound: their spread is its Monte-Carlo error


class Export:
    def __init__(self, folder):
        self.model = json.load(open(f"{folder}/model.json"))
        self.encoder, self.decoder = (torch.jit.load(f"{folder}/{name}.pt") for name in ("encoder", "decoder"))
        self.tensors = {
            name: value.double() for name, value in safetensors.torch.load_file(f"{folder}/model.safetensors").items()
        }
        self.prior = prior_of(self.model, self.tensors)
        self.dtype = getattr(torch, self.model["preprocessing"]["dtype"])

    def posterior(self, x):
        """q(z | x) before any flow, and what the flows take."""
        values = self.encoder.posterior_parameters(x.to(self.dtype))
        values = [values] if isinstance(values, torch.Tensor) else values
        names = [parameter["name"] for parameter in self.model["encoder"]["posterior_parameters"]]
        own = {name: value.double() for name, value in zip(names, values)}
        context = own.pop("flow_context", None)
        return FAMILIES[self.model["encoder"]["family"]](**own), context

    def likelihood(self, z):
        values = self.decoder.likelihood_parameters(z.to(self.dtype))
        values = [values] if isinstance(values, torch.Tensor) else values
        return LIKELIHOODS[self.model["decoder"]["family"]](*(value.double() for value in values))

    def log_likelihood(self, x, z):
        return self.likelihood(z).log_prob(x).flatten(1).sum(1)

    def has_flows(self):
        return "flows" in self.model["encoder"]


class Report:
    def __init__(self, name):
        self.name, self.is_good = name, True

    def hold(self, what, difference, bound):
        good = difference <= bound
        self.is_good = self.is_good and bool(good)
        print(f"{self.name}: {what}: {difference:.2e} (at most {bound:.0e}){'' if good else '  FAILED'}")

    def near(self, what, own, theirs, error):
        self.hold(f"{what} {own:.5f}, expected {theirs:.5f}, in combined errors", abs(own - theirs) / error, 4)


def relative(a, b):
    return ((a - b).abs() / b.abs().clamp_min(1e-6 + 1e-3 * b.abs().max())).max().item()


def check_likelihood(export, x, report):
    z = export.encoder.encode_mean(x.to(export.dtype))
    theirs = export.decoder.log_likelihood(x.to(export.dtype), z).double()
    report.hold("log p(x | z) at the mean", relative(export.log_likelihood(x, z), theirs), 1e-5)


def check_kl(kl, evaluation, table, report):
    if kl is None:
        return
    expected = torch.tensor(evaluation["kl"]["value"], dtype=torch.float64)
    report.hold("closed-form KL, mean", relative(kl.mean(), expected), 1e-5)
    theirs = torch.tensor([float(row["kl"]) for row in csv.DictReader(open(table))], dtype=torch.float64)
    report.hold("closed-form KL, each example", relative(kl, theirs), 1e-5)


def draw(export, q, context, count):
    """Own draws z [count, N, L] and log q(z | x) [count, N]; with flows also what they were made of."""
    e = q.sample((count,))
    if not export.has_flows():
        return {"z": e, "log_q": q.log_prob(e)}
    z, log_det = run_flows(export.model, export.tensors, context, e)
    return {"z": z, "log_q": q.log_prob(e) - log_det, "e": e, "log_det": log_det}


def check_draws(export, x, own, report):
    """What encoder.pt draws, and how it moves draws of the base."""
    if export.has_flows():
        z, log_det = export.encoder.transport(x.to(export.dtype), own["e"].to(export.dtype))
        worst = max(relative(own["z"], z.double()), (own["log_det"] - log_det.double()).abs().max().item())
        report.hold("flows, values and log-determinants", worst, 1e-5 if export.dtype == torch.float64 else 1e-4)
    count = own["z"].shape[0]
    _, log_q = export.encoder.sample(x.to(export.dtype), count)
    errors = [(value.double().var(0) / count).sum().sqrt().item() / len(x) for value in (own["log_q"], log_q)]
    report.near("mean log q", own["log_q"].mean().item(), log_q.double().mean().item(), (errors[0] ** 2 + errors[1] ** 2) ** 0.5)


def own_estimates(export, x, q, context, kl, particles):
    """Mean ELBO and NLL over the examples, each REPLICATES times."""
    elbos, nlls = [], []
    for _ in range(REPLICATES):
        drawn = draw(export, q, context, particles)
        z = drawn["z"]
        reconstruction = torch.stack([export.log_likelihood(x, z[k]) for k in range(particles)])
        log_w = reconstruction + export.prior.log_prob(z) - drawn["log_q"]
        elbos.append(((reconstruction.mean(0) - kl) if kl is not None else log_w.mean(0)).mean())
        nlls.append(-(log_w.logsumexp(0) - torch.tensor(float(particles)).log()).mean())
    return torch.stack(elbos), torch.stack(nlls)


def check_bounds(export, x, q, context, kl, evaluation, report):
    in_file_units = "data file" in evaluation.get("unit", "")
    moments = export.model["preprocessing"].get("standardization", {})
    jacobian = moments.get("log_jacobian", 0.0) if in_file_units else 0.0
    elbos, nlls = own_estimates(export, x, q, context, kl, evaluation["nll"]["particles"])
    for name, values in (("elbo", elbos + jacobian), ("nll", nlls - jacobian)):
        own_error = values.std().item() / REPLICATES**0.5
        error = (own_error**2 + evaluation[name]["monte_carlo_error"] ** 2) ** 0.5
        report.near(name, values.mean().item(), evaluation[name]["value"], error)


def check(folder, path, table, data):
    torch.manual_seed(1)
    export, evaluation = Export(folder), json.load(open(path))
    report = Report(os.path.basename(os.path.dirname(folder.rstrip("/"))))
    x = torch.from_numpy(examples(data, export.model["preprocessing"], evaluation["split"]))
    report.hold("examples, difference in number", abs(len(x) - evaluation["examples"]), 0)
    with torch.no_grad():
        q, context = export.posterior(x)
        kl = closed_form_kl(q, export.prior) if export.model["prior"]["closed_form_kl"] else None
        check_likelihood(export, x, report)
        check_kl(kl, evaluation, table, report)
        check_draws(export, x, draw(export, q, context, 400), report)
        check_bounds(export, x, q, context, kl, evaluation, report)
    return report.is_good


def main():
    fours = sys.argv[1:]
    if not fours or len(fours) % 4:
        sys.exit(__doc__)
    good = [check(*fours[i : i + 4]) for i in range(0, len(fours), 4)]
    print(f"{sum(good)} of {len(good)} exports reproduce their evaluation")
    sys.exit(0 if all(good) else 1)


main()
