"""The arithmetic of benchmarks/compare and sweep, and the page that is made from results: no process is run here."""
import json
import pathlib
import statistics

# When a configuration is called slower: pairs, and a median that two builds of one source do not reach by where they lie in memory.
FEWEST, LEAST = 6, 0.97
HIGHER_IS_BETTER = {"steps/s": True, "samples/s": True, "s": False}


def processor_name():
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown processor"


def order_of(names, rounds):
    """A B B A A B B A ...: every second round is turned, so that a drift of the machine meets both sides alike."""
    return [list(names) if i % 2 == 0 else list(reversed(names)) for i in range(rounds)]


def spread(values):
    return {"median": statistics.median(values), "lowest": min(values), "highest": max(values)}


def ratios(ours, theirs, unit):
    """How many times faster we are, within each pair. @param ours, theirs one speed (or time) for each round"""
    if len(ours) != len(theirs) or not ours:
        raise ValueError(f"expected as many measurements of one side as of the other, got {len(ours)} and {len(theirs)}")
    return [a / b if HIGHER_IS_BETTER[unit] else b / a for a, b in zip(ours, theirs)]


def is_slower(found):
    """Whether new is slower than old beyond the spread of the pairs: in each, and by more than placement in memory makes.
    Without any difference each of eight pairs is below 1 once in 256 times. @param found ratios, above 1 where new is faster"""
    return len(found) >= FEWEST and max(found) < 1 and statistics.median(found) < LEAST


def needs_more(found, enough):
    """Whether pairs so far leave open if new is slower. @param enough how many do not"""
    return statistics.median(found) < 1 and len(found) < enough


def agree(ours, theirs, tolerance):
    """Whether two values of quality differ by at most `tolerance`: "1%" of the larger, or "0.05" itself."""
    if ours is None or theirs is None:
        return False
    if tolerance.endswith("%"):
        return abs(ours - theirs) <= float(tolerance[:-1]) / 100 * max(abs(ours), abs(theirs))
    return abs(ours - theirs) <= float(tolerance)


def read_rows(folder):
    """All rows of benchmarks/results, by file and by their order there."""
    rows = []
    for path in sorted(folder.glob("*.json")):
        rows += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return rows


def write_row(folder, row):
    """Puts the row in the place of the one of the same job, peer, threads and kind of machine, or at the end."""
    def key(other):
        # Virtual machines call processors of several generations by one name.
        return other["job"], other["peer"], other["threads"], other["machine"]["processor"], other["machine"]["instruction_set"]

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{row['job']}.json"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = [json.loads(line) for line in lines if line.strip()]
    rows = [row if key(other) == key(row) else other for other in rows]
    if row not in rows:
        rows.append(row)
    path.write_text("".join(json.dumps(other) + "\n" for other in rows), encoding="utf-8")


def number(value, unit=""):
    """Four digits, with commas between thousands."""
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2 if abs(value) >= 10 else 3
    return f"{value:,.{digits}f}" + (f" {unit}" if unit else "")


def ratio_text(ratio):
    return f"**{ratio['median']:.2f}** ({ratio['lowest']:.2f}–{ratio['highest']:.2f})"


def quality_text(row):
    quality = row.get("quality")
    if not quality:
        return "not compared"
    values = " / ".join("undefined" if quality[side] is None else f"{quality[side]:.3f}" for side in ("elbow", "peer"))
    return f"{quality['name']} {values}: " + ("agree" if quality["agree"] else "**differ**") + f" within {quality['tolerance']}"


def machine_line(machine):
    return (f"{machine['processor']}, {machine['cores']} cores, {machine['instruction_set']}; "
            f"matrix products reach {number(machine['gemm_gflops'])} GFLOP/s on all of them")


