"""The distributions that an export names, by torch.distributions and by formulas of their own (docs/export.md)."""

import math

import numpy as np
import scipy.special
import torch
import torch.distributions as D


class VonMisesFisher:
    """Density exp(kappa mu'x) / C(kappa) on the unit sphere of R^L; draws by Wood (1994)."""

    def __init__(self, loc, log_concentration):
        self.mu = loc / loc.norm(dim=-1, keepdim=True)
        self.kappa = log_concentration.exp().squeeze(-1)
        self.size = loc.shape[-1]

    def log_normaliser(self):
        order, kappa = self.size / 2 - 1, self.kappa.numpy()
        bessel = np.log(scipy.special.ive(order, kappa)) + kappa
        return torch.from_numpy(self.size / 2 * math.log(2 * math.pi) + bessel - order * np.log(kappa))

    def log_prob(self, z):
        return self.kappa * (self.mu * z).sum(-1) - self.log_normaliser()

    def kl_to_uniform(self):
        order, kappa = self.size / 2 - 1, self.kappa.numpy()
        ratio = torch.from_numpy(scipy.special.ive(order + 1, kappa) / scipy.special.ive(order, kappa))
        return self.kappa * ratio - self.log_normaliser() + log_sphere_area(self.size)

    def sample(self, shape):
        n, kappa = self.size - 1, self.kappa.expand(*shape, *self.kappa.shape)
        b = n / (2 * kappa + (4 * kappa**2 + n * n).sqrt())
        x0 = (1 - b) / (1 + b)
        c = kappa * x0 + n * (1 - x0**2).log()
        w, is_open = torch.zeros_like(kappa), torch.ones_like(kappa, dtype=torch.bool)
        beta = D.Beta(torch.tensor(n / 2, dtype=kappa.dtype), torch.tensor(n / 2, dtype=kappa.dtype))
        while is_open.any():
            t = beta.sample(kappa.shape)
            proposal = (1 - (1 + b) * t) / (1 - (1 - b) * t)
            score = kappa * proposal + n * (1 - x0 * proposal).log() - c
            accepted = is_open & (score >= torch.rand_like(kappa).log())
            w, is_open = torch.where(accepted, proposal, w), is_open & ~accepted
        across = torch.randn(*kappa.shape, self.size, dtype=kappa.dtype)
        across = across - (across * self.mu).sum(-1, keepdim=True) * self.mu
        across = across / across.norm(dim=-1, keepdim=True)
        return w.unsqueeze(-1) * self.mu + (1 - w**2).clamp_min(0).sqrt().unsqueeze(-1) * across


class UniformSphere:
    def __init__(self, size):
        self.size = size

    def log_prob(self, z):
        return torch.full(z.shape[:-1], -log_sphere_area(self.size), dtype=z.dtype)


def log_sphere_area(size):
    return math.log(2) + size / 2 * math.log(math.pi) - math.lgamma(size / 2)


def logistic(loc, log_scale):
    base = D.Uniform(torch.zeros_like(loc), torch.ones_like(loc), validate_args=False)
    return D.TransformedDistribution(
        base, [D.SigmoidTransform().inv, D.AffineTransform(loc, log_scale.exp())], validate_args=False
    )


def units(distribution):
    return D.Independent(distribution, 1, validate_args=False)


def mixture(logits, loc, log_scale):
    weights = D.Categorical(logits=logits, validate_args=False)
    return D.MixtureSameFamily(weights, units(D.Normal(loc, log_scale.exp(), validate_args=False)), validate_args=False)


FAMILIES = {
    "diag_normal": lambda loc, log_scale: units(D.Normal(loc, log_scale.exp(), validate_args=False)),
    "full_rank_normal": lambda loc, scale_tril: D.MultivariateNormal(loc, scale_tril=scale_tril.tril(), validate_args=False),
    "low_rank_normal": lambda loc, factor, log_diag: D.LowRankMultivariateNormal(loc, factor, (2 * log_diag).exp(), validate_args=False),
    "mixture_normal": mixture,
    "laplace": lambda loc, log_scale: units(D.Laplace(loc, log_scale.exp(), validate_args=False)),
    "logistic": lambda loc, log_scale: units(logistic(loc, log_scale)),
    "student_t": lambda log_df, loc, log_scale: units(D.StudentT(log_df.exp(), loc, log_scale.exp(), validate_args=False)),
    "log_normal": lambda loc, log_scale: units(D.LogNormal(loc, log_scale.exp(), validate_args=False)),
    "gamma": lambda log_concentration, log_rate: units(D.Gamma(log_concentration.exp(), log_rate.exp(), validate_args=False)),
    "beta": lambda log_a, log_b: units(D.Beta(log_a.exp(), log_b.exp(), validate_args=False)),
    "dirichlet": lambda log_concentration: D.Dirichlet(log_concentration.exp(), validate_args=False),
    "von_mises_fisher": VonMisesFisher,
}

