"""benchmarks/compare: its arithmetic, its page, and a whole comparison of two programs that only pretend to measure; the first
parameters that its peers take."""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

BENCHMARKS = pathlib.Path(__file__).resolve().parent.parent.parent / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))
sys.dont_write_bytecode = True
import comparison  # noqa: E402

try:
    import numpy
except ImportError:  # of the peers' environment; the rest needs only Python
    numpy = None

# Speeds by turns: 200, 100, 200, ... of one side and 100, 400, ... of the other, by a counter in a file. Steps are those of the
# guard: one side writes the parameters that it begins with, the other must find them.
PRETENDER = """#!/usr/bin/env python3
import json, pathlib, sys
count = pathlib.Path(__file__).with_suffix(".count")
turn = int(count.read_text()) if count.exists() else 0
line = {"summary": "a job", "version": "9", "elbow": "0", "unit": "steps/s", "share": 0.5, "peak_mib": 1,
        "quality": {"name": "elbo", "value": QUALITY, "steps": 8}, "instruction_set": "SSE",
        "products": [{"gflops": 7.0}], "streams": [{"gb_per_second": 3.0}]}
if "--save-initial" in sys.argv:
    pathlib.Path(sys.argv[sys.argv.index("--save-initial") + 1]).write_text("first parameters")
elif "--steps" in sys.argv:
    assert pathlib.Path(sys.argv[sys.argv.index("--initial") + 1]).read_text() == "first parameters"
if "--seconds" in sys.argv:
    assert not {"--save-initial", "--initial"} & set(sys.argv)
    count.write_text(str(turn + 1))
    line["median"] = SPEEDS[turn % len(SPEEDS)]
print(json.dumps(line))
"""


def row(job, peer, ratio=1.0, processor="A", instruction_set="AVX2"):
    spread = {"median": ratio, "lowest": ratio, "highest": ratio}
    return {"job": job, "summary": "words", "peer": peer, "version": "1", "unit": "steps/s", "threads": 2, "pairs": 10, "clock": "wall",
            "ratio": spread, "elbow": spread, "peer_speed": spread, "share": None, "quality": None, "date": "2026-01-01",
            "commit": "abc", "command": "x", "machine": {"processor": processor, "cores": 2, "instruction_set": instruction_set,
                                                         "gemm_gflops": 100.0}}


