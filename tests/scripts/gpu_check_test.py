"""scripts/gpu_check without a device: exit 2 and one line that says what is missing; options that are none are refused."""
import pathlib
import subprocess
import sys

SCRIPT = pathlib.Path(__file__).resolve().parent.parent.parent / "scripts/gpu_check"


def run(*words):
    return subprocess.run([sys.executable, SCRIPT, *words], capture_output=True, text=True, check=False)


if pathlib.Path("/dev/nvidiactl").exists():
    print("[  SKIPPED ]\ngpu_check_test.py: Skipped\nthis machine has a device: run scripts/gpu_check itself")
    sys.exit(0)
done = run("--programs", sys.argv[1])
assert done.returncode == 2, done
assert done.stdout == "" and done.stderr.count("\n") == 1, done
assert done.stderr.startswith("gpu_check: no CUDA device: "), done
done = run("--programs", "/nowhere")
assert done.returncode == 2 and "no program /nowhere/elbow" in done.stderr, done
assert run("--steps", "many").returncode == 2
