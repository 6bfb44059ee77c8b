"""Reference values of relaxed discrete distributions, with 60 digits by mpmath from the densities in Maddison, Mnih, Teh,
2017, arXiv:1611.00712 (section 3.1, appendix B). The density of two classes is checked to integrate to 1, and to be
the binary one."""

import mpmath

mpmath.mp.dps = 60
mpf = mpmath.mpf


def binary_log_density(x, logit, temperature):
    x, l, t = mpf(x), mpf(logit), mpf(temperature)
    odds = mpmath.exp(l)
    numerator = t * odds * x ** (-t - 1) * (1 - x) ** (-t - 1)
    return mpmath.log(numerator / (odds * x ** (-t) + (1 - x) ** (-t)) ** 2)


def classes_log_density(x, logits, temperature):
    x, a, t = [mpf(v) for v in x], [mpmath.exp(mpf(l)) for l in logits], mpf(temperature)
    count = len(x)
    product = mpmath.fprod(ak * xk ** (-t - 1) for ak, xk in zip(a, x))
    total = mpmath.fsum(ak * xk ** (-t) for ak, xk in zip(a, x))
    return mpmath.log(mpmath.factorial(count - 1) * t ** (count - 1) * product / total**count)


def check():
    with mpmath.workdps(20):
        whole = mpmath.quad(lambda x: mpmath.exp(binary_log_density(x, 0.7, 1.5)), [0, 0.1, 0.5, 0.9, 1])
        assert abs(whole - 1) < 1e-10, whole
    pair = classes_log_density([0.3, 0.7], [1.2, 0.5], 0.4)
    assert abs(pair - binary_log_density(0.3, 1.2 - 0.5, 0.4)) < 1e-12, pair  # 1.2 - 0.5 is rounded


def relaxed_bernoulli_case():
    logits, temperature = [0.0, 1.3, -2.0, 4.0, -30.0], 0.6
    value = [0.5, 0.9, 0.001, 0.999, 1e-20]
    log_prob = [float(binary_log_density(x, l, temperature)) for x, l in zip(value, logits)]
    parameters = {"logits": logits, "temperature": [temperature]}
    return {"parameters": parameters, "other": parameters, "value": value, "log_prob": log_prob}


def relaxed_one_hot_case():
    logits, temperature = [[[0.3, -1.0, 2.0], [0.0, 0.5, -20.0]], [[5.0, 0.0, 1.0], [0.1, 0.2, 0.3]]], 0.4
    value = [[0.2, 0.05, 0.75, 0.5, 0.5, 1e-15], [0.998, 0.001, 0.001, 0.25, 0.25, 0.5]]
    log_prob = [
        float(sum(classes_log_density(row[3 * i : 3 * i + 3], l, temperature) for i, l in enumerate(pair)))
        for row, pair in zip(value, logits)
    ]
    parameters = {"logits": logits, "temperature": [temperature]}
    return {"parameters": parameters, "other": parameters, "value": value, "log_prob": log_prob}


def cases():
    check()
    return {"relaxed_bernoulli": relaxed_bernoulli_case(), "relaxed_one_hot": relaxed_one_hot_case()}
