"""python3 arviz_check.py DRAWS_1.csv ... : ArviZ reads chains as CmdStan wrote them, and agrees with `elbow summary --json` on standard input."""
import json
import sys
import warnings

warnings.simplefilter("ignore")
import arviz  # noqa: E402


def main():
    summary = json.load(sys.stdin)
    data = arviz.from_cmdstan(posterior=sys.argv[1:])
    assert data.posterior.sizes["chain"] == len(sys.argv) - 1, data.posterior.sizes
    assert {"lp", "diverging", "energy", "tree_depth"} <= set(data.sample_stats), set(data.sample_stats)
    checked = 0
    for one in summary["quantities"]:
        name, _, index = one["name"].partition("[")
        if name == "lp__":
            draws = data.sample_stats["lp"].values
        else:
            values = data.posterior[name].values
            draws = values[..., int(index[:-1]) - 1] if index else values
        for key, theirs in [("mean", draws.mean()), ("mcse", arviz.mcse(draws)), ("ess_bulk", arviz.ess(draws)),
                            ("ess_tail", arviz.ess(draws, method="tail")), ("r_hat", arviz.rhat(draws))]:
            assert abs(one[key] - theirs) <= 1e-9 * max(1.0, abs(theirs)), (one["name"], key, one[key], theirs)
            checked += 1
    print(f"{checked} numbers agree")


if __name__ == "__main__":
    main()
