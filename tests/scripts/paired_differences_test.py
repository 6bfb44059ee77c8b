"""scripts/paired_differences on tables small enough to check by hand."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent.parent.parent / "scripts/paired_differences"


class PairedDifferences(unittest.TestCase):
    def run_on(self, tables, words):
        with tempfile.TemporaryDirectory() as folder:
            for name, rows in tables.items():
                lines = ["index,elbo,nll"] + [f"{index},{elbo},{nll}" for index, elbo, nll in rows]
                (pathlib.Path(folder) / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
            command = [sys.executable, str(SCRIPT), *words]
            return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    def test_pairs_by_index_and_seed(self):
        tables = {
            "a1": [(0, -10, 9), (1, -20, 19)], "b1": [(1, -19, 18), (0, -8, 7)],
            "a2": [(0, -11, 10), (1, -21, 20)], "b2": [(0, -10, 9), (1, -21, 20)],
        }
        done = self.run_on(tables, ["a1", "a2", "--", "b1", "b2"])
        self.assertEqual(done.returncode, 0, done.stderr)
        elbo, nll = done.stdout.splitlines()
        # Seed 1: +2 and +1, so 1.5 +- 0.5; seed 2: +1 and 0, so 0.5 +- 0.5; over seeds 1 +- 0.5.
        self.assertIn("base -15.500  other -14.500  difference +1.000 +- 0.500", elbo)
        self.assertIn("+1.500 +- 0.500, +0.500 +- 0.500", elbo)
        self.assertIn("difference -1.000 +- 0.500", nll)

    def test_other_examples_and_uneven_sides_are_refused(self):
        tables = {"a": [(0, -1, 1)], "b": [(1, -1, 1)]}
        done = self.run_on(tables, ["a", "--", "b"])
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("a and b hold different examples", done.stderr)
        self.assertIn("got 1 and 2", self.run_on(tables, ["a", "--", "b", "b"]).stderr)
        self.assertEqual(self.run_on({}, ["--help"]).returncode, 0)


if __name__ == "__main__":
    unittest.main()
