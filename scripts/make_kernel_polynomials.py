#!/usr/bin/env python3
"""Prints the polynomials of src/kernels/simd_math.h: .deps/oracle/bin/python scripts/make_kernel_polynomials.py"""
import mpmath as mp

mp.mp.dps = 60


def fit(function, low, high, degree):
    """Coefficients, lowest power first, of the polynomial that interpolates at the Chebyshev points."""
    count = degree + 1
    points = [mp.cos(mp.pi * (2 * i + 1) / (2 * count)) for i in range(count)]
    points = [(low + high) / 2 + (high - low) / 2 * p for p in points]
    system = mp.matrix(count, count)
    for i, point in enumerate(points):
        for power in range(count):
            system[i, power] = point**power
    return list(mp.lu_solve(system, mp.matrix([function(p) for p in points])))


def show(name, function, low, high, degree, weight):
    coefficients = [float(c) for c in fit(function, low, high, degree)]
    grid = [low + (high - low) * (i + mp.mpf(1) / 3) / 400 for i in range(400)]
    error = max(abs(weight(x) * (mp.polyval([mp.mpf(c) for c in reversed(coefficients)], x) - function(x))) for x in grid)
    print(f"// {name}: error {mp.nstr(error, 2)}")
    print(", ".join(c.hex() for c in coefficients))


def exp_rest(r):
    """(exp(r) - 1 - r) / r^2 by its series, which does not cancel."""
    return mp.nsum(lambda k: r**k / mp.factorial(k + 2), [0, 40])


def log_rest(z):
    """(log((1 + s) / (1 - s)) - 2 s) / s^3 with z = s^2."""
    return mp.nsum(lambda k: 2 * z**k / (2 * k + 3), [0, 60])


root = mp.findroot(mp.digamma, mp.mpf("1.4616"))


def digamma_slope(t):
    """digamma(root + t) / t by its series, which does not cancel."""
    return mp.nsum(lambda k: mp.psi(int(k) + 1, root) / mp.factorial(int(k) + 1) * t**k, [0, 40])


half_log_2 = mp.log(2) / 2 * mp.mpf("1.0001")
largest_s = (mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)
show("exp", exp_rest, -half_log_2, half_log_2, 9, lambda r: r * r / mp.exp(r))
show("log", log_rest, mp.mpf(0), largest_s**2, 6, lambda z: z)
show("digamma", digamma_slope, mp.mpf(-1) / 16, mp.mpf(1) / 16, 8, lambda t: 1)
print("// root", float(root).hex(), float(root - mp.mpf(float(root))).hex())