class Arithmetic(unittest.TestCase):
    def test_ratios_are_taken_within_pairs(self):
        # The median of the ratios 2, 1/4 and 3 is 2; the ratio of the medians would be 1.
        found = comparison.spread(comparison.ratios([200, 100, 300], [100, 400, 100], "steps/s"))
        self.assertEqual(found, {"median": 2.0, "lowest": 0.25, "highest": 3.0})
        self.assertEqual(comparison.ratios([2.0], [10.0], "s"), [5.0])
        with self.assertRaises(ValueError):
            comparison.ratios([1.0], [1.0, 2.0], "s")

    def test_every_second_round_is_turned(self):
        self.assertEqual(comparison.order_of("AB", 4), [["A", "B"], ["B", "A"], ["A", "B"], ["B", "A"]])

    def test_quality_agrees_within_its_tolerance(self):
        self.assertTrue(comparison.agree(-100.0, -100.9, "1%"))
        self.assertFalse(comparison.agree(-100.0, -101.5, "1%"))
        self.assertTrue(comparison.agree(2.80, 2.85, "0.1"))
        self.assertFalse(comparison.agree(2.80, 2.95, "0.1"))
        self.assertFalse(comparison.agree(None, 1.0, "1%"))

    def test_a_row_replaces_its_predecessor_and_no_other(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for item in (row("V1", "jax"), row("V1", "pytorch"), row("F3", "normflows"), row("V1", "jax", 3.0),
                         row("V1", "jax", 4.0, "B"), row("V1", "jax", 5.0, "A", "AVX512")):
                comparison.write_row(folder, item)
            rows = comparison.read_rows(folder)
        self.assertEqual([(r["job"], r["peer"], r["ratio"]["median"]) for r in rows],
                         [("F3", "normflows", 1.0), ("V1", "jax", 3.0), ("V1", "pytorch", 1.0), ("V1", "jax", 4.0), ("V1", "jax", 5.0)])
        page = comparison.page_of(rows, ["V1", "F3"])
        self.assertIn("| **V1** words | jax 1 | 2 | **3.00** (3.00–3.00) |", page)
        self.assertEqual(page.count("## "), 3, "a part for each kind of machine")
        self.assertLess(page.index("**V1**"), page.index("**F3**"))


@unittest.skipUnless(numpy, "needs numpy")
class First(unittest.TestCase):
    """benchmarks/peers/initial.py"""

    def setUp(self):
        sys.path.insert(0, str(BENCHMARKS / "peers"))
        self.addCleanup(sys.path.pop, 0)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = pathlib.Path(folder.name) / "first.safetensors"
        header = {"net.output.weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
                  "net.output.bias": {"dtype": "F32", "shape": [2], "data_offsets": [24, 32]},
                  "model.prior.loc": {"dtype": "F32", "shape": [1], "data_offsets": [32, 36]}}
        words = json.dumps(header).encode()
        path.write_bytes(struct.pack("<Q", len(words)) + words + struct.pack("<9f", *range(9)))
        import initial
        self.first = initial.Initial(path)

    def test_a_layer_is_found_by_name_and_nothing_is_left(self):
        (weight, bias), = self.first.dense("net.", [3, 2])
        self.assertEqual(weight.tolist(), [[0, 1, 2], [3, 4, 5]])
        self.assertEqual(bias.tolist(), [6, 7])
        self.first.finish()

    def test_another_model_is_refused(self):
        for take, part in ((lambda: self.first.dense("net.", [2, 3]), r"output.weight: expected shape \[3, 2\], found \[2, 3\]"),
                           (lambda: self.first.take("net.hidden_0.bias", (2,)), "there is no 'net.hidden_0.bias'"),
                           (self.first.finish, "no place for net.output.bias, net.output.weight")):
            with self.assertRaisesRegex(SystemExit, part):
                take()


class Whole(unittest.TestCase):
    def test_two_sides_in_pairs(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for side, speeds, value in (("elbow", [200, 100, 300], -100.0), ("python", [100, 400, 100], -103.0)):
                (folder / side).write_text(PRETENDER.replace("SPEEDS", str(speeds)).replace("QUALITY", str(value)))
                (folder / side).chmod(0o755)
            words = [sys.executable, "-B", str(BENCHMARKS / "compare"), "V1", "--peer", "jax", "--pairs", "3", "--threads", "1",
                     "--no-write", "--elbow", str(folder / "elbow"), "--python", str(folder / "python")]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("V1 against jax: 2.000 (0.250 to 3.000), pairs: 3, threads: 1", done.stdout)
        self.assertIn("DIFFER within 1%", done.stderr)

    def test_mistakes_are_said(self):
        for words, part in ((["V9"], "unknown job 'V9'"), ([], "expected a job"), (["F3", "--peer", "jax"], "F3 has no peer 'jax'"),
                            (["F3", "--pairs", "9"], "add --no-write"), (["F3", "--no-guard"], "add --no-write")):
            done = subprocess.run([sys.executable, "-B", str(BENCHMARKS / "compare"), *words], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn(part, done.stderr)

    def test_results_are_readable(self):
        for item in comparison.read_rows(BENCHMARKS / "results"):
            json.dumps(item)
            self.assertGreater(item["ratio"]["median"], 0)
        page = (BENCHMARKS.parent / "docs/benchmarks.md").read_text(encoding="utf-8")
        for item in comparison.read_rows(BENCHMARKS / "results"):
            self.assertIn(item["commit"], page, "benchmarks/compare --page")


if __name__ == "__main__":
    unittest.main()
