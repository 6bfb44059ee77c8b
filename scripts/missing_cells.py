#!/usr/bin/env python3
"""Hides cells of a numeric table, and says how well they were filled in again (docs/missing.md).

    missing_cells.py hide TABLE --share 0.2 --seed 1 -o gaps.csv
    missing_cells.py score TABLE gaps.csv filled.csv

TABLE has numbers between blanks or commas, and no header; .gz too.
"""
import argparse
import gzip
import math
import random


def read(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt") as file:
        rows = [line.replace(",", " ").split() for line in file if line.strip()]
    return rows[1:] if any(cell[:1].isalpha() and cell != "nan" for cell in rows[0]) else rows


def hide(args):
    draw = random.Random(args.seed)
    rows = read(args.table)
    with open(args.output, "w") as file:
        file.write(",".join(f"x_{i}" for i in range(len(rows[0]))) + "\n")
        for row in rows:
            file.write(",".join("nan" if draw.random() < args.share else cell for cell in row) + "\n")


def root_mean_square(values):
    return math.sqrt(sum(v * v for v in values) / len(values))


def score(args):
    truth, gaps, filled = ([[float(c) for c in row] for row in read(p)] for p in (args.table, args.gaps, args.filled))
    width, inside, scaled, scaled_mean, last = len(truth[0]), 0, [], [], len(truth[0])
    print("column  cells  RMSE  of the column's mean  inside the interval")
    for column in range(width):
        seen = [row[column] for row in gaps if not math.isnan(row[column])]
        mean = sum(seen) / len(seen)
        deviation = root_mean_square([v - mean for v in seen])
        hidden = [i for i, row in enumerate(gaps) if math.isnan(row[column])]
        errors = [filled[i][column] - truth[i][column] for i in hidden]
        errors_of_mean = [mean - truth[i][column] for i in hidden]
        # The spread of a column with gaps: sd, lower, upper.
        covered = sum(filled[i][last + 1] <= truth[i][column] <= filled[i][last + 2] for i in hidden)
        last += 3 if hidden else 0
        inside += covered
        scaled += [e / deviation for e in errors]
        scaled_mean += [e / deviation for e in errors_of_mean]
        print(f"{column:6} {len(hidden):6} {root_mean_square(errors):.4g} {root_mean_square(errors_of_mean):.4g} "
              f"{covered / max(1, len(hidden)):.3f}")
    print(f"all, in standard deviations of the columns: {len(scaled)} cells, RMSE {root_mean_square(scaled):.4f}, of the "
          f"mean {root_mean_square(scaled_mean):.4f}, inside {inside / len(scaled):.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    one = verbs.add_parser("hide")
    one.add_argument("table")
    one.add_argument("--share", type=float, default=0.2)
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("-o", "--output", required=True)
    one.set_defaults(run=hide)
    other = verbs.add_parser("score")
    for name in ("table", "gaps", "filled"):
        other.add_argument(name)
    other.set_defaults(run=score)
    args = parser.parse_args()
    args.run(args)


main()