LIKELIHOODS = {
    "bernoulli": lambda logits: D.Bernoulli(logits=logits, validate_args=False),
    "continuous_bernoulli": lambda logits: D.ContinuousBernoulli(logits=logits, validate_args=False),
    "normal": lambda loc, log_scale: D.Normal(loc, log_scale.exp(), validate_args=False),
}


def prior_of(model, tensors):
    how, size = model["prior"], model["architecture"]["model"]["latent_size"]
    if how["type"] == "uniform_sphere":
        return UniformSphere(size)
    if how["type"] == "standard_normal":
        zeros = torch.zeros(size, dtype=torch.float64)
        return FAMILIES["diag_normal"](zeros, zeros)
    flat = tensors[how["tensor"]]
    blocks = {}
    for block in how["layout"]:
        count = math.prod(block["shape"])
        blocks[block["name"]] = flat[block["begin"] : block["begin"] + count].reshape(block["shape"])
    limits = model["architecture"]["model"]["prior"]
    if "min_log_scale" in limits:
        for name in {"log_scale", "log_diagonal", "log_diag"} & blocks.keys():
            blocks[name] = blocks[name].clamp(limits["min_log_scale"], limits["max_log_scale"])
    if how["type"] == "full_rank_normal":
        factor = blocks.pop("log_diagonal").exp().diag()
        factor[tuple(torch.tril_indices(size, size, -1))] = blocks.pop("below_diagonal")
        blocks["scale_tril"] = factor
    return FAMILIES[how["type"]](**blocks)


def with_full_covariance(normal):
    return D.MultivariateNormal(normal.mean, scale_tril=normal.stddev.diag_embed(), validate_args=False)


def closed_form_kl(q, p):
    """KL(q || p), for the pairs that elbow too has in closed form."""
    if isinstance(q, VonMisesFisher):
        return q.kl_to_uniform()
    full = (D.MultivariateNormal, D.LowRankMultivariateNormal)
    if isinstance(q, full) or isinstance(p, full):
        q, p = (one if isinstance(one, full) else with_full_covariance(one) for one in (q, p))
    return D.kl_divergence(q, p)


def context_of(layer, context):
    return {
        block["name"]: context[..., block["begin"] : block["begin"] + math.prod(block["shape"])].unflatten(-1, block["shape"])
        for block in layer["context"]
    }


def planar(layer, tensors, context, x):
    own = context_of(layer, context) or {name: tensors[layer["tensors"] + name] for name in ("u", "w", "b")}
    u, w, b = own["u"], own["w"], own["b"]
    w_u, square = (w * u).sum(-1, keepdim=True), (w * w).sum(-1, keepdim=True)
    bound = torch.nn.functional.softplus(w_u).clamp_min(1e-4) - 1
    u_hat = u + (bound - w_u) * w / square
    bump = ((w * x).sum(-1, keepdim=True) + b).tanh()
    return x + u_hat * bump, torch.log1p((1 - bump**2) * bound).squeeze(-1)


ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "elu": torch.nn.functional.elu, "softplus": torch.nn.functional.softplus}


def iaf(layer, tensors, context, x, row):
    ordered = x.flip(-1) if layer["repeat"] % 2 else x
    hidden, names, index = ordered, layer["tensors"] + "conditioner.layer_", 0
    while f"{names}{index}.weight" in tensors:
        if index:
            hidden = ACTIVATIONS[row["activation"]](hidden)
        weight = tensors[f"{names}{index}.weight"] * tensors[f"{names}{index}.mask"]
        hidden = hidden @ weight.T + tensors[f"{names}{index}.bias"]
        if f"{names}{index}.context_weight" in tensors:
            hidden = hidden + context_of(layer, context)["features"] @ tensors[f"{names}{index}.context_weight"].T
        index += 1
    shift, logit = hidden.unflatten(-1, (-1, 2)).unbind(-1)
    gate = logit + row["forget_bias"]
    out = shift + gate.sigmoid() * (ordered - shift)
    log_det = torch.nn.functional.logsigmoid(gate).sum(-1)
    return (out.flip(-1) if layer["repeat"] % 2 else out), log_det


def run_flows(model, tensors, context, e):
    """z and log |det dz/de| for draws e of the base, layer by layer from the weights."""
    z, log_det = e, torch.zeros(e.shape[:-1], dtype=e.dtype)
    rows = [row for row in model["architecture"]["guide"]["flows"] for _ in range(row["count"])]
    for layer, row in zip(model["encoder"]["flows"], rows):
        if layer["type"] == "planar":
            z, more = planar(layer, tensors, context, z)
        else:
            z, more = iaf(layer, tensors, context, z, row)
        log_det = log_det + more
    return z, log_det
