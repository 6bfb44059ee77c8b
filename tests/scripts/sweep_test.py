"""benchmarks/sweep: when it calls a configuration slower, and a sweep of two programs that only pretend to train."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

BENCHMARKS = pathlib.Path(__file__).resolve().parent.parent.parent / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))
sys.dont_write_bytecode = True
import comparison  # noqa: E402

# Takes TIME seconds a step, ten times as long in the first window, and stops after 120 steps of a run that has no end. Knows no
# data but stand-ins of one configuration, refuses another.
PRETENDER = """#!/usr/bin/env python3
import json, pathlib, sys
words = dict(word.lstrip("+").split("=") for word in sys.argv if "=" in word)
run = pathlib.Path(sys.argv[sys.argv.index("--output") + 1])
if "two_layers" in sys.argv[2] and "--stand-in" not in sys.argv:
    sys.exit("error: no data")
if "REFUSED" in sys.argv[2]:
    sys.exit("error: refused")
if "epochs:" in pathlib.Path(sys.argv[2]).read_text().replace("every_epochs:", "") and "~trainer.epochs" not in sys.argv:
    sys.exit("error: epochs and steps")
steps, every = min(int(words["trainer.steps"]), 120), int(words["trainer.log_every_steps"])
run.mkdir()
rows, seconds = [], 0
for step in range(1, steps + 1):
    seconds += TIME * (10 if step <= every else 1)
    if step % every == 0 or step == 7:
        rows.append({"step": step, "seconds": seconds, "split": "train"})
rows.append({"step": steps, "seconds": 1e6, "split": "valid"})
(run / "metrics.jsonl").write_text("".join(json.dumps(row) + "\\n" for row in rows))
(run / "run.json").write_text(json.dumps({"step": steps, "seconds": seconds}))
"""


def sweep(words):
    # From the repository's folder, as paths of configurations are given.
    return subprocess.run([sys.executable, "-B", str(BENCHMARKS / "sweep"), *words], cwd=BENCHMARKS.parent,
                          capture_output=True, text=True, check=False)


class Rule(unittest.TestCase):
    def test_slower_is_slower_in_every_pair(self):
        self.assertTrue(comparison.is_slower([0.9] * 8))
        self.assertTrue(comparison.is_slower([0.99, 0.95, 0.96, 0.94, 0.999, 0.96]))
        self.assertFalse(comparison.is_slower([0.9] * 7 + [1.01]), "within the spread")
        self.assertFalse(comparison.is_slower([0.98] * 8), "as much as placement in memory makes")
        self.assertFalse(comparison.is_slower([0.5, 0.5]), "too few pairs")

    def test_more_pairs_where_the_first_are_below_one(self):
        self.assertTrue(comparison.needs_more([0.9, 1.05], 8))
        self.assertFalse(comparison.needs_more([0.96, 1.05], 8))
        self.assertFalse(comparison.needs_more([0.9] * 8, 8))

    def test_table_of_folders(self):
        rows = [{"configuration": name, "ratio": {"median": ratio}} for name, ratio in (("vae/a", 2.0), ("flow/b", 1.0), ("vae/c", 4.0))]
        rows.append({"configuration": "vae/d", "failed": ["old"], "reason": "words"})
        table = ["| flow | 1 | 1.00 | 1.00, b | 1.00, b |", "| vae | 2 | 3.00 | 2.00, a | 4.00, c |", "| **all** | 3 | 2.00 | 1.00, b | 4.00, c |"]
        self.assertEqual(comparison.folder_table(rows)[2:], table)
        self.assertEqual(len(comparison.folder_table(rows[3:])), 2)


class Whole(unittest.TestCase):
    def pretend(self, old, new, words, refused=("none", "none")):
        """@return the process, and rows by configuration"""
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for side, time, not_taken in (("old", old, refused[0]), ("new", new, refused[1])):
                (folder / side).write_text(PRETENDER.replace("TIME", str(time)).replace("REFUSED", not_taken))
                (folder / side).chmod(0o755)
            done = sweep([str(folder / "old"), str(folder / "new"), *words, "--output", str(folder / "out.json")])
            rows = json.loads((folder / "out.json").read_text())["rows"]
        return done, {row["configuration"]: row for row in rows}

    def test_windows_after_the_first(self):
        done, rows = self.pretend(0.02, 0.01, ["latents/two_layers", "configs/vae/mnist.yaml"])
        self.assertEqual(done.returncode, 0, done.stderr)
        for row in rows.values():  # 40 steps fill 0.8 seconds
            self.assertAlmostEqual(row["ratio"]["median"], 2.0)
            self.assertAlmostEqual(row["milliseconds"]["old"], 20.0)
            self.assertEqual((row["steps"], row["pairs"], row["slower"]), (42, 2, False))
        self.assertTrue(rows["latents/two_layers"]["stand_in"])
        self.assertFalse(rows["vae/mnist"]["stand_in"])
        self.assertIn("slower beyond the spread: none", done.stdout)

    def test_a_slower_one_is_measured_again_and_named(self):
        done, rows = self.pretend(0.01, 0.02, ["vae/mnist"])
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual((rows["vae/mnist"]["pairs"], rows["vae/mnist"]["slower"]), (8, True))
        self.assertIn("slower beyond the spread: vae/mnist", done.stdout)

    def test_what_one_side_refuses_is_listed_with_the_reason(self):
        done, rows = self.pretend(0.01, 0.01, ["vae/mnist"], ("mnist", "none"))
        self.assertEqual((done.returncode, rows["vae/mnist"]["failed"]), (0, ["old"]), done.stderr)
        self.assertIn("error: refused", rows["vae/mnist"]["reason"])
        done, rows = self.pretend(0.01, 0.01, ["vae/mnist"], ("none", "mnist"))
        self.assertEqual((done.returncode, rows["vae/mnist"]["failed"]), (1, ["new"]), done.stderr)
        self.assertIn("fail now: vae/mnist", done.stdout)
        done, rows = self.pretend(0.01, 0.01, ["vae/mnist"], ("mnist", "mnist"))
        self.assertEqual((done.returncode, rows["vae/mnist"]["failed"]), (0, ["old", "new"]), done.stderr)

    def test_mistakes_are_said(self):
        program = sys.executable
        for words, part in (([program, program, "vea"], "unknown configuration 'vea'"), (["nowhere", program], "nowhere is not a program"),
                            ([program, program, "--pairs", "0"], "--pairs: expected an integer >= 1, got 0"),
                            ([program, program, "--more", "5"], "--more: expected an integer >= 6, got 5"),
                            ([program, program, "--seconds", "nan"], "--seconds: expected a number > 0, got nan")):
            done = sweep(words)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn(part, done.stderr)


if __name__ == "__main__":
    unittest.main()