def table_of(rows):
    lines = ["| job | against | threads | elbow's speed / peer's | elbow | peer | share of elbow's limit | quality, elbow / peer |",
             "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        share = f"{100 * row['share']:.0f} %" if row.get("share") else "not counted"
        cells = [f"**{row['job']}** {row['summary']}", f"{row['peer']} {row['version']}", str(row["threads"]),
                 ratio_text(row["ratio"]) + (", by processor time" if row["clock"] == "cpu" else ""),
                 number(row["elbow"]["median"], row["unit"]), number(row["peer_speed"]["median"], row["unit"]),
                 share, quality_text(row)]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def readme_table(rows, jobs):
    """What README.md quotes: every row, good or bad."""
    if not rows:
        return ["Nothing has been measured in pairs yet."]
    lines = ["| job | against | elbow's speed / peer's | threads | processor |", "|---|---|---|---|---|"]
    for row in in_order(rows, jobs):
        quality = row.get("quality")
        mark = "" if quality and quality["agree"] else ", at other quality" if quality else ", quality not compared"
        lines.append(f"| {row['job']}: {row['summary']} | {row['peer']} | {ratio_text(row['ratio'])}{mark} | {row['threads']} | "
                     f"{row['machine']['processor']}, {row['machine']['instruction_set']} |")
    return lines


def folder_table(rows):
    """Of benchmarks/sweep: a line for each folder of configurations, and one for all that were compared."""
    groups = {}
    for row in rows:
        if "failed" not in row:
            for name in (row["configuration"].rpartition("/")[0], "**all**"):
                groups.setdefault(name, []).append((row["ratio"]["median"], row["configuration"].rpartition("/")[2]))
    out = ["| folder | configurations | faster by, median | least | most |", "|---|---|---|---|---|"]
    for name in [*sorted(set(groups) - {"**all**"}), *(["**all**"] if groups else [])]:
        found = sorted(groups[name])
        median = statistics.median(ratio for ratio, _ in found)
        least, most = (f"{ratio:.2f}, {word}" for ratio, word in (found[0], found[-1]))
        out.append(f"| {name} | {len(found)} | {median:.2f} | {least} | {most} |")
    return out


def put_between(text, begin, end, lines):
    """The text with other lines between two lines that stay."""
    before, rest = text.split(begin + "\n", 1)
    after = rest.split(end, 1)[1]
    return before + "\n".join([begin, *lines, end]) + after


def in_order(rows, jobs):
    place = {job: i for i, job in enumerate(jobs)}
    return sorted(rows, key=lambda row: (place.get(row["job"], len(jobs)), row["peer"], row["threads"]))


def provenance(rows):
    return ["", "| job | against | pairs | date | commit | command |", "|---|---|---|---|---|---|"] + [
        f"| {row['job']} | {row['peer']} | {row['pairs']} | {row['date']} | {row['commit']} | `{row['command']}` |" for row in rows]


HEAD = """# Benchmarks

Made by `benchmarks/compare` from [benchmarks/results](../benchmarks/results); [benchmarks/README.md](../benchmarks/README.md)
says how. A ratio above 1 means that elbow is faster. It is taken within each round of fresh processes, A B B A …, or
A B C C B A with two peers; shown are the median and, in brackets, the lowest and the highest: where these enclose 1, the pairs do not
say who is faster. Speeds are medians of the processes' medians, to give the size; do not divide them. The limit is what LibTorch's
matrix products of the same sizes and the memory traffic of the optimizer would take alone, measured in the same process; more
than 100 % of it means that elbow's own loops multiply small matrices faster than LibTorch does. A speed counts where the
quality agrees: the bound that is maximised (objective, in nats, better where higher) over the last quarter of a fixed number of
steps from the same parameters, or after them the NLL of 64 images (nll, in nats, better where lower). A commit that ends in
-dirty is the one before the one that brought the row.
"""


def page_of(rows, jobs):
    """docs/benchmarks.md. @param jobs their order"""
    if not rows:
        return HEAD + "\nNothing has been measured yet: `benchmarks/compare F1-10`.\n"
    rows = in_order(rows, jobs)
    machines = []
    for row in rows:
        if machine_line(row["machine"]).split(";")[0] not in [m.split(";")[0] for m in machines]:
            machines.append(machine_line(row["machine"]))
    out = [HEAD]
    for machine in machines:
        own = [row for row in rows if machine_line(row["machine"]).split(";")[0] == machine.split(";")[0]]
        out += [f"## {machine}", "", *table_of(own), *provenance(own), ""]
    missing = [job for job in jobs if job not in {row["job"] for row in rows}]
    if missing:
        out += [f"Not measured in pairs yet: {', '.join(missing)}.", ""]
    return "\n".join(out)
